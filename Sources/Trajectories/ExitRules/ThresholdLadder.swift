import Glibc

/// The thresholds a person steps through, up and down from wherever one is.
public enum ThresholdLadder: Sendable, Hashable {
  /// Ten rungs a decade, round numbers: 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10.
  case ratio
  /// Whole numbers from 1.
  case count
  /// Twentieths, above 0 and up to 1.
  case share

  private static let decade: [Double] = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8]
  /// Between which rungs of the ladder by ratio lie, in decades.
  private static let decades = -12...12

  /// So many rungs above a threshold, or below it where that is negative; the last rung is not passed.
  public func step(_ threshold: Float, by rungs: Int) -> Float {
    switch self {
    case .count:
      return max(1, min(10_000, threshold.rounded(rungs < 0 ? .up : .down) + Float(rungs)))
    case .share:
      let twentieths = Double(threshold) * 20
      let here = rungs < 0 ? (twentieths - 1e-4).rounded(.up) : (twentieths + 1e-4).rounded(.down)
      return Float(max(1, min(20, here + Double(rungs))) / 20)
    case .ratio:
      // A threshold beside a rung stands on it.
      let near = 1e-4
      let rung = Self.rung(below: Double(threshold) * (1 + (rungs < 0 ? -near : near)))
      return Float(Self.value(rung + (rungs < 0 ? rungs + 1 : rungs)))
    }
  }

  /// The last rung that is no higher, by number.
  private static func rung(below threshold: Double) -> Int {
    guard threshold > 0 else { return decades.lowerBound * 10 }
    let power = Int(floor(log10(threshold)))
    let rest = threshold / pow(10, Double(power))
    return 10 * power + (decade.lastIndex { $0 <= rest } ?? 0)
  }

  private static func value(_ rung: Int) -> Double {
    let rung = max(decades.lowerBound * 10, min(decades.upperBound * 10, rung))
    let place = (rung % 10 + 10) % 10
    return decade[place] * pow(10, Double((rung - place) / 10))
  }
}
