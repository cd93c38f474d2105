import CKernels
import LatentModels
import Tensors

/// stream ← stream + table[position]: a row of the table gets the gradients of all places there.
extension Tape {
  /// Adds learned positions to the stream.
  func addPositions(_ table: ParameterVector) {
    let view = self[.stream]
    precondition(
      (past + length) * view.columns <= table.count,
      "\(past + length) positions of \(table.count / max(1, view.columns))")
    // The stream has been written by a look-up or a thought, and nothing reads it without positions.
    for token in 0..<tokens {
      kernels.add(
        parameters + table.offset + (past + token % length) * view.columns,
        view.pointer + token * view.stride, Int64(view.columns))
    }
    record(.addPositions(table: table, y: .stream))
  }

  func reversePositions(table: ParameterVector, y: Register) {
    guard let gradient, let dy = self.gradient(of: y) else { return }
    for token in 0..<tokens {
      kernels.add(
        dy.pointer + token * dy.stride,
        gradient + table.offset + (past + token % length) * dy.columns, Int64(dy.columns))
    }
  }
}
