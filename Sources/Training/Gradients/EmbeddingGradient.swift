import CKernels
import LatentModels
import Tensors

/// y = scale · table[id]: a row of the table gets the gradients of all places with its id.
extension Tape {
  /// Stands for an id where a row is given.
  static var given: Int32 { -1 }

  /// Looks tokens up into the stream.
  /// - Parameters:
  ///   - ids: one for each token, there until `reverse` has gone back.  // [rows, length]
  ///   - given: rows for places whose id is `given`, in order; no gradient goes to them.  // of [width]
  func embed(
    _ ids: UnsafePointer<Int32>, table: ParameterVector, width: Int, scale: Float,
    given: UnsafePointer<Float>? = nil
  ) {
    let result = write(.stream, columns: width, kept: true, tracked: true)
    var next = given
    for token in 0..<tokens {
      let to = result.pointer + token * result.stride
      if ids[token] == Self.given, let rows = next {
        to.update(from: rows, count: width)
        next = rows + width
        continue
      }
      let from = row(ids[token], of: table, width: width)
      for i in 0..<width { to[i] = parameters[from + i] * scale }
    }
    record(.embed(ids, table: table, width: width, scale: scale, y: .stream))
  }

  func reverseEmbedding(
    _ ids: UnsafePointer<Int32>, table: ParameterVector, width: Int, scale: Float, y: Register
  ) {
    guard let gradient, let dy = take(y) else { return }
    for token in 0..<tokens where ids[token] != Self.given {
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
