import Glibc

/// How the sizes of steps change along a path: the least-squares line through their logarithms, as far as
/// float32 carries them.
public struct StepFit: Sendable, Hashable {
  /// Steps below this share of the state's length are rounding: float32 residuals stop near 2·10⁻⁶ of it,
  /// and a line through them is a line through noise.
  public static let floorShare = 1e-5

  /// In nats an iteration: steps shrink by exp(slope) each.
  public let slope: Double
  /// The interval that holds the slope with 95 % (Student's t), widened where neighbours lie on the same
  /// side of the line.
  public let interval: ClosedRange<Double>
  /// ln of the step where the line begins.
  public let start: Double
  /// The first step's iteration, and how many were fitted: those before the first at the floor.
  public let first: Int
  public let count: Int
  /// The exponent b of steps ∝ rᵇ fitted to the same, r the iteration: where this fits as well as the line,
  /// steps may shrink too slowly ever to end.
  public let power: Double?
  /// Sum of squares that a power leaves over that which the line leaves; above 1 the line fits better.
  public let powerMisfit: Double?
  /// How the mean logarithm changes from the middle third to the last, over what the line says: about 1
  /// where it goes on as it began.
  public let constancy: Double?

  /// - Parameters:
  ///   - steps: sizes, in order.
  ///   - first: the iteration of the first one.
  ///   - floor: the size at and below which a step is rounding.
  /// - Returns: nil for fewer than three steps above the floor.
  public init?(_ steps: [Double], first: Int, floor: Double) {
    let above = steps.prefix { $0 > floor && $0.isFinite }
    guard above.count >= 3 else { return nil }
    let values = above.map { log($0) }
    let times = values.indices.map { Double($0) }
    let line = Self.line(times, values)
    let logs = values.indices.map { log(Double(max(1, first + $0))) }
    let power = Self.line(logs, values)
    slope = line.slope
    start = line.start
    self.first = first
    count = values.count
    self.power = power.slope.isFinite ? power.slope : nil
    // What is left of an exact line is rounding.
    let least = 1e-12 * Double(values.count)
    powerMisfit = (power.squares + least) / (line.squares + least)
    let third = values.count / 3
    if third >= 1, line.slope != 0 {
      let late = values.suffix(third).reduce(0, +) / Double(third)
      let earlier = values.suffix(2 * third).prefix(third).reduce(0, +) / Double(third)
      constancy = (late - earlier) / (line.slope * Double(third))
    } else {
      constancy = nil
    }
    let freedom = values.count - 2
    let middle = times[times.count - 1] / 2
    let around = times.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    let rest = zip(times, values).map { $1 - line.start - line.slope * $0 }
    let deviation = (line.squares / Double(freedom) / around).squareRoot()
    let half = Self.quantile(freedom) * deviation * Self.widening(rest)
    interval = (slope - half)...(slope + half)
  }

  /// How many times as large steps are at the end of what was fitted.
  public var change: Double { exp(slope * Double(count - 1)) }

  /// What the line says of an iteration.
  public func step(at iteration: Int) -> Double { exp(start + slope * Double(iteration - first)) }

  private static func line(
    _ x: [Double], _ y: [Double]
  ) -> (slope: Double, start: Double, squares: Double) {
    let count = Double(x.count)
    let (xMean, yMean) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    var (above, below) = (0.0, 0.0)
    for (x, y) in zip(x, y) {
      above += (x - xMean) * (y - yMean)
      below += (x - xMean) * (x - xMean)
    }
    let slope = above / below
    let start = yMean - slope * xMean
    let squares = zip(x, y).reduce(0) {
      let rest = $1.1 - start - slope * $1.0
      return $0 + rest * rest
    }
    return (slope, start, squares)
  }

  /// The standard error of values whose neighbours are alike is that of fewer: by their correlation.
  private static func widening(_ rest: [Double]) -> Double {
    let all = rest.reduce(0) { $0 + $1 * $1 }
    guard all > 0 else { return 1 }
    let next = zip(rest, rest.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let alike = max(0, min(0.9, next / all))
    return ((1 + alike) / (1 - alike)).squareRoot()
  }

  /// The 97.5 % quantile of Student's t (Cornish and Fisher's expansion from five degrees of freedom on).
  static func quantile(_ freedom: Int) -> Double {
    let exact = [12.706, 4.303, 3.182, 2.776]
    if freedom < 1 { return .infinity }
    if freedom <= exact.count { return exact[freedom - 1] }
    let (z, n) = (1.959964, Double(freedom))
    let (z3, z5, z7) = (pow(z, 3), pow(z, 5), pow(z, 7))
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
      + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
  }
}
