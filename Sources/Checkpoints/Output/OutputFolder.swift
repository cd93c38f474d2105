import Foundation

/// Folders that outputs go to.
public enum OutputFolder {
  /// Makes a folder and those above it, where they are not there yet.
  /// - Throws: `OutputError` with the system's reason.
  public static func make(_ path: String) throws(OutputError) {
    if path.isEmpty {
      throw OutputError(path: "An empty text", problem: "is no path of a folder")
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for count in 1...parts.count {
      let part = parts[..<count].joined(separator: "/")
      if part.isEmpty || mkdir(part, 0o777) == 0 { continue }
      let code = errno
      var status = stat()
      // Where nothing may be made, what is there already is as good.
      guard stat(part, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw .system(
          path, "cannot be made", code: code == EEXIST && count < parts.count ? ENOTDIR : code)
      }
    }
  }
}
