import Glibc

/// One step of AdamW (Loshchilov and Hutter, 2019) with bias-corrected moments.
struct AdamWStep {
  private let beta1: Float
  private let beta2: Float
  private let epsilon: Float
  /// Learning rate over the bias correction of the first moment.
  private let size: Float
  /// 1 / √(bias correction of the second moment).
  private let correction: Float
  private let keep: Float

  /// - Parameter step: counted from 1.
  init(_ settings: OptimizerSettings.AdamW, step: Int, rate: Double) {
    beta1 = Float(settings.beta1)
    beta2 = Float(settings.beta2)
    epsilon = Float(settings.epsilon)
    let learningRate = settings.learningRate * rate
    size = Float(learningRate / (1 - pow(settings.beta1, Double(step))))
    correction = Float(1 / (1 - pow(settings.beta2, Double(step))).squareRoot())
    keep = Float(1 - learningRate * settings.weightDecay)
  }

  func apply(
    to weights: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    first: UnsafeMutableBufferPointer<Float>, second: UnsafeMutableBufferPointer<Float>
  ) {
    for i in weights.indices {
      let g = gradient[i]
      first[i] += (1 - beta1) * (g - first[i])
      second[i] = beta2 * second[i] + (1 - beta2) * g * g
      weights[i] =
        keep * weights[i] - size * first[i] / (second[i].squareRoot() * correction + epsilon)
    }
  }
}
