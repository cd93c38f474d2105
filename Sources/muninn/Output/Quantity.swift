import Foundation

/// Counts and sizes for people.
enum Quantity {
  /// 706944 → `0.71 M`
  static func count(_ value: Int) -> String {
    let number = Double(value)
    return switch number {
    case 1e9...: String(format: "%.2f B", number / 1e9)
    case 1e5...: String(format: "%.2f M", number / 1e6)
    case 1e3...: String(format: "%.1f k", number / 1e3)
    default: String(value)
    }
  }

  /// Decimal units, as disks are sold and files are listed by model hubs.
  static func bytes(_ value: Int) -> String {
    let number = Double(value)
    return switch number {
    case 1e9...: String(format: "%.2f GB", number / 1e9)
    case 1e6...: String(format: "%.2f MB", number / 1e6)
    case 1e3...: String(format: "%.1f kB", number / 1e3)
    default: "\(value) B"
    }
  }
}
