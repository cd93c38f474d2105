import Foundation
import Testing

/// Compares text with a file in `Snapshots`; `RECORD=1` writes the file instead.
func expectSnapshot(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Snapshots/\(name).txt")
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    do { try (text + "\n").write(to: file, atomically: true, encoding: .utf8) } catch {
      Issue.record("cannot write \(file.path): \(error)", sourceLocation: sourceLocation)
    }
    return
  }
  let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no file \(file.path))\n"
  #expect(text + "\n" == expected, "\(name); RECORD=1 rewrites it", sourceLocation: sourceLocation)
}
