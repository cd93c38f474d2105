import Glibc

/// How well chances that a judge gives agree with what comes to pass (expected calibration error: Guo et
/// al., 2017):
///
///     Σ over bins of chances  (share of all in it) · |mean chance − mean label|
public enum Calibration {
  /// Bins of equal width between 0 and 1.
  public static let bins = 10

  /// - Parameters:
  ///   - scores: logits of chances.
  ///   - labels: shares, one a score.
  /// - Returns: 0 for none.
  public static func error(_ scores: [Double], labels: [Double]) -> Double {
    precondition(scores.count == labels.count, "a label for every score")
    var sums = Array(repeating: (chance: 0.0, label: 0.0), count: bins)
    for (score, label) in zip(scores, labels) {
      let chance = sigmoid(score)
      let bin = min(bins - 1, Int(chance * Double(bins)))
      sums[bin].chance += chance
      sums[bin].label += label
    }
    return sums.reduce(0) { $0 + abs($1.chance - $1.label) } / Double(max(1, scores.count))
  }

  /// The number that, added to all scores, makes the mean of chances that of labels: what a judge whose
  /// scores are good for comparing alone has to be given before it can be asked for chances.
  public static func shift(_ scores: [Double], labels: [Double]) -> Double {
    guard !scores.isEmpty else { return 0 }
    let wanted = labels.reduce(0, +)
    // Beyond these chances are 0 or 1, whatever the scores.
    let reach = 40 + (scores.map(abs).max() ?? 0)
    var (low, high) = (-reach, reach)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      let sum = scores.reduce(0) { $0 + sigmoid($1 + middle) }
      if sum < wanted { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private static func sigmoid(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  }
}
