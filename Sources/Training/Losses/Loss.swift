import CKernels
import LatentModels
import Tensors

/// A number that training makes smaller: of what the head says at some places, and which way each of
/// these predictions should move.
///
/// A loss of a batch is a sum over its rows divided by something of the whole batch, so that the rows may
/// be computed a few at a time: a value of this type is one share of it.
protocol Loss {
  /// Writes d(share)/d(prediction) for every prediction, those that do not count too.
  /// - Parameters:
  ///   - predictions: what the head says.  // [places, columns]
  ///   - gradient: undefined before.  // [places, columns]
  /// - Returns: the share, before it is divided; what was written is divided.
  func evaluate(
    _ predictions: BufferView, into gradient: BufferView, _ kernels: muninn_kernel_table
  ) -> Double
}

extension Tape {
  /// Begins the way back: the gradient of a loss lies where the head's predictions do.
  /// - Returns: as of the loss.
  func evaluate(_ loss: some Loss) -> Double {
    let predictions = self[.logits]
    let (gradient, accumulates) = receive(.logits, columns: predictions.columns)
    precondition(!accumulates, "predictions have one loss")
    return loss.evaluate(predictions, into: gradient, kernels)
  }

  /// The likeliest token at every place; of equal ones the first.
  func likeliest(into ids: UnsafeMutablePointer<Int32>) {
    let logits = self[.logits]
    for token in 0..<tokens {
      let row = logits.pointer + token * logits.stride
      let largest = kernels.maximum(row, Int64(logits.columns))
      var id = 0
      while id < logits.columns - 1 && row[id] != largest { id += 1 }
      ids[token] = Int32(id)
    }
  }
}
