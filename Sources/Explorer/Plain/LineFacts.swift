import Trajectories

/// Where one is in a session, in words that are read one after another.
struct LineFacts: Sendable, Hashable {
  struct Fact: Sendable, Hashable {
    let name: String
    let words: String
  }

  let all: [Fact]

  init(_ state: ExplorerState) {
    guard let passage = state.passage, state.branch != nil else {
      all = [Fact(name: "run", words: state.loading?.message ?? "none; ask TEXT begins one")]
      return
    }
    var facts = [
      Fact(
        name: "text", words: Printable.line(state.promptText + state.writtenText))
    ]
    if let run = state.runs.tree.current, state.runs.tree.count > 1 {
      let words = state.runs.words(run, isASCII: state.glyphs.isASCII)
      facts.append(
        Fact(name: "run", words: "\(run) of \(state.runs.tree.count), \(words)"))
    }
    facts.append(Fact(name: "iteration", words: "\(state.iterationWords) of \(state.edge)"))
    facts.append(Fact(name: "token", words: state.tokenLabel(state.cursor.token)))
    facts.append(Fact(name: "next here", words: Self.said(state)))
    facts.append(Fact(name: "answer", words: Self.answer(passage, state)))
    if state.metricIndex > 0 { facts.append(Fact(name: "metric", words: state.metric.title)) }
    if let pane = state.zoom { facts.append(Fact(name: "pane", words: Pane.of(pane).about.title)) }
    all = facts
  }

  /// What the selected token says at the cursor.
  private static func said(_ state: ExplorerState) -> String {
    guard let best = state.reading?.best else {
      return state.reading == nil ? "not read yet" : "nothing, diverged"
    }
    let words = "'\(state.visible(best.text))' \(Numbers.probability(best.probability))"
    if state.cursor.iteration == 0 { return words + ", of the start, which is no thought" }
    if state.model?.isLens(at: state.cursor.iteration) == true { return words + ", a lens" }
    let last = state.flips.last { $0 <= state.cursor.iteration }
    return words + (last.map { ", so since r \($0)" } ?? ", so since r 1")
  }

  /// The answer at the live edge, since when it stands, and whether it is right where that is known.
  private static func answer(_ passage: Branch.Passage, _ state: ExplorerState) -> String {
    let trajectory = passage.trajectory
    guard trajectory.lastIteration > 0 else { return "none before the first iteration" }
    guard let since = passage.run.standsSince,
      let best = trajectory.steps[trajectory.lastIteration].readings.last?.best
    else { return trajectory.divergence.map { "diverged at r \($0.at.iteration)" } ?? "none" }
    let verdict = state.judgement(
      token: passage.tokens.upperBound - 1, iteration: trajectory.lastIteration)
    let words = verdict.map { $0.isRight ? ", right" : ", wrong, should be \($0.expected)" } ?? ""
    return "'\(state.visible(best.text))' since r \(since) of \(trajectory.lastIteration)\(words)"
      + Judgement.modulusWords(verdict?.modulus)
  }

  /// All of it, a line each.
  var lines: [String] { all.map { "\($0.name): \($0.words)" } }

  /// What is otherwise than before, a line each.
  func lines(since before: LineFacts) -> [String] {
    all.filter { !before.all.contains($0) }.map { fact in
      let old = before.all.first { $0.name == fact.name }
      return "\(fact.name): \(fact.words)" + (old.map { " (before: \($0.words))" } ?? "")
    }
  }
}
