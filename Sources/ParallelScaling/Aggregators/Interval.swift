import Glibc

/// A share with what it may as well be.
public struct ShareInterval: Sendable, Equatable {
  public let share: Double
  /// Wilson's 95 % interval.
  public let lower: Double
  public let upper: Double

  /// nil of no trials.
  /// - Precondition: no more hits than trials.
  public init?(hits: Int, of trials: Int) {
    precondition((0...max(0, trials)).contains(hits), "\(hits) of \(trials)")
    guard trials > 0 else { return nil }
    let (n, z) = (Double(trials), 1.959963984540054)
    let p = Double(hits) / n
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    (share, lower, upper) = (p, max(0, centre - half), min(1, centre + half))
  }
}
