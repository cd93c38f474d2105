/// The outputs of one command: opened before its work begins, so that a path that cannot be written
/// costs nothing, and no two of them the same file.
public struct OutputSet {
  private var claimed: [String: String] = [:]

  public init() {}

  /// Opens what an option names; nil when it names nothing.
  /// - Parameter option: as people write it: `--svg`.
  /// - Throws: `OutputError` when it cannot be written, or another option names it.
  public mutating func open(_ path: String?, option: String) throws(OutputError) -> OutputFile? {
    guard let path else { return nil }
    try claim(path, option: option)
    return try OutputFile(path)
  }

  /// Sees that no other option names the same file; for files that the caller opens itself.
  public mutating func claim(_ path: String?, option: String) throws(OutputError) {
    guard let path else { return }
    if path.isEmpty {
      throw OutputError(path: option, problem: "takes a path, not an empty text")
    }
    guard let identity = try OutputPlace(path).identity else { return }
    if let other = claimed[identity] {
      let what = identity == "descriptor 1" ? "standard output" : DisplayText.escape(path)
      throw OutputError(path: option, problem: "names what \(other) writes already: \(what)")
    }
    claimed[identity] = option
  }

  /// Does every one of some works, whatever becomes of the others; then throws the first error.
  public static func each(_ works: (() throws -> Void)...) throws {
    var first: (any Error)?
    for work in works {
      do { try work() } catch { first = first ?? error }
    }
    if let first { throw first }
  }
}
