import ParallelScaling

/// A mean over questions with its 95 % interval.
public struct StudyInterval: Sendable, Equatable {
  public let mean: Double
  public let lower: Double
  public let upper: Double

  public init(mean: Double, lower: Double, upper: Double) {
    (self.mean, self.lower, self.upper) = (mean, lower, upper)
  }

  /// Of numbers from 0 to 1, one a question, as `MeanInterval` has it; nil of none.
  public init?(_ values: [Double]) {
    guard let interval = MeanInterval(values.map { (value: min(1, max(0, $0)), count: 1) })
    else { return nil }
    self.init(mean: interval.mean, lower: interval.lower, upper: interval.upper)
  }

  /// Of differences between −1 and 1, question by question: what one way to choose is better by than
  /// another on the same questions. nil of none.
  public init?(differences: [Double]) {
    guard let interval = StudyInterval(differences.map { ($0 + 1) / 2 }) else { return nil }
    self.init(
      mean: 2 * interval.mean - 1, lower: 2 * interval.lower - 1, upper: 2 * interval.upper - 1)
  }

  /// Whether all of it is above 0, below 0, or neither.
  public var sign: Int { lower > 0 ? 1 : upper < 0 ? -1 : 0 }
}
