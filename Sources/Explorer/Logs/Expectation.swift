import Trajectories

/// What a log says must be so at a place in it.
enum Expectation: Sendable, Hashable {
  /// The likeliest token after the text, at the iteration in view.
  case answer(String)
  /// The iteration in view.
  case iteration(Int)
  /// How many iterations the run in view has.
  case edge(Int)
  /// The token that is selected.
  case token(Int)
  /// How many runs there are.
  case runs(Int)
  /// The run in view.
  case run(Int)
  /// The message has these words.
  case says(String)
  /// The line before was refused.
  case refusal
  case screen(contains: String)
  case screenLacks(String)
  /// A condition that must hold of the selected token at the iteration in view.
  case holds(String)

  static let help =
    "expect takes answer 2, r 12, edge 12, token 16, run 2, runs 3, says WORDS, refusal, "
    + "screen contains WORDS, screen lacks WORDS, or holds CONDITION"

  init(parsing text: String) throws(LogLineProblem) {
    let word = String(text.prefix { $0 != " " })
    let rest = String(text.dropFirst(word.count).drop { $0 == " " })
    let words = QuotedText.read(rest) ?? rest
    func number(_ word: String? = nil) throws(LogLineProblem) -> Int {
      guard let number = Int(word ?? rest), number >= 0 else { throw LogLineProblem(Self.help) }
      return number
    }
    func after(_ prefix: String) -> String? {
      guard rest.hasPrefix(prefix + " ") else { return nil }
      let words = String(rest.dropFirst(prefix.count + 1))
      return QuotedText.read(words) ?? words
    }
    switch word {
    case "answer" where !words.isEmpty: self = .answer(words)
    case "r": self = .iteration(try number(ClockedWord.counted(rest)))
    case "edge": self = .edge(try number())
    case "token": self = .token(try number())
    case "runs": self = .runs(try number())
    case "run": self = .run(try number())
    case "says" where !words.isEmpty: self = .says(words)
    case "refusal" where rest.isEmpty: self = .refusal
    case "holds" where !rest.isEmpty: self = .holds(rest)
    case "screen":
      if let words = after("contains") {
        self = .screen(contains: words)
      } else if let words = after("lacks") {
        self = .screenLacks(words)
      } else {
        throw LogLineProblem(Self.help)
      }
    default: throw LogLineProblem(Self.help)
    }
  }

  /// What is otherwise; nil where it is so.
  func failure(_ state: ExplorerState) -> String? {
    func compare(_ found: Int, _ wanted: Int, _ what: String) -> String? {
      found == wanted ? nil : "\(what) is \(found), not \(wanted)"
    }
    switch self {
    case .answer(let wanted):
      guard let found = state.loggedAnswer else { return "there is no answer yet, not '\(wanted)'" }
      return found == wanted || found.drop { $0 == " " } == wanted[...]
        ? nil : "the answer is '\(state.visible(found))', not '\(wanted)'"
    case .iteration(let wanted): return compare(state.cursor.iteration, wanted, "r")
    case .edge(let wanted): return compare(state.edge, wanted, "the last iteration")
    case .token(let wanted): return compare(state.cursor.token, wanted, "the token")
    case .runs(let wanted): return compare(state.runs.tree.count, wanted, "the number of runs")
    case .run(let wanted):
      return compare(state.runs.tree.current?.value ?? 0, wanted, "the run in view")
    case .says(let words):
      let said = state.failure ?? state.message?.text ?? ""
      return said.contains(words) ? nil : "it says \"\(said)\", not \"\(words)\""
    case .refusal:
      return state.message?.kind == .error ? nil : "the line before was not refused"
    case .screen(let words):
      return render(state).text.contains(words) ? nil : "\"\(words)\" is not on the screen"
    case .screenLacks(let words):
      return render(state).text.contains(words) ? "\"\(words)\" is on the screen" : nil
    case .holds(let text):
      do throws(ConditionError) {
        let condition = try ConditionParameter.read(text, state)
        guard let passage = state.passage, state.cursor.iteration >= 1 else {
          return "no iteration is in view"
        }
        let isSo = condition.holds(
          of: state.row, in: passage.trajectory.instant(state.cursor.iteration))
        return isSo ? nil : "\(condition) does not hold of \(state.words(state.cursor))"
      } catch {
        return "column \(error.column): \(error.problem)"
      }
    }
  }
}

extension Expectation: CustomStringConvertible {
  var description: String {
    func quoted(_ text: String) -> String {
      QuotedText.isNeeded(text) ? QuotedText.write(text) : text
    }
    return switch self {
    case .answer(let text): "answer \(quoted(text))"
    case .iteration(let number): "r \(number)"
    case .edge(let number): "edge \(number)"
    case .token(let number): "token \(number)"
    case .runs(let number): "runs \(number)"
    case .run(let number): "run \(number)"
    case .says(let text): "says \(quoted(text))"
    case .refusal: "refusal"
    case .screen(let text): "screen contains \(quoted(text))"
    case .screenLacks(let text): "screen lacks \(quoted(text))"
    case .holds(let text): "holds \(text)"
    }
  }
}

extension ExplorerState {
  /// What is said after the text in view, at its iteration.
  fileprivate var loggedAnswer: String? {
    guard let trajectory, cursor.iteration < trajectory.steps.count else { return nil }
    return trajectory.steps[cursor.iteration].readings.last?.best?.text
  }
}
