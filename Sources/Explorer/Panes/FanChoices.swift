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
      + [state.fanning.judging.beam].compactMap(\.self).map {
        choice(
          "beam \(EnsembleBeam.beams)\(state.glyphs.times)\(EnsembleBeam.candidates)",
          $0.rollout.answer)
      }
  }

  /// Lines of a table of so many columns, without its title.
  static func height(_ choices: [Choice], _ width: Int) -> Int {
    let columns = columns(choices, width)
    return (choices.count + columns - 1) / columns
  }

  /// Two where there are many and both have room.
  private static func columns(_ choices: [Choice], _ width: Int) -> Int {
    let name = choices.map(\.name.count).max() ?? 0
    return choices.count > 7 && (width - 2) / 2 >= name + 6 ? 2 : 1
  }

  /// What is shown in a line of a table: those under each other go on in the next column.
  private func place(_ index: Int) -> (rect: Rect, y: Int) {
    let columns = Self.columns(choices, rect.width)
    let lines = Self.height(choices, rect.width)
    let width = (rect.width - 2 * (columns - 1)) / columns
    let column = lines == 0 ? 0 : index / lines
    return (
      Rect(x: rect.x + column * (width + 2), y: rect.y, width: width, height: rect.height),
      rect.y + 1 + (lines == 0 ? 0 : index % lines)
    )
  }

  private static func verdict(_ choice: Choice, _ glyphs: Glyphs) -> String {
    choice.isRight.map { $0 ? glyphs.same : glyphs.differs } ?? ""
  }

  /// In one line: `chosen: greedy 2 ✓, majority 2 ✓`; those that stand out last go first.
  static func line(_ choices: [Choice], _ state: ExplorerState, _ width: Int) -> String {
    if state.fanning.judging.judge != nil { return grouped(choices, state, width) }
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

  /// In one line, those with one answer together: `chosen: 2 ✓ greedy, majority; 8 ✗ best-of-n-sum, lto`.
  private static func grouped(
    _ choices: [Choice], _ state: ExplorerState, _ width: Int
  ) -> String {
    // What tells least goes first.
    let rank = [
      "greedy", "majority", "best-of-n-sum", "lto", "weighted", "best-of-n-mean", "best-of-n-last",
      "best-of-n-min", "lowest-entropy", "lowest-residual",
    ]
    var kept = choices.enumerated().sorted { a, b in
      func place(_ name: String) -> Int {
        name.hasPrefix("beam") ? 3 : rank.firstIndex(of: name) ?? rank.count
      }
      return (place(a.element.name), a.offset) < (place(b.element.name), b.offset)
    }
    .map(\.element)
    func words() -> String {
      var groups: [(label: String, names: [String])] = []
      for choice in kept {
        let label = Printable.clip(
          choice.answer?.label ?? "nothing", 12, ellipsis: state.glyphs.ellipsis)
        let sign = verdict(choice, state.glyphs)
        let full = sign.isEmpty ? label : "\(label) \(sign)"
        if let index = groups.firstIndex(where: { $0.label == full }) {
          groups[index].names.append(choice.name)
        } else {
          groups.append((full, [choice.name]))
        }
      }
      return "chosen: "
        + groups.map { "\($0.label) \($0.names.joined(separator: ", "))" }.joined(separator: "; ")
    }
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
    for (index, choice) in choices.enumerated() {
      let (rect, y) = place(index)
      guard y < rect.maxY else { continue }
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
    guard rect.contains(point),
      let choice = choices.indices.first(where: { index in
        let (rect, y) = place(index)
        return y == point.y && rect.contains(point)
      }), let copies = choices[choice].answer?.copies
    else { return nil }
    return state.fanning.selected.flatMap { copies.contains($0) ? $0 : nil } ?? copies.first
  }
}
