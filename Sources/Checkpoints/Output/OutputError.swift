import Foundation

/// An output that cannot be written: which, and the system's reason.
public struct OutputError: Error, Equatable, CustomStringConvertible {
  /// The file, "standard output", or the option that named it.
  public let path: String
  /// What is wrong with it, to be read after the path.
  public let problem: String

  /// Describes one trouble.
  public init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  /// `o.svg cannot be written (No space left on device).`
  public var description: String { "\(DisplayText.escape(path)) \(problem)." }

  /// What the system said last of a file: `cannot be written (No such file or directory)`.
  static func system(_ path: String, _ what: String = "cannot be written", code: Int32 = errno)
    -> OutputError
  {
    OutputError(path: path, problem: "\(what) (\(MappedFile.reason(code)))")
  }
}
