import Foundation

/// How much seeded tests try: little by default, so that all tests take seconds, and many times that
/// where `MUNINN_TEST_EFFORT` says so.
public enum Effort {
  private static let factor: Int = {
    let text = ProcessInfo.processInfo.environment["MUNINN_TEST_EFFORT"] ?? "1"
    guard let number = Int(text), (1...1_000_000).contains(number) else {
      fatalError("MUNINN_TEST_EFFORT is \(text), which is no number from 1 to 1000000")
    }
    return number
  }()

  /// So many attempts, or that many times more.
  public static func times(_ count: Int) -> Int { count * factor }
}
