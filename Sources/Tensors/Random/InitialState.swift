import Glibc

extension TorchGenerator {
  /// How `torch.nn.init.trunc_normal_` draws; versions differ.
  public enum TruncatedForm: String, Sendable, CaseIterable {
    /// Uniform numbers through the inverse distribution function, then clamped (older versions).
    case erfinv
    /// Normal numbers, those outside drawn again (newer versions).
    case rejection
  }

  /// Normal numbers of mean 0, truncated at ±3 deviations.
  public mutating func truncatedNormal(
    _ count: Int, deviation: Double, form: TruncatedForm, storage: Storage = .float32
  ) -> [Float] {
    precondition(deviation >= 0 && deviation.isFinite, "a deviation is not negative")
    let bound = storage.round(Float(3 * deviation))
    switch form {
    case .erfinv:
      let tail = (1 + erf(-3 / 2.0.squareRoot())) / 2
      let from = 2 * tail - 1
      let factor = Float(deviation * 2.0.squareRoot())
      return uniform(count, from: Float(from), to: Float(-from), storage: storage).map {
        let value = storage.round(storage.round(inverseErrorFunction($0)) * factor)
        return min(max(value, -bound), bound)
      }
    case .rejection:
      var values = normal(count, deviation: Float(deviation), storage: storage)
      // One draw in 370 lies outside, so this ends after a few rounds.
      while values.contains(where: { abs($0) > bound }) {
        let again = normal(count, deviation: Float(deviation), storage: storage)
        for i in values.indices where abs(values[i]) > bound { values[i] = again[i] }
      }
      return values
    }
  }

  /// The initial latent state of a Huginn-shaped model: `randn_like` of the embeddings (thrown
  /// away), then a normal truncated at three deviations, times `scale`.
  /// - Parameters:
  ///   - standardDeviation: `init_values.std` of the configuration, sqrt(2/(5·width)) as published.
  ///   - scale: the embedding scale, sqrt(width) as published.
  /// - Returns: `[tokens, width]`.
  public static func initialState(
    tokens: Int, width: Int, standardDeviation: Double, scale: Double, seed: UInt64,
    form: TruncatedForm, storage: Storage = .float32
  ) -> Matrix {
    var generator = TorchGenerator(seed: seed)
    let count = tokens * width
    _ = generator.normal(count, storage: storage)
    let values = generator.truncatedNormal(
      count, deviation: standardDeviation, form: form, storage: storage)
    return Matrix(
      rows: tokens, columns: width, values: values.map { storage.round($0 * Float(scale)) })
  }
}

/// The x with erf(x) = y, to float32 precision; ±infinity at ±1.
private func inverseErrorFunction(_ y: Float) -> Float {
  let target = Double(y)
  guard abs(target) < 1 else { return y.isNaN || abs(y) > 1 ? .nan : y * .infinity }
  // Start from the approximation erf(x)² ≈ 1 − exp(−x² (4/π + a x²) / (1 + a x²)), solved for x.
  let a = 0.147
  let logarithm = log1p(-target * target)
  let half = 2 / (Double.pi * a) + logarithm / 2
  var x = copysign(((half * half - logarithm / a).squareRoot() - half).squareRoot(), target)
  for _ in 0..<4 {
    let error = target > 0 ? (1 - target) - erfc(x) : erfc(-x) - (1 + target)
    let step = error / (2 / Double.pi.squareRoot() * exp(-x * x))
    // Halley's method: erf'' = −2x erf'.
    x -= step / (1 + x * step)
  }
  return Float(x)
}
