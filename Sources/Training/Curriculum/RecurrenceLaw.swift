import Glibc
import Tasks

/// How many iterations a training step runs: log-normal Poisson (Geiping et al., 2025, §3.3), now
/// and then a small uniform number, which is cheap and keeps few iterations useful.
public struct RecurrenceLaw: Sendable, Equatable {
  /// r̄ at the first and the last step of the stage; a straight line between.
  public var mean: ClosedRange<Double> = 8...12
  /// σ of the normal number in the exponent of the rate.
  public var deviation = 0.5
  /// Longest run.
  public var cap = 64
  /// Share of steps with a uniform number in `1...shallowLimit` instead.
  public var shallowShare = 0.2
  public var shallowLimit = 6
  /// Gradients flow through so many of the last iterations.
  public var differentiated = 4

  public init() {}

  /// r̄ at one step of a stage.
  public func mean(step: Int, of steps: Int) -> Double {
    let part = steps > 1 ? Double(step) / Double(steps - 1) : 1
    return mean.lowerBound + (mean.upperBound - mean.lowerBound) * part
  }

  /// Draws r: 1 + Poisson(exp(N(ln r̄ − σ²/2, σ))), of mean r̄ + 1.
  public func draw(mean: Double, random: inout TaskRandom) -> RecurrenceDraw {
    var iterations: Int
    if random.unit() < shallowShare {
      iterations = 1 + random.below(shallowLimit)
    } else {
      let rate = exp(log(mean) - deviation * deviation / 2 + deviation * random.normal())
      iterations = 1 + random.poisson(rate: rate, atMost: cap)
    }
    iterations = min(iterations, cap)
    return RecurrenceDraw(
      iterations: iterations, differentiated: min(differentiated, iterations))
  }
}

extension TaskRandom {
  /// A normal number of mean 0 and deviation 1 (Box and Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// A Poisson number by adding up waiting times, cut at `limit`.
  mutating func poisson(rate: Double, atMost limit: Int) -> Int {
    var (count, time) = (0, 0.0)
    while count < limit {
      time -= log(1 - unit())
      if time > rate { break }
      count += 1
    }
    return count
  }
}
