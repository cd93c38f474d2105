import Foundation

/// Cells of tables for people.
public enum TableText {
  /// A text at the right end of its column.
  public static func cell(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// `0.45`; a dash for none.
  public static func share(_ value: Double?) -> String {
    value.map { String(format: "%.2f", $0) } ?? "–"
  }

  /// `0.36–0.55`; a dash for none.
  public static func interval(_ interval: ClosedRange<Double>?) -> String {
    interval.map { "\(share($0.lowerBound))–\(share($0.upperBound))" } ?? "–"
  }
}
