import Glibc

extension TorchGenerator {
  /// How `torch.nn.init.trunc_normal_` draws; versions differ.
  public enum TruncatedForm: String, Codable, Sendable, CaseIterable {
    /// Normal numbers, those outside drawn again: current versions.
    case rejection
    /// Uniform numbers through the inverse distribution function, then clamped: older versions, with
    /// which Huginn was published (changed by pull request pytorch#174997).
    case erfinv
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

  /// The next initial latent state of a Huginn-shaped model, as one call of its published
  /// `initialize_state` draws it: `randn_like` of the embeddings (thrown away), then a normal truncated
  /// at three deviations, times the scale.
  /// - Returns: `[tokens, width]`.
  public mutating func initialState(
    tokens: Int, width: Int, from distribution: StateDistribution, form: SeedForm
  ) -> Matrix {
    let count = tokens * width
    let type = form.type
    _ = normal(count, storage: type)
    guard distribution.deviation > 0 else { return Matrix(rows: tokens, columns: width) }
    let values = truncatedNormal(
      count, deviation: distribution.deviation, form: form.truncation, storage: type)
    return Matrix(
      rows: tokens, columns: width,
      values: values.map { type.round($0 * Float(distribution.scale)) })
  }
}

/// How an initial state is drawn from a seed: versions of torch differ, and so do models of different
/// element types.
public struct SeedForm: Codable, Sendable, Hashable {
  public var truncation: TorchGenerator.TruncatedForm
  /// The element type of the model whose runs are to be repeated; the state is computed with in
  /// float32 either way.
  public var type: TorchGenerator.Storage

  public init(
    truncation: TorchGenerator.TruncatedForm = .rejection, type: TorchGenerator.Storage = .float32
  ) {
    self.truncation = truncation
    self.type = type
  }

  /// What differs from the usual, to put behind a seed: ` (erfinv, bfloat16)`; nothing where nothing
  /// does.
  public var remark: String {
    let usual = SeedForm()
    var words: [String] = []
    if truncation != usual.truncation { words.append(truncation.rawValue) }
    if type != usual.type { words.append(type.rawValue) }
    return words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
  }
}

/// What the initial states of a model are drawn from: a normal distribution of mean 0, truncated at
/// three deviations, times a scale.
public struct StateDistribution: Sendable, Equatable {
  /// `init_values.std` of the configuration, sqrt(2/(5·width)) as published.
  public var deviation: Double
  /// The embedding scale, sqrt(width) as published.
  public var scale: Double

  public init(deviation: Double, scale: Double) {
    self.deviation = deviation
    self.scale = scale
  }

  /// With so many times the spread.
  public func spread(_ factor: Float) -> StateDistribution {
    StateDistribution(deviation: deviation * Double(factor), scale: scale)
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
