import Checkpoints
import Foundation

/// Where an export is to go.
public enum ExportTarget {
  /// Sees that nobody's file would be replaced. Pipes and devices are written to in any case.
  /// - Parameter advice: what would replace it.
  /// - Throws: `ExportError`.
  public static func checkFree(_ path: String, advice: String = "") throws(ExportError) {
    guard path != "-" else { return }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    throw ExportError("\(DisplayText.escape(path)) is there already, and stays as it is\(advice).")
  }

  /// A path as a shell would have taken it: `~` is the user's folder.
  public static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return NSHomeDirectory() + path.dropFirst()
  }
}
