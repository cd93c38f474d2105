import Checkpoints
import Tasks

/// Problems as JSON lines: `prompt` and `answer`, or as GSM8K has them `question` and an `answer`
/// whose last line is `#### 42`.
public enum ProblemFile {
  /// Why a file is no file of problems.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    public let name: String
    /// Counted from 1; nil when it is not about one line.
    public let line: Int?
    public let problem: String

    public var description: String {
      "\(name)\(line.map { ", line \($0)" } ?? ""): \(problem)."
    }
  }

  /// Reads the lines of a file; blank ones do not count.
  /// - Parameters:
  ///   - name: what the file is called, in errors.
  ///   - template: what a `question` is put into, in the place of `{question}`.
  public static func read(
    _ lines: [[UInt8]], name: String, template: String = defaultTemplate
  ) throws(Failure) -> ProblemSet {
    var kind: AnswerKind?
    var problems: [EvaluationProblem] = []
    let group = ProblemGroup(task: "problems")
    for (index, line) in lines.enumerated() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      func refuse(_ problem: String) -> Failure {
        Failure(name: name, line: index + 1, problem: problem)
      }
      let (prompt, answer, isQuestion) = try pair(object(line, refuse), refuse)
      let own: AnswerKind = isQuestion ? .lastNumber : .exact
      if let kind, kind != own {
        throw refuse("questions and prompts cannot be mixed in one file")
      }
      kind = own
      let asked = isQuestion ? template.replacing("{question}", with: prompt) : prompt
      problems.append(EvaluationProblem(group: group, prompt: asked, answer: answer))
    }
    guard let kind else {
      throw Failure(name: name, line: nil, problem: "there is no problem in it")
    }
    return ProblemSet(kind: kind, problems: problems)
  }

  /// How questions are asked unless told otherwise.
  public static let defaultTemplate = "Question: {question}\nAnswer:"

  private static func object(
    _ line: [UInt8], _ refuse: (String) -> Failure
  ) throws(Failure) -> JSONValue {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: line)
    } catch {
      throw refuse("\(error)")
    }
    guard value.members != nil else {
      throw refuse("an object was expected, not \(value.kind)")
    }
    return value
  }

  private static func pair(
    _ object: JSONValue, _ refuse: (String) -> Failure
  ) throws(Failure) -> (String, String, isQuestion: Bool) {
    func text(_ key: String) throws(Failure) -> String {
      guard let value = object[key] else { throw refuse("\"\(key)\" is missing") }
      guard let text = value.string else {
        throw refuse("\"\(key)\" is \(value.kind), where a string was expected")
      }
      guard !text.isEmpty else { throw refuse("\"\(key)\" is empty") }
      return text
    }
    guard object["prompt"] == nil else { return (try text("prompt"), try text("answer"), false) }
    guard object["question"] != nil else {
      throw refuse("neither \"prompt\" nor \"question\" is there")
    }
    let (question, solution) = (try text("question"), try text("answer"))
    guard let mark = solution.ranges(of: "####").last else {
      throw refuse("\"answer\" has no \"####\" before its number")
    }
    guard let number = NumberReading.last(in: String(solution[mark.upperBound...])) else {
      throw refuse("\"answer\" has no number after \"####\"")
    }
    return (question, number, true)
  }
}
