import Checkpoints

/// Why a file is not one of results, or not of these: which file, which line, what is missing, what
/// to do.
public struct ResultFailure: Error, Equatable, CustomStringConvertible {
  public let name: String
  /// Counted from 1; nil when it is about no line.
  public let line: Int?
  public let problem: String

  public init(name: String, line: Int?, problem: String) {
    (self.name, self.line, self.problem) = (name, line, problem)
  }

  public var description: String {
    "\(DisplayText.escape(name))\(line.map { ", line \($0)" } ?? "") \(problem)."
  }
}
