/// The least and the largest of some numbers, and of the positive ones among them, which alone have a
/// place on an axis by ratio. What is not finite does not count.
public struct ValueSpan: Sendable, Hashable {
  /// nil where there are none.
  public private(set) var range: ClosedRange<Double>?
  /// That of the positive ones; nil where there are none.
  public private(set) var positive: ClosedRange<Double>?

  /// That of no numbers.
  public init() {}

  public init(_ values: some Sequence<Double>) { for value in values { add(value) } }

  public mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    range = Self.widened(range, value...value)
    if value > 0 { positive = Self.widened(positive, value...value) }
  }

  /// Takes in the numbers of another.
  public mutating func add(_ other: ValueSpan) {
    range = Self.widened(range, other.range)
    positive = Self.widened(positive, other.positive)
  }

  private static func widened(
    _ a: ClosedRange<Double>?, _ b: ClosedRange<Double>?
  ) -> ClosedRange<Double>? {
    guard let a, let b else { return a ?? b }
    return min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
  }
}
