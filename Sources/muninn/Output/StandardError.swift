import Foundation

/// Remarks beside the output proper.
enum StandardError {
  /// Writes one line.
  static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("muninn: \(text)\n".utf8))
  }
}
