import Glibc

/// Every score a bet of its own, ln σ(r) where the label is 1: the mean over questions, candidates and
/// steps of
///
///     −y·ln σ(r) − (1 − y)·ln(1 − σ(r)),   ∂/∂r = σ(r) − y
public struct BinaryLoss: StepLoss, Equatable {
  public init() {}

  public func divisor(_ table: StepTable) -> Double { Double(table.values.count) }

  public func sum(
    _ scores: StepTable, labels: StepTable
  ) -> (value: Double, gradient: StepTable) {
    precondition(scores.hasSize(of: labels), "a label for every score")
    var gradient = StepTable(like: scores)
    var total = 0.0
    for (index, (score, label)) in zip(scores.values, labels.values).enumerated() {
      // ln(1 + e⁻ʳ) + (1 − y)·r, without an exponential that could be infinite.
      total += max(score, 0) - score * label + log1p(exp(-abs(score)))
      gradient.values[index] = Self.sigmoid(score) - label
    }
    return (total, gradient)
  }

  private static func sigmoid(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  }
}
