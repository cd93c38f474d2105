import Glibc

/// How the scores of the steps of a copy become one.
public enum ScoreReduction: String, Sendable, CaseIterable {
  /// As in the released code of parallel test-time scaling; favours long ways.
  case sum
  case mean
  case last
  case min
  case max
  case first
  /// Σ ln σ(r).
  case sumLogSigmoid = "sum-log-sigmoid"

  /// nil where there is no step.
  public func score(_ steps: [Double]) -> Double? {
    guard let first = steps.first, let last = steps.last else { return nil }
    return switch self {
    case .sum: steps.reduce(0, +)
    case .mean: steps.reduce(0, +) / Double(steps.count)
    case .last: last
    case .min: steps.min() ?? first
    case .max: steps.max() ?? first
    case .first: first
    // ln σ(x) = −ln(1 + e^−x), without overflow on either side.
    case .sumLogSigmoid: steps.reduce(0) { $0 + Swift.min($1, 0) - log1p(exp(-abs($1))) }
    }
  }

  /// softmax(x / τ), without overflow.
  public static func softmax(_ scores: [Double], temperature: Double = 1) -> [Double] {
    guard let largest = scores.max() else { return [] }
    let powers = scores.map { exp(($0 - largest) / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
