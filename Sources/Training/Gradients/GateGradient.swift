import CKernels
import LatentModels
import Tensors

/// y = silu(a) ⊙ b, silu(a) = a·σ(a):  da = dy ⊙ b ⊙ σ(a)(1 + a(1 − σ(a))),  db = dy ⊙ silu(a).
extension Tape {
  func siluMultiply(_ x: Register, into y: Register) {
    let input = self[x]
    let width = input.columns / 2
    let result = write(y, columns: width, kept: numerics == .exact, tracked: true)
    for row in 0..<input.rows {
      let gate = input.pointer + row * input.stride
      kernels.silu_multiply(
        gate, gate + width, result.pointer + row * result.stride, Int64(width))
    }
    record(.siluMultiply(x: x, input: input, y: y))
  }

  func reverseGate(x: Register, input: BufferView, y: Register) {
    guard let dy = take(y) else { return }
    let (dx, accumulates) = receive(x, columns: input.columns)
    precondition(!accumulates, "nothing else reads the two halves")
    for row in 0..<dy.rows {
      let (gate, result) = (input.pointer + row * input.stride, dx.pointer + row * dx.stride)
      kernels.silu_multiply_gradient(
        gate, gate + dy.columns, dy.pointer + row * dy.stride, result, result + dy.columns,
        Int64(dy.columns))
    }
  }
}
