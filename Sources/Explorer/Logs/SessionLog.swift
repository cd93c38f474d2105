import Engine
import LatentModels

/// A session as lines of text: what was done, one act a line, with comments, pauses and expectations.
/// Replaying it leads to the same tree and the same last screen.
public struct SessionLog: Sendable {
  var header: LogHeader
  var lines: [LogLine]
  /// The number of each line in the text, from 1.
  var numbers: [Int]

  /// The prompt that the session begins with; nil where the log leaves that open.
  public var prompt: PromptSource? { header.prompt }
  /// Where its first run starts.
  public var start: Start { header.start }
  /// Gives a log that leaves it open a prompt to begin with.
  public mutating func begin(with prompt: PromptSource) {
    header.prompt = header.prompt ?? prompt
  }

  /// How far that goes by itself; nil: as the model was trained.
  public var iterations: Int? { header.iterations }
  /// The name of the model it was made with, where it says so.
  public var model: String? { header.model }
}

/// What is wrong with a log, or went otherwise than it says.
public struct LogProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  /// The line as it stands there.
  public let text: String
  /// As a sentence without its point.
  public let words: String

  public var description: String { "line \(line): \(words)\n  \(Printable.line(text))" }
}

extension SessionLog {
  /// The most lines that are read.
  public static let mostLines = 100_000

  /// Reads a log. Every line is understood before anything is done.
  /// - Throws: `LogProblem` with the number of the first line that is wrong.
  public init(parsing text: String) throws(LogProblem) {
    header = LogHeader()
    (lines, numbers) = ([], [])
    var hasBegun = false
    let texts = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, raw) in texts.enumerated() {
      let line = String(raw)
      do throws(LogLineProblem) {
        guard index < Self.mostLines else {
          throw LogLineProblem("a log has at most \(Self.mostLines) lines")
        }
        if line.hasPrefix("muninn-log") {
          guard numbers.isEmpty else {
            throw LogLineProblem("muninn-log stands first, or not at all")
          }
          try header.read(first: line)
        } else if !hasBegun, line.hasPrefix("title ") {
          header.title = String(line.dropFirst(6))
        } else if !hasBegun, line.hasPrefix("about ") {
          header.about = String(line.dropFirst(6))
        } else if line.hasPrefix("begin ") {
          guard !hasBegun else { throw LogLineProblem("a session begins once; ask asks more") }
          try header.read(begin: String(line.dropFirst(6)))
          hasBegun = true
        } else {
          lines.append(try LogLine(parsing: line))
          numbers.append(index + 1)
          if case .comment = lines[lines.count - 1] { continue }
          hasBegun = true
        }
      } catch {
        throw LogProblem(line: index + 1, text: line, words: error.words)
      }
    }
  }

  /// As text, which `init(parsing:)` reads.
  public var text: String {
    (header.lines + lines.map(\.description)).joined(separator: "\n") + "\n"
  }

  /// The screen's part of a session that begins as this one did.
  func makeState() -> ExplorerState {
    var state = ExplorerState(
      prompt: header.prompt ?? .text(""), start: header.start, iterations: header.iterations,
      capabilities: header.capabilities, theme: header.theme)
    state.size = header.size
    state.speedIndex = header.speedIndex
    return state
  }
}
