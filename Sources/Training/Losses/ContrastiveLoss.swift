import Glibc

/// Candidates of one question held against each other at the same step (LatentTTS, arXiv 2510.07745):
///
///     p_t(n) = exp r_t(n) / Σ_m exp r_t(m),   L = −Σ_t Σ_n y_t(n)·ln p_t(n)
///     ∂L/∂r_t(n) = p_t(n)·Σ_m y_t(m) − y_t(n)
///
/// A number added to all candidates of a step changes nothing, so that what is learned compares
/// candidates of one question and says nothing of a candidate alone.
public struct ContrastiveLoss: StepLoss, Equatable {
  /// What y is made of the labels, which are shares of completions that came out right.
  public enum Labels: String, Sendable, CaseIterable {
    /// They themselves, as in the published code: steps at which many succeed weigh more.
    case soft
    /// Divided by their sum over the candidates; a step at which none succeeds counts nothing.
    case normalised
    /// 1 for the best candidate, of equal ones the first; a step at which none succeeds counts nothing.
    case best
  }

  /// What the sum over questions, steps and candidates is divided by.
  public enum Reduction: Sendable, Equatable {
    /// The questions: the mean over them of the sum over steps.
    case questions
    /// Questions times steps.
    case steps
    /// Questions times the padded length of their rows, as in the published code: there the padding
    /// decides how long the steps of learning are.
    case padded(length: Int)
  }

  public var labels: Labels
  public var reduction: Reduction

  public init(labels: Labels = .soft, reduction: Reduction = .questions) {
    (self.labels, self.reduction) = (labels, reduction)
  }

  public func divisor(_ table: StepTable) -> Double {
    let perQuestion =
      switch reduction {
      case .questions: 1
      case .steps: table.steps
      case .padded(let length): length
      }
    return Double(table.questions) * Double(perQuestion)
  }

  public func sum(
    _ scores: StepTable, labels: StepTable
  ) -> (value: Double, gradient: StepTable) {
    precondition(scores.hasSize(of: labels), "a label for every score")
    var gradient = StepTable(like: scores)
    var total = 0.0
    for question in 0..<scores.questions {
      for step in 0..<scores.steps {
        let (value, slopes) = term(
          (0..<scores.candidates).map { scores[question, $0, step] },
          (0..<scores.candidates).map { labels[question, $0, step] })
        total += value
        for (candidate, slope) in slopes.enumerated() {
          gradient[question, candidate, step] = slope
        }
      }
    }
    return (total, gradient)
  }

  /// The term of one step, and its derivatives.
  public func term(_ scores: [Double], _ labels: [Double]) -> (value: Double, slopes: [Double]) {
    let most = scores.max() ?? 0
    let shares = scores.map { exp($0 - most) }
    let sum = shares.reduce(0, +)
    let weights = weights(labels)
    let mass = weights.reduce(0, +)
    // −Σ y·(r − ln Σ exp r)
    let value = zip(weights, scores).reduce(0.0) { $0 - $1.0 * ($1.1 - most - log(sum)) }
    return (value, zip(shares, weights).map { $0 / sum * mass - $1 })
  }

  private func weights(_ labels: [Double]) -> [Double] {
    let total = labels.reduce(0, +)
    switch self.labels {
    case .soft: return labels
    case .normalised: return total > 0 ? labels.map { $0 / total } : labels.map { _ in 0 }
    case .best:
      guard let most = labels.max(), most > 0, let best = labels.firstIndex(of: most) else {
        return labels.map { _ in 0 }
      }
      return labels.indices.map { $0 == best ? 1 : 0 }
    }
  }
}
