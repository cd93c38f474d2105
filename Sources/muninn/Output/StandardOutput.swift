import Foundation

/// Output that must appear at once.
enum StandardOutput {
  /// Writes text as it is.
  static func put(_ text: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }

  /// Writes one line.
  static func say(_ line: String) { put(line + "\n") }
}
