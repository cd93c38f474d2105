import CKernels
import LatentModels
import Tensors

/// −ln softmax(logits)[target], weighted:  dlogits = weight·(softmax(logits) − onehot(target)).
extension Tape {
  /// Writes the gradient of Σ w·CE / `total` over the logits.
  /// - Returns: Σ w·CE of these tokens, in nats.
  func crossEntropy(
    targets: UnsafePointer<Int32>, weights: UnsafePointer<Float>, total: Double
  ) -> Double {
    let logits = self[.logits]
    let (gradient, _) = receive(.logits, columns: logits.columns)
    var sum = 0.0
    for token in 0..<tokens {
      let target = Int64(targets[token])
      precondition(target >= 0 && target < logits.columns, "target \(target) is no token")
      let weight = weights[token]
      let loss = kernels.cross_entropy(
        logits.pointer + token * logits.stride, target, Float(Double(weight) / total),
        gradient.pointer + token * gradient.stride, Int64(logits.columns))
      if weight != 0 { sum += Double(weight) * loss }
    }
    return sum
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
