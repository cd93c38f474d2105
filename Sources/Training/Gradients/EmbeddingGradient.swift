import CKernels
import LatentModels
import Tensors

/// y = scale · table[id]: a row of the table gets the gradients of all places with its id.
extension Tape {
  /// Looks tokens up into the stream.
  /// - Parameter ids: one for each token, there until `reverse` has gone back.  // [rows, length]
  func embed(_ ids: UnsafePointer<Int32>, table: ParameterVector, width: Int, scale: Float) {
    let result = write(.stream, columns: width, kept: true, tracked: true)
    for token in 0..<tokens {
      let from = row(ids[token], of: table, width: width)
      let to = result.pointer + token * result.stride
      for i in 0..<width { to[i] = parameters[from + i] * scale }
    }
    record(.embed(ids, table: table, width: width, scale: scale, y: .stream))
  }

  func reverseEmbedding(
    _ ids: UnsafePointer<Int32>, table: ParameterVector, width: Int, scale: Float, y: Register
  ) {
    guard let gradient, let dy = take(y) else { return }
    for token in 0..<tokens {
      let to = gradient + row(ids[token], of: table, width: width)
      let from = dy.pointer + token * dy.stride
      for i in 0..<width { to[i] += from[i] * scale }
    }
  }

  private func row(_ id: Int32, of table: ParameterVector, width: Int) -> Int {
    let start = Int(id) * width
    precondition(start >= 0 && start + width <= table.count, "token \(id) is not in the table")
    return table.offset + start
  }
}
