import CKernels
import LatentModels
import Tensors

/// Σ w·(−ln softmax(logits)[target]) / Σ w:  dlogits = w·(softmax(logits) − onehot(target)) / Σ w.
struct CrossEntropy: Loss {
  /// The token that should follow each place.
  let targets: UnsafePointer<Int32>  // [places]
  /// How much each place counts.
  let weights: UnsafePointer<Float>  // [places]
  /// Σ w of the whole batch.
  let total: Double

  /// - Returns: Σ w·CE of these places, in nats.
  func evaluate(
    _ predictions: BufferView, into gradient: BufferView, _ kernels: muninn_kernel_table
  ) -> Double {
    var sum = 0.0
    for place in 0..<predictions.rows {
      let target = Int64(targets[place])
      precondition(target >= 0 && target < predictions.columns, "target \(target) is no token")
      let weight = weights[place]
      let loss = kernels.cross_entropy(
        predictions.pointer + place * predictions.stride, target, Float(Double(weight) / total),
        gradient.pointer + place * gradient.stride, Int64(predictions.columns))
      if weight != 0 { sum += Double(weight) * loss }
    }
    return sum
  }
}
