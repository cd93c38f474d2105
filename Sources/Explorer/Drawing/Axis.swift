import Glibc
import Trajectories

/// One axis of a plot: which values it spans and how they are spread over it.
struct Axis: Sendable, Hashable {
  enum Scale: Sendable, Hashable {
    case linear
    case log
  }

  let scale: Scale
  let low: Double
  let high: Double
  /// The low end is at the top.
  var isDownward = false

  /// The axis that shows all finite `values`. A log axis leaves out what is not positive, and
  /// spans whole decades, at most `decades` of them, from the top.
  init(_ values: some Sequence<Double>, scale: Scale, from zero: Bool = false, decades: Int = 8) {
    self.init(ValueSpan(values), scale: scale, from: zero, decades: decades)
  }

  /// The same of values of which one knows what they span.
  init(_ span: ValueSpan, scale: Scale, from zero: Bool = false, decades: Int = 8) {
    self.scale = scale
    guard let shown = scale == .linear ? span.range : span.positive else {
      (self.low, self.high) = (scale == .log ? 0.1 : 0, 1)
      return
    }
    var (low, high) = (shown.lowerBound, shown.upperBound)
    switch scale {
    case .linear:
      if zero { low = min(0, low) }
      if high - low < 1e-12 * max(1, abs(high)) { high = low + max(1e-6, abs(low) * 0.1) }
      (self.low, self.high) = (low, high)
    case .log:
      high = pow(10, ceil(log10(high) - 1e-9))
      low = pow(10, floor(log10(low) + 1e-9))
      low = max(low, high * pow(10, -Double(decades)))
      (self.low, self.high) = (low, max(high, low * 10))
    }
  }

  /// The axis from `low` to `high`, linear.
  init(from low: Double, to high: Double) {
    (scale, self.low, self.high) = (.linear, low, high > low ? high : low + 1)
  }

  /// The axis from `low` to `high`, by ratio.
  init(log low: Double, to high: Double) {
    (scale, self.low, self.high) = (.log, low, high)
  }

  /// The value half the way.
  var middle: Double { scale == .log ? (low * high).squareRoot() : (low + high) / 2 }

  /// Where a value lies, 0 at the foot to 1 at the top, clamped; nil when it has no place.
  func place(_ value: Double) -> Double? {
    share(value).map { isDownward ? 1 - $0 : $0 }
  }

  /// 0 low to 1 high.
  private func share(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear:
      return min(1, max(0, (value - low) / (high - low)))
    case .log:
      guard value > 0 else { return 0 }
      return min(1, max(0, (log10(value) - log10(low)) / (log10(high) - log10(low))))
    }
  }

  /// Values worth a label, low to high, at most `count`.
  func ticks(_ count: Int) -> [Double] {
    guard count > 1 else { return [high] }
    switch scale {
    case .linear:
      return (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
    case .log:
      let bottom = Int(log10(low).rounded())
      let top = Int(log10(high).rounded())
      let stride = max(1, (top - bottom + count - 2) / max(1, count - 1))
      // The end at the top has its label in any case.
      let powers =
        isDownward
        ? Array(Swift.stride(from: bottom, through: top, by: stride))
        : Swift.stride(from: top, through: bottom, by: -stride).reversed()
      return powers.map { pow(10, Double($0)) }
    }
  }
}
