/// Words that are no condition: what is wrong, at which column, and what may have been meant.
public struct ConditionError: Error, Hashable, CustomStringConvertible {
  /// What was typed.
  public let text: String
  /// Where it goes wrong, in characters from 1.
  public let column: Int
  /// What was expected there, as the end of a sentence.
  public let problem: String

  public init(text: String, column: Int, problem: String) {
    self.text = text
    self.column = column
    self.problem = problem
  }

  public var description: String { "column \(column): \(problem)" }

  /// The text with a mark below the place, for a terminal.
  public var picture: String {
    "\(text)\n\(String(repeating: " ", count: max(0, column - 1)))^ \(problem)"
  }
}
