import ParallelScaling

/// What a judge says of the copies: of every step as a curve a copy, and below which copy is ahead; of one
/// score for the whole a list, best first.
struct FanJudge {
  private let state: ExplorerState
  private let answers: FanAnswers
  private let rect: Rect
  private let name: String

  /// nil where nobody judges.
  init?(_ state: ExplorerState, _ answers: FanAnswers, _ rect: Rect) {
    guard let judge = state.fanning.judging.judge else { return nil }
    (self.state, self.answers, self.rect) = (state, answers, rect)
    name = FanWords.judgeName(judge)
  }

  private var fanning: Fanning { state.fanning }
  private var glyphs: Glyphs { state.glyphs }
  private var last: Int { max(1, fanning.question?.iterations ?? 1) }
  private var hasSteps: Bool { fanning.copies.contains { !$0.rollout.stepScores.isEmpty } }

  func draw(on screen: inout Screen) {
    guard rect.height > 1 else { return }
    guard fanning.preferred != nil else {
      let words =
        fanning.judging.isStopped
        ? "judging stopped; :judge goes on"
        : fanning.judging.count > 0
          ? "\(name) cannot say anything of these copies"
          : "\(name) judges \(glyphs.ellipsis)"
      Pane.drawEmpty(state, &screen, rect, words)
      return
    }
    if hasSteps { drawCurves(on: &screen) } else { drawList(on: &screen) }
  }

  // MARK: Steps

  /// The curves, and below them who is ahead.
  private var parts: (title: Rect, plot: Rect, leads: Rect) {
    let (title, rest) = rect.splitTop(1)
    let lines = rest.height >= 9 ? 2 : rest.height >= 6 ? 1 : 0
    let (plot, leads) = rest.splitTop(rest.height - lines)
    return (title, plot, leads)
  }

  private func drawCurves(on screen: inout Screen) {
    let (title, plot, leads) = parts
    let known = fanning.copies.contains { answers.isRight($0.rollout.answer) != nil }
    let dot = " \(glyphs.dot) "
    let words = ["\(name): r of each step"]
    let more = known ? ["\(glyphs.same) \(glyphs.differs) their means"] : []
    let long = (words + ["letter = answer"] + more).joined(separator: dot)
    let short = (words + more).joined(separator: dot)
    put(Printable.width(long) <= title.width ? long : short, title, on: &screen)
    let curves = curves
    Plot(
      curves: curves.map(\.curve),
      axis: Axis(curves.flatMap(\.curve.finite), scale: .linear), lastIteration: last,
      cursor: state.fanIteration,
      marks: Self.changes(fanning.leaders(isOfSums: true)).dropFirst().map { $0 + 1 }
    )
    .render(on: &screen, in: plot, capabilities: state.capabilities)
    for (line, isOfSums) in [true, false].enumerated() where line < leads.height {
      drawLeads(isOfSums, y: leads.y + line, on: &screen)
    }
  }

  /// Those on top first: the picked copy, the one that is chosen, the means, then what few say before what
  /// many say.
  private var curves: [(copy: Int?, curve: Plot.Curve)] {
    var curves: [(copy: Int?, curve: Plot.Curve)] = []
    func curve(_ copy: Int) -> Plot.Curve {
      let rollout = fanning.copies[copy].rollout
      let look = answers[rollout.answer]
      return Plot.Curve(
        values: [nil] + rollout.stepScores, style: look?.style ?? .dim, mark: look?.mark.first)
    }
    var shown: Set<Int> = []
    if let selected = fanning.selected, fanning.copies.indices.contains(selected) {
      var own = curve(selected)
      (own.style, own.isWide) = (.cursor, true)
      curves.append((selected, own))
      shown.insert(selected)
    }
    if let best = fanning.preferred, !shown.contains(best) {
      var own = curve(best)
      (own.style, own.isWide) = (.title, true)
      curves.append((best, own))
      shown.insert(best)
    }
    for isRight in [true, false] {
      guard let mean = mean(ofRight: isRight) else { continue }
      curves.append(
        (
          nil,
          Plot.Curve(
            values: [nil] + mean, style: isRight ? .good.bold() : .warning,
            mark: (isRight ? glyphs.same : glyphs.differs).first, isBroken: !state.hasColour)
        ))
    }
    for (place, answer) in answers.all.enumerated().reversed() {
      for copy in answer.copies where !shown.contains(copy) {
        var own = curve(copy)
        own.isBackground = true
        // One letter an answer is enough; without colour broken lines tell what fewer say.
        if copy != answer.copies.first { own.mark = nil }
        own.isBroken = !state.hasColour && place > 0
        curves.append((copy, own))
      }
    }
    return curves
  }

  /// Of the copies that are right, or of those that are wrong; nil where there are none or nobody knows.
  private func mean(ofRight isRight: Bool) -> [Double]? {
    let paths = fanning.copies.map(\.rollout)
      .filter { answers.isRight($0.answer) == isRight && !$0.stepScores.isEmpty }.map(\.stepScores)
    let steps = paths.map(\.count).max() ?? 0
    return steps == 0
      ? nil
      : (0..<steps).map { step in
        let values = paths.compactMap { $0.indices.contains(step) ? $0[step] : nil }
        return values.reduce(0, +) / Double(values.count)
      }
  }

  /// Where a new leader begins.
  static func changes(_ leaders: [Int?]) -> [Int] {
    leaders.indices.filter { $0 == 0 || leaders[$0] != leaders[$0 - 1] }
  }

  /// A line over the iterations: the answer of who is ahead where that changes, with the copy's number where
  /// there is room.
  private func drawLeads(_ isOfSums: Bool, y: Int, on screen: inout Screen) {
    let area = Plot.plotArea(parts.plot)
    guard area.width > 1 else { return }
    if area.x > rect.x { screen.put(isOfSums ? "sum" : "step", x: rect.x, y: y, style: .dim) }
    let leaders = fanning.leaders(isOfSums: isOfSums)
    func column(_ step: Int) -> Int { area.x + (step + 1) * (area.width - 1) / last }
    let starts = Self.changes(leaders)
    for (index, step) in starts.enumerated() {
      guard let leader = leaders[step] else { continue }
      let answer = answers[fanning.copies[leader].rollout.answer]
      let isLast = index + 1 == starts.count
      let (x, end) = (
        column(step), isLast ? column(leaders.count - 1) + 1 : column(starts[index + 1])
      )
      let style = leader == fanning.selected ? Style.cursor : answer?.style ?? .text
      for column in x..<max(x, end) {
        screen.put(String(glyphs.horizontal), x: column, y: y, style: style)
      }
      screen.put(answer?.mark ?? "-", x: x, y: y, style: style.bold())
      let number = "#\(leader)"
      let room = isLast ? rect.maxX - x - 1 : end - x - 2
      if number.count <= room { screen.put(number, x: x + 1, y: y, style: style) }
    }
  }

  // MARK: Whole scores

  private var ranked: [Int] {
    fanning.copies.indices.filter { fanning.copies[$0].rollout.score != nil }
      .sorted {
        let (a, b) = (fanning.copies[$0].rollout.score ?? 0, fanning.copies[$1].rollout.score ?? 0)
        return a == b ? $0 < $1 : a > b
      }
  }

  private func drawList(on screen: inout Screen) {
    put("\(name): one score a copy, best first", parts.title, on: &screen)
    let ranked = ranked
    let scores = ranked.compactMap { fanning.copies[$0].rollout.score }
    guard let high = scores.first, let low = scores.last else { return }
    for (line, copy) in ranked.enumerated() where line + 1 < rect.height {
      let y = rect.y + 1 + line
      let answer = answers[fanning.copies[copy].rollout.answer]
      let style = copy == fanning.selected ? Style.cursor : answer?.style ?? .text
      var x = screen.put("#\(copy)".leftPadded(4) + " ", x: rect.x, y: y, style: .dim)
      screen.put(
        Printable.clip(answer?.label ?? "-", 6, ellipsis: glyphs.ellipsis), x: x, y: y,
        style: style.bold())
      x += 7
      let number = Numbers.short(scores[line])
      let bar = Bar.text(
        high > low ? (scores[line] - low) / (high - low) : 1,
        width: max(1, rect.maxX - x - 11), capabilities: state.capabilities)
      screen.put(bar, x: x, y: y, style: style)
      screen.putRight(number, end: rect.maxX - 2, y: y, style: .text)
      if let isRight = answer?.isRight {
        screen.put(
          isRight ? glyphs.same : glyphs.differs, x: rect.maxX - 1, y: y,
          style: isRight ? .good : .warning)
      }
    }
  }

  private func put(_ text: String, _ rect: Rect, on screen: inout Screen) {
    screen.put(
      Printable.clip(text, rect.width, ellipsis: glyphs.ellipsis), x: rect.x, y: rect.y, style: .dim
    )
  }

  // MARK: Pointing

  /// The copy whose curve passes a point, or that is ahead or listed there; else the iteration.
  func pick(_ point: Point) -> Pick? {
    guard rect.contains(point), fanning.preferred != nil else { return nil }
    guard hasSteps else {
      let line = point.y - rect.y - 1
      let ranked = ranked
      return ranked.indices.contains(line) ? Pick(copy: ranked[line]) : nil
    }
    let (_, plot, leads) = parts
    let area = Plot.plotArea(plot)
    guard point.x >= area.x, point.y >= plot.y else { return nil }
    let iteration = Plot.iteration(atColumn: point.x, in: area, lastIteration: last)
    if leads.contains(point) {
      let leaders = fanning.leaders(isOfSums: point.y == leads.y)
      return leaders.indices.contains(iteration - 1)
        ? leaders[iteration - 1].map { Pick(copy: $0) } : nil
    }
    let curves = curves
    let axis = Axis(curves.flatMap(\.curve.finite), scale: .linear)
    let near = curves.compactMap { copy, curve -> (copy: Int, rows: Int)? in
      guard let copy, curve.values.indices.contains(iteration),
        let value = curve.values[iteration], let place = axis.place(value)
      else { return nil }
      let y = area.y + Int(((1 - place) * Double(area.height - 1)).rounded())
      return (copy, abs(y - point.y))
    }
    .min { $0.rows < $1.rows }
    if let near, near.rows == 0 { return Pick(copy: near.copy) }
    return Pick(iteration: iteration)
  }
}
