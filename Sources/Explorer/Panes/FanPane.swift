import ParallelScaling
import Trajectories

/// Many copies of the prompt at once: where they go, what they answer, how far they agree.
let fanPane = Pane(
  title: { state, width in
    guard let question = state.fanQuestion else { return "copies" }
    return FanWords(state: state, question: question, answers: FanAnswers(state)).title(width)
  },
  legend: { state, width in
    guard state.fanQuestion != nil else { return [] }
    let fanning = state.fanning
    let share = "\(fanning.copies.count)/\(fanning.wanted)"
    if fanning.isComplete { return width < 90 ? [] : [("\(state.glyphs.dot) esc goes back", .dim)] }
    return fanning.isStopped ? [("stopped at \(share)", .warning)] : [(share, .accent)]
  },
  render: { state, screen, rect in
    guard let question = state.fanQuestion else {
      Pane.drawEmpty(state, &screen, rect, "S makes copies of this prompt; esc goes back")
      return
    }
    guard !state.fanning.copies.isEmpty else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.fanning.isStopped
          ? "stopped; S goes on, esc goes back"
          : "\(question.iterations) iterations of the first copies \(state.glyphs.ellipsis)")
      return
    }
    FanView(state, question, rect).draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let question = state.fanQuestion, !state.fanning.copies.isEmpty else { return nil }
    return FanView(state, question, rect).pick(point)
  },
  about: PaneAbout(
    title: "many copies",
    drawn:
      "Many copies of the prompt at once, made different by noise, dropout or their start: "
      + "their paths in one plane, wide where many go alike; how they vote at every iteration; "
      + "what every aggregator chooses, beside the run without noise; agreement, coverage and "
      + "spread against the iteration; and what a judge says of every step.",
    formula:
      "coverage = the chance that one of k copies is right; drift = ‖mean − run without "
      + "noise‖; firework = the root mean square of ‖copy − mean‖",
    unit: "shares of copies; the normed state",
    source: "Parallel scaling of latent reasoning: arXiv 2510.07745."))

/// The whole of it: the fan beside votes, choices and curves; under each other where there is no room for
/// both. Drawing and pointing share where things lie.
private struct FanView {
  private let state: ExplorerState
  private let words: FanWords
  private let answers: FanAnswers
  private let foot: [(String, Style)]
  private let below: Rect
  private let votes: FanVotesTable
  private let choices: FanChoices?
  /// The rooms of the paths and of what a judge says: one or both.
  private let paths: Rect?
  private let judged: Rect?
  private let curves: FanCurves?

  init(_ state: ExplorerState, _ question: EnsembleQuestion, _ rect: Rect) {
    self.state = state
    let answers = FanAnswers(state)
    let votes = FanVotes(state, answers)
    let words = FanWords(state: state, question: question, answers: answers)
    let inner = rect.inset(left: 1, right: 1)
    let chosen = FanChoices.all(state, answers)
    // With room for a table the choices stand in it, else in a line.
    let isTable = inner.width >= 76 && inner.height >= 28
    var foot: [(String, Style)] = []
    if !isTable { foot.append((FanChoices.line(chosen, state, inner.width), .text)) }
    if let coverage = words.coverage(inner.width) { foot.append((coverage, .text)) }
    let judge = words.judge(inner.width)
    // What is said of paths gives way to what is said of scores.
    if isTable || judge == nil || !state.fanning.judging.isShown {
      foot.append((words.motion(inner.width), .accent))
      if let pairs = words.pairs(inner.width) { foot.append((pairs, .text)) }
    }
    if let judge { foot.append((judge, .accent)) }
    foot.append(words.copy(inner.width))
    // The copy and how they move stay to the last.
    let room = max(0, inner.height - 4)
    self.foot = Array(foot.suffix(room))
    (self.answers, self.words) = (answers, words)
    let (body, below) = inner.splitTop(inner.height - self.foot.count)
    self.below = below
    guard body.width >= 60 else {
      let (top, rest) = body.splitTop(min(votes.rows.count + 1, max(2, body.height / 3)))
      self.votes = FanVotesTable(state, votes, top)
      (choices, curves) = (nil, nil)
      (paths, judged) = Self.shared(rest, state)
      return
    }
    let (left, right) = body.splitLeft(body.width * 54 / 100)
    (paths, judged) = Self.shared(left.inset(right: 1), state)
    let column = right.inset(left: 1)
    // The curves keep their room; of the votes what is left.
    let table = isTable ? FanChoices.height(chosen, column.width) + 2 : 0
    var plots = column.height >= 13 ? max(8, column.height * 55 / 100) : 0
    // Many ways to choose take of the curves, not of the votes.
    if table > 0 { plots = max(8, min(plots, column.height - table - 5)) }
    let (top, rest) = column.splitTop(
      min(votes.rows.count + 2, max(2, column.height - plots - table)))
    let (middle, end) = rest.splitTop(table)
    self.votes = FanVotesTable(state, votes, top)
    choices = isTable ? FanChoices(state, chosen, middle) : nil
    curves = FanCurves(state, end)
  }

  func draw(on screen: inout Screen) {
    for (line, entry) in foot.enumerated() {
      screen.put(
        Printable.clip(entry.0, below.width, ellipsis: state.glyphs.ellipsis), x: below.x,
        y: below.y + line, style: entry.1)
    }
    votes.draw(on: &screen)
    choices?.draw(on: &screen)
    curves?.draw(on: &screen)
    if let judged { FanJudge(state, answers, judged)?.draw(on: &screen) }
    guard let paths else { return }
    let glyphs = state.glyphs
    let (title, area) = paths.splitTop(1)
    let mark = words.question.way == .starts ? "copy 0" : "without noise"
    let ratio = state.fanning.explainedVarianceRatio.reduce(0, +)
    let long =
      "paths, letter = answer, \(glyphs.here) \(mark) \(glyphs.dot) \(ComponentPair().words(glyphs)) "
      + "\(Int((ratio * 100).rounded()))%"
    let short = "letter = answer, \(glyphs.here) \(mark)"
    let text = Printable.width(long) <= title.width ? long : short
    screen.put(
      Printable.clip(text, title.width, ellipsis: glyphs.ellipsis), x: title.x, y: title.y,
      style: .dim)
    FanPlane(state, answers, area)?.draw(on: &screen)
  }

  /// A copy, by its path, its answer or what chose it; an iteration in the curves.
  func pick(_ point: Point) -> Pick? {
    if let copy = votes.copy(at: point) ?? choices?.copy(at: point) { return Pick(copy: copy) }
    if let iteration = curves?.iteration(at: point) { return Pick(iteration: iteration) }
    if let judged, judged.contains(point) {
      return FanJudge(state, answers, judged)?.pick(point)
    }
    return paths.flatMap { FanPlane(state, answers, $0.splitTop(1).rest) }?.copy(near: point)
      .map { Pick(copy: $0) }
  }

  /// Paths above, scores below; where there is no room for both, one of them.
  private static func shared(_ rect: Rect, _ state: ExplorerState) -> (Rect?, Rect?) {
    guard state.fanning.judging.judge != nil else { return (rect, nil) }
    guard rect.height >= 24 else {
      return state.fanning.judging.isShown ? (nil, rect) : (rect, nil)
    }
    let (top, bottom) = rect.splitTop(rect.height * 45 / 100)
    return (top, bottom)
  }
}
