import CKernels
import LatentModels
import Tensors

/// y = y + x: both get the gradient of the sum.
extension Tape {
  func add(_ x: Register, to y: Register) {
    let (part, before) = (self[x], self[y])
    let sum = isRecording ? write(y, columns: before.columns, kept: true, tracked: true) : before
    for row in 0..<sum.rows {
      let to = sum.pointer + row * sum.stride
      if isRecording { to.update(from: before.pointer + row * before.stride, count: sum.columns) }
      kernels.add(part.pointer + row * part.stride, to, Int64(sum.columns))
    }
    record(.add(x: x, y: y))
  }

  func reverseAddition(x: Register, y: Register) {
    if let dy = gradient(of: y) { pass(dy, to: x) }
  }
}
