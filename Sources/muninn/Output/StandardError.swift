import Checkpoints
import Foundation

/// Remarks beside the output proper. Where they cannot be written there is nobody to tell.
enum StandardError {
  /// Writes one line.
  static func say(_ text: String) { put("muninn: \(DisplayText.escape(text))\n") }

  /// Writes a message of several lines, each safe for a terminal.
  static func explain(_ message: String) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    put(lines.map { DisplayText.escape(String($0)) + "\n" }.joined())
  }

  /// Writes text as it is.
  static func put(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
