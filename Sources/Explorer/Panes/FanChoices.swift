import ParallelScaling

/// What each way to choose among copies has chosen, the run without noise beside it.
struct FanChoices {
  struct Choice {
    let name: String
    /// nil where nothing was chosen.
    let answer: FanAnswers.Answer?
    /// nil where nobody knows.
    let isRight: Bool?
  }

  private let state: ExplorerState
  private let choices: [Choice]
  private let rect: Rect

  init(_ state: ExplorerState, _ choices: [Choice], _ rect: Rect) {
    (self.state, self.choices, self.rect) = (state, choices, rect)
  }

  /// The greedy run, then every aggregator that knows enough of the copies to choose.
  static func all(_ state: ExplorerState, _ answers: FanAnswers) -> [Choice] {
    let rollouts = state.fanning.copies.map(\.rollout)
    guard !rollouts.isEmpty else { return [] }
    func choice(_ name: String, _ answer: Rollout.Answer?) -> Choice {
      Choice(
        name: name, answer: answers[answer] ?? answers.unseen(answer, state),
        isRight: answers.isRight(answer))
    }
    let greedy = state.fanning.plain.map { choice("greedy", $0.rollout.answer) }
    return [greedy].compactMap(\.self)
      + Aggregator.all.filter { $0.canChoose(rollouts) }
      .map { choice($0.name, $0.answer(of: rollouts)) }
  }

  private static func verdict(_ choice: Choice, _ glyphs: Glyphs) -> String {
    choice.isRight.map { $0 ? glyphs.same : glyphs.differs } ?? ""
  }

  /// In one line: `chosen: greedy 2 ✓, majority 2 ✓`; those that stand out last go first.
  static func line(_ choices: [Choice], _ state: ExplorerState, _ width: Int) -> String {
    var kept = choices
    func words() -> String {
      "chosen by "
        + kept.map { choice in
          let label = Printable.clip(
            choice.answer?.label ?? "nothing", 12, ellipsis: state.glyphs.ellipsis)
          let verdict = verdict(choice, state.glyphs)
          return "\(choice.name) \(label)" + (verdict.isEmpty ? "" : " \(verdict)")
        }.joined(separator: ", ")
    }
    // What says the same as the majority tells least.
    if Printable.width(words()) > width { kept.removeAll { $0.name == "majority-released" } }
    while Printable.width(words()) > width, kept.count > 1 { kept.removeLast() }
    return words()
  }

  func draw(on screen: inout Screen) {
    let glyphs = state.glyphs
    guard rect.height > 0 else { return }
    let title =
      choices.contains { $0.isRight != nil }
      ? "chosen by, a random copy is right in \(FanWords.share(randomShare))" : "chosen by"
    screen.put(
      Printable.clip(title, rect.width, ellipsis: glyphs.ellipsis), x: rect.x, y: rect.y,
      style: .dim)
    let name = choices.map(\.name.count).max() ?? 0
    for (line, choice) in choices.enumerated() where line + 1 < rect.height {
      let y = rect.y + 1 + line
      screen.put(choice.name, x: rect.x, y: y, style: .text, width: rect.width)
      let verdict = Self.verdict(choice, glyphs)
      let x = rect.x + name + 2
      screen.put(
        Printable.clip(
          choice.answer?.label ?? "nothing", max(0, rect.maxX - x - 2), ellipsis: glyphs.ellipsis),
        x: x, y: y, style: choice.answer?.style.bold() ?? .dim)
      screen.put(
        verdict, x: rect.maxX - 1, y: y, style: choice.isRight == true ? .good : .warning)
    }
  }

  private var randomShare: Double {
    let right = FanAnswers(state).all.filter { $0.isRight == true }.reduce(0) { $0 + $1.count }
    return Double(right) / Double(max(1, state.fanning.copies.count))
  }

  /// A copy with the answer that was chosen at a point: the picked one if it has it.
  func copy(at point: Point) -> Int? {
    let line = point.y - rect.y - 1
    guard rect.contains(point), choices.indices.contains(line),
      let copies = choices[line].answer?.copies
    else { return nil }
    return state.fanning.selected.flatMap { copies.contains($0) ? $0 : nil } ?? copies.first
  }
}
