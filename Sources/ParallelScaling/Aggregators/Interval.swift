import Glibc

/// The quantile of the normal distribution that 95 % intervals are made with.
private let quantile = 1.959963984540054

/// A share with what it may as well be.
public struct ShareInterval: Sendable, Equatable {
  public let share: Double
  /// Wilson's 95 % interval (1927).
  public let lower: Double
  public let upper: Double

  /// nil of no trials.
  /// - Precondition: no more hits than trials.
  public init?(hits: Int, of trials: Int) {
    precondition((0...max(0, trials)).contains(hits), "\(hits) of \(trials)")
    guard trials > 0 else { return nil }
    let (n, z) = (Double(trials), quantile)
    share = Double(hits) / n
    let scale = 1 + z * z / n
    let centre = (share + z * z / (2 * n)) / scale
    let spread = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends rounding would leave the true value outside.
    lower = hits == 0 ? 0 : max(0, centre - spread)
    upper = hits == trials ? 1 : min(1, centre + spread)
  }
}

/// The mean over problems of what is between 0 and 1 for each, with what it may as well be.
///
/// Problems are the unit, not the copies of one: those say the same again. As Agresti and Coull (1998)
/// do it for shares, z²/2 problems of value 0 and as many of value 1 are added, z = 1.96, and the normal
/// interval is taken of all:
///
///     m = (Σx + z²/2) / (n + z²),  v = (Σx² + z²/2) / (n + z²) − m²,  m ± z·√(v / (n + z²))
///
/// clipped to 0…1. The plain normal interval, mean ± z·s/√n, has no width where all problems come to the
/// same, as at a coverage of 1, and reaches past the ends; this one does neither, holds the mean always,
/// and is the plain one where there are many problems.
public struct MeanInterval: Sendable, Equatable {
  public let mean: Double
  public let lower: Double
  public let upper: Double

  /// nil of no problems.
  /// - Parameter values: what there is, from 0 to 1, and of how many problems.
  public init?(_ values: [(value: Double, count: Int)]) {
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for (value, times) in values {
      precondition((0...1).contains(value) && times >= 0, "\(times) times \(value)")
      count += Double(times)
      sum += Double(times) * value
      squares += Double(times) * value * value
    }
    guard count > 0 else { return nil }
    mean = min(1, sum / count)
    let (z, all) = (quantile, count + quantile * quantile)
    let centre = (sum + z * z / 2) / all
    let variance = max(0, (squares + z * z / 2) / all - centre * centre)
    let spread = z * (variance / all).squareRoot()
    lower = max(0, min(mean, centre - spread))
    upper = min(1, max(mean, centre + spread))
  }
}
