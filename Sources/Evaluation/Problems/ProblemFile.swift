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
      "\(DisplayText.escape(name))\(line.map { ", line \($0)" } ?? ""): \(problem)."
    }
  }

  /// How the group of a file's problems is called.
  public static let task = "problems"
  /// The most problems a file may hold.
  public static let mostProblems = 1_000_000
  /// The most bytes a line may have.
  public static let longestLine = 1 << 26

  /// Reads the lines of a file; blank ones do not count. A line that is no problem is kept as a
  /// broken one, so that the rest can be worked on.
  /// - Parameters:
  ///   - name: what the file is called, in errors.
  ///   - template: what a `question` is put into, in the place of `{question}`.
  ///   - most: how many problems it may hold, and four times as many lines.
  ///   - next: the lines, one by one; nil after the last.
  /// - Throws: `Failure` when there is nothing to ask or no end to it, and what `next` throws.
  public static func read(
    name: String, template: String = defaultTemplate, most: Int = mostProblems,
    next: () throws -> [UInt8]?
  ) throws -> ProblemSet {
    var kind: AnswerKind?
    var problems: [EvaluationProblem] = []
    let group = ProblemGroup(task: task)
    var place = 0
    while let line = try next() {
      place += 1
      guard place <= 4 * most else {
        throw Failure(name: name, line: place, problem: "it has no end, or too many blank lines")
      }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      guard problems.count < most else {
        throw Failure(
          name: name, line: place,
          problem: "a file may hold \(most) problems; ask them in several files")
      }
      do throws(Defect) {
        let (prompt, answer, isQuestion) = try pair(object(line))
        let own: AnswerKind = isQuestion ? .lastNumber : .exact
        if let kind, kind != own {
          throw Defect("questions and prompts cannot be mixed in one file")
        }
        kind = own
        let asked = isQuestion ? template.replacing("{question}", with: prompt) : prompt
        problems.append(
          EvaluationProblem(group: group, prompt: asked, answer: answer, line: place))
      } catch {
        problems.append(EvaluationProblem(group: group, line: place, defect: error.words))
      }
    }
    guard let first = problems.first else {
      throw Failure(name: name, line: nil, problem: "there is no problem in it")
    }
    guard let kind else {
      let others =
        problems.count > 1 ? "; no other of its \(problems.count) problems can be asked" : ""
      throw Failure(name: name, line: first.line, problem: (first.defect ?? "") + others)
    }
    return ProblemSet(kind: kind, problems: problems)
  }

  /// How questions are asked unless told otherwise.
  public static let defaultTemplate = "Question: {question}\nAnswer:"

  /// What is wrong with one line, as the end of a sentence.
  private struct Defect: Error {
    let words: String
    init(_ words: String) { self.words = words }
  }

  private static func object(_ line: [UInt8]) throws(Defect) -> JSONValue {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: line)
    } catch {
      throw Defect("\(error)")
    }
    guard value.members != nil else { throw Defect("an object was expected, not \(value.kind)") }
    return value
  }

  private static func pair(
    _ object: JSONValue
  ) throws(Defect) -> (String, String, isQuestion: Bool) {
    func text(_ key: String) throws(Defect) -> String {
      guard let value = object[key] else { throw Defect("\"\(key)\" is missing") }
      guard let text = value.string else {
        throw Defect("\"\(key)\" is \(value.kind), where a string was expected")
      }
      guard !text.isEmpty else { throw Defect("\"\(key)\" is empty") }
      return text
    }
    guard object["prompt"] == nil else { return (try text("prompt"), try text("answer"), false) }
    guard object["question"] != nil else {
      throw Defect("neither \"prompt\" nor \"question\" is there")
    }
    let (question, solution) = (try text("question"), try text("answer"))
    guard let mark = solution.ranges(of: "####").last else {
      throw Defect("\"answer\" has no \"####\" before its number")
    }
    guard let number = NumberReading.last(in: String(solution[mark.upperBound...])) else {
      throw Defect("\"answer\" has no number after \"####\"")
    }
    return (question, number, true)
  }
}
