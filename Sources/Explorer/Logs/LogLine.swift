import Trajectories

/// One line of a log.
enum LogLine: Sendable, Hashable {
  /// Blank, or beginning with `#`: for people.
  case comment(String)
  case invocation(Invocation)
  /// What comes next came when something was on its way.
  case when(LogMoment)
  /// The terminal had another size from here on.
  case size(Size)
  /// Seconds to look at what is there; without a screen none pass.
  case pause(Double)
  /// What must be so here.
  case expect(Expectation)
  /// What a person is told here; it stays in the strip below the panes.
  case tell(String)
  /// Until a person goes on; without a screen nobody waits.
  case wait
}

extension LogLine: CustomStringConvertible {
  var description: String {
    switch self {
    case .comment(let text): text
    case .invocation(let invocation): invocation.description
    case .when(let moment): moment.description
    case .size(let size): "size \(size.width)x\(size.height)"
    case .pause(let seconds): "pause \(Numbers.short(seconds))"
    case .expect(let expectation): "expect \(expectation)"
    case .tell(let words): "tell \(words)"
    case .wait: "wait"
    }
  }
}

/// What is wrong with a line.
struct LogLineProblem: Error, Hashable {
  /// As the end of a sentence.
  let words: String

  init(_ words: String) { self.words = words }
}

extension LogLine {
  /// Reads what `description` writes.
  init(parsing line: String) throws(LogLineProblem) {
    let text = line.drop { $0 == " " || $0 == "\t" }
    guard let first = text.first, first != "#" else {
      self = .comment(line)
      return
    }
    let word = String(text.prefix { $0 != " " })
    let rest = String(text.dropFirst(word.count).drop { $0 == " " })
    switch word {
    case "at", "after": self = .when(try LogMoment(word, rest))
    case "size": self = .size(try Size(logged: rest))
    case "pause":
      guard let seconds = Double(rest), (0...3600).contains(seconds) else {
        throw LogLineProblem("pause takes seconds from 0 to 3600, such as pause 2")
      }
      self = .pause(seconds)
    case "tell":
      guard !rest.isEmpty else { throw LogLineProblem("tell takes the words that are told") }
      self = .tell(rest)
    case "wait":
      guard rest.isEmpty else {
        throw LogLineProblem("wait takes nothing; pause takes seconds, such as pause 2")
      }
      self = .wait
    case "expect": self = .expect(try Expectation(parsing: rest))
    default:
      guard let invocation = Invocation(parsing: String(text)),
        Command.named(invocation.command) != nil
      else { throw LogLineProblem(CommandLine.unknown(word)) }
      self = .invocation(invocation)
    }
  }
}

extension Size {
  /// Reads `120x40`.
  init(logged text: String) throws(LogLineProblem) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1],
      (0...1000).contains(width), (0...1000).contains(height)
    else { throw LogLineProblem("a size is columns x rows up to 1000, such as 120x40") }
    self.init(width: width, height: height)
  }
}

/// When something came that did not wait until all was at rest.
enum LogMoment: Sendable, Hashable {
  /// While iterations came: with the cursor here, and so many of them there or on their way, in this run
  /// where there are several.
  /// Of two clocks the cell is written with both, `16:5.H`.
  case place(Address, reach: Int, run: Int?, namesBoth: Bool = false)
  /// While something else was on its way: after so many answers since the line before.
  case answers(Int)

  init(_ word: String, _ text: String) throws(LogLineProblem) {
    let parts = text.split(separator: " ").map(String.init)
    if word == "at", parts.count == 3 || parts.count == 6, parts[1] == "of",
      let reach = Int(parts[2]),
      let place = try? Address(parsing: ClockedWord.counted(parts[0])), place.block == nil,
      parts.count == 3 || parts[3...4] == ["in", "run"] && Int(parts[5]) != nil
    {
      self = .place(
        place, reach: reach, run: parts.count == 6 ? Int(parts[5]) : nil,
        namesBoth: ClockedWord.counted(parts[0]) != parts[0])
    } else if word == "after", parts.count == 2, parts[1].hasPrefix("answer"),
      let count = Int(parts[0]), count >= 0
    {
      self = .answers(count)
    } else {
      throw LogLineProblem(
        word == "at"
          ? "at takes a cell and how many iterations there are, such as at 16:5 of 6 or at 16:5 of 6 in run 2"
          : "after takes a count, such as after 3 answers")
    }
  }

  /// The moment it is; nil where nothing is on its way.
  init?(_ state: ExplorerState) {
    let isMoving = state.isPlaying || state.isStepping || state.stepGoal != nil
    if isMoving, state.isSettled {
      let run = state.runs.tree.count > 1 ? state.runs.tree.current?.value : nil
      self = .place(
        state.cursor, reach: state.reach, run: run,
        namesBoth: state.model?.passes != nil && state.cursor.iteration > 0)
    } else if isMoving || state.awaitsAnswers || state.touring?.isGoing == true {
      self = .answers(state.journal.answers)
    } else {
      return nil
    }
  }

  func isNow(_ state: ExplorerState) -> Bool {
    switch self {
    case .place(let place, let reach, let run, _):
      state.cursor == place && state.reach == reach && state.isSettled
        && (run == nil || run == state.runs.tree.current?.value)
    case .answers(let count): state.journal.answers >= count
    }
  }
}

/// Iterations in a log may be named by both clocks, as the screen names them; which model it is of is not
/// known while lines are read.
enum ClockedWord {
  static let high = ".H"

  /// The same with the cycle alone.
  static func counted(_ word: String) -> String {
    word.hasSuffix(high) ? String(word.dropLast(high.count)) : word
  }
}

extension LogMoment: CustomStringConvertible {
  var description: String {
    switch self {
    case .place(let place, let reach, let run, let namesBoth):
      "at \(place)\(namesBoth ? ClockedWord.high : "") of \(reach)"
        + (run.map { " in run \($0)" } ?? "")
    case .answers(let count): "after \(count) answer\(count == 1 ? "" : "s")"
    }
  }
}

extension ExplorerState {
  /// The last iteration of the run in view that is there or on its way.
  fileprivate var reach: Int { edge + (isStepping ? 1 : 0) }
  /// Whether the run in view is the one that the next iterations are of.
  fileprivate var isSettled: Bool { !isBeginning && !writing.isAppending }
}
