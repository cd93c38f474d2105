import Tasks
import Trajectories

/// Whether what is read out at some place is what a task asks for there.
struct Judgement: Sendable, Hashable {
  let isRight: Bool
  /// What was read out, the pieces of an answer together.
  let said: String
  /// What would be right: a partial result, or the whole answer.
  let expected: String
  /// What results are counted modulo; nil where they are what they look like.
  var modulus: Int?

  /// `✗ says 8, should be 2 (mod 10)`.
  func words(_ glyphs: Glyphs) -> String {
    guard !isRight else {
      let said = said == expected ? "" : " so far"
      return "\(glyphs.same) \(expected) is right\(said)\(Self.modulusWords(modulus))"
    }
    // Of an answer that ended too soon nothing is left to show.
    let wrong = said.isEmpty ? "nothing" : Printable.clip(said, 12, ellipsis: glyphs.ellipsis)
    return "\(glyphs.differs) says \(wrong), should be \(expected)\(Self.modulusWords(modulus))"
  }

  /// In fewer words, where what is said stands beside it.
  func shortWords(_ glyphs: Glyphs) -> String {
    (isRight ? "\(glyphs.same) \(expected)" : "\(glyphs.differs) should be \(expected)")
      + Self.modulusWords(modulus)
  }

  /// In a column of a table.
  func mark(_ glyphs: Glyphs) -> String {
    isRight ? "\(glyphs.same) right" : "\(glyphs.differs) not \(expected)"
  }

  /// As many words as fit into so many columns.
  func words(_ glyphs: Glyphs, width: Int) -> String {
    [words(glyphs), shortWords(glyphs)].first { Printable.width($0) <= width } ?? mark(glyphs)
  }

  static func modulusWords(_ modulus: Int?) -> String { modulus.map { " (mod \($0))" } ?? "" }

  /// How many of several are right; empty where none was judged.
  static func summary(_ judged: [Judgement]) -> String {
    guard let first = judged.first else { return "" }
    let right = judged.filter(\.isRight).count
    return "\(right) of \(judged.count) right\(modulusWords(first.modulus))"
  }

  var style: Style { isRight ? .good : .warning }
}

extension ExplorerState {
  private typealias Question = (text: String, task: ReasoningTask, problem: RecognizedProblem)

  /// What a text asks; nil while a class is to guess.
  private func question(_ branch: Branch) -> Question? {
    hidesVerdict ? nil : knownQuestion(branch)
  }

  /// Whether right or wrong is known of the answer in view, and not told yet.
  var hasHiddenVerdict: Bool { hidesVerdict && branch.flatMap(knownQuestion) != nil }

  /// What a text asks, when it is of a task that the model was trained on: to another model the same
  /// text may ask something else.
  private func knownQuestion(_ branch: Branch) -> Question? {
    guard let model, let text = promptText(of: branch.passages[0].node) else { return nil }
    return ReasoningTask.recognize(text, among: model.tasks)
      .map { (text, $0.task, $0.problem) }
  }

  /// How often who guesses is right of the prompt looked at; nil where nobody knows the right answer.
  var chanceOfGuessing: Double? { branch.flatMap(question)?.task.chance }

  /// What the prompt looked at asks for, where that can be known.
  var rightAnswer: String? { branch.flatMap(question)?.problem.answer }

  /// The same for people: `2 (mod 10)`.
  var rightAnswerWords: String? {
    branch.flatMap(question).map { $0.problem.answer + Judgement.modulusWords($0.task.modulus) }
  }

  /// Of the answer, where it is read: after the prompt, or after the appended token in view.
  var judgementOfAnswer: Judgement? {
    guard let branch else { return nil }
    let passage = branch.passages[branch.passage(of: cursor.token)]
    return judgement(
      token: passage.tokens.upperBound - 1, iteration: cursor.iteration, of: branch)
  }

  /// Of the answer of a run at its end.
  func judgement(of node: NodeID) -> Judgement? {
    guard let branch = runs.branch(to: node) else { return nil }
    return judgement(
      token: branch.tokenCount - 1, iteration: branch.last.trajectory.lastIteration, of: branch)
  }

  /// Of one place of the text; nil where nothing can be known, and before anything was thought.
  func judgement(token: Int, iteration: Int) -> Judgement? {
    branch.flatMap { judgement(token: token, iteration: iteration, of: $0) }
  }

  private func judgement(token: Int, iteration: Int, of branch: Branch) -> Judgement? {
    guard token < branch.tokenCount, let (text, task, question) = question(branch) else {
      return nil
    }
    let passage = branch.passages[branch.passage(of: token)]
    let thinksOnce = model?.thinksOnce == true
    // What follows thoughts has no iterations of its own.
    guard iteration > 0 || thinksOnce && passage.firstToken > 0 else { return nil }
    guard iteration < passage.trajectory.steps.count else { return nil }
    let reading = passage.trajectory.steps[iteration].readings[token - passage.firstToken]
    guard let said = reading.best?.text else { return nil }
    if token + 1 < branch.promptCount {
      // Nobody was taught to say partial results where thoughts have not begun.
      guard !thinksOnce, let value = partialResult(question, in: text, at: token, of: branch) else {
        return nil
      }
      return Judgement(
        isRight: said == value, said: said, expected: value, modulus: task.modulus)
    }
    let written = branch.appended.prefix(token + 1 - branch.promptCount).map(\.text).joined()
    var judgement =
      thinksOnce
      ? Self.judgementBehindThoughts(said, after: written, of: question.answer)
      : Self.judgement(said, after: written, of: question.answer)
    judgement?.modulus = task.modulus
    return judgement
  }

  /// Of the next piece of what is written behind thoughts: first the token that ends them, whatever is
  /// predicted there, then a mark, behind which the answer stands.
  static func judgementBehindThoughts(
    _ said: String, after written: String, of answer: String
  ) -> Judgement? {
    guard let mark = written.lastIndex(of: "#") else { return nil }
    let begun = written[written.index(after: mark)...]
    // The mark goes on, or a blank follows it.
    if (begun + said).allSatisfy({ $0 == "#" || $0 == " " }) { return nil }
    return judgement(said, after: String(begun), of: answer)
  }

  /// Of the next piece of an answer. What follows a whole answer is nobody's business.
  private static func judgement(
    _ said: String, after written: String, of answer: String
  ) -> Judgement? {
    // Tokens of other models begin with the blank before them.
    let text = String((written + said).drop { $0 == " " })
    if String(written.drop { $0 == " " }) == answer { return nil }
    return Judgement(
      isRight: !text.isEmpty && answer.hasPrefix(text), said: text, expected: answer)
  }

  /// A partial result at a token; nil unless tokens are bytes.
  private func partialResult(
    _ question: RecognizedProblem, in prompt: String, at token: Int, of branch: Branch
  ) -> String? {
    // Begin-of-text comes before the first byte.
    let before = branch.promptCount - prompt.utf8.count
    guard before >= 0 else { return nil }
    let offset = token - before
    let value = question.partialResults.first { $0.offset == offset }?.value
    return value.map { String(UnicodeScalar($0)) }
  }
}
