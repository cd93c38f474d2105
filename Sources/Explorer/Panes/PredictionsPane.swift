import Trajectories

/// What the selected token would say next at the cursor, how sure, and how that changed.
let predictionsPane = Pane(
  title: { state, width in
    // A long token is cut, and not what comes after it.
    func fitting(_ before: String, _ token: String, _ after: String) -> String {
      let room = width - 4 - before.count - after.count
      return before + Printable.clip(token, max(4, room), ellipsis: state.glyphs.ellipsis) + after
    }
    if state.presenting != nil, let branch = state.branch, state.cursor.token < branch.tokenCount {
      let text = state.visible(branch.token(state.cursor.token).text)
      return fitting("says next, after '", text, "'")
    }
    return fitting(
      "next after ", state.tokenLabel(state.cursor.token),
      " at r \(state.iterationWords)"
        + (state.model?.isLens(at: state.cursor.iteration) == true ? ", a lens" : "")
        + (state.hasSeenWhatFollows ? ", has seen the next" : ""))
  },
  legend: { state, width in
    let judgement = state.judgement(token: state.cursor.token, iteration: state.cursor.iteration)
    // Beside the title and the corners.
    let title = Printable.width(
      "next after \(state.tokenLabel(state.cursor.token)) at r \(state.iterationWords)")
    return judgement.map { [($0.words(state.glyphs, width: width - title - 5), $0.style)] } ?? []
  },
  render: { state, screen, rect in
    guard let reading = state.reading, let trajectory = state.trajectory else {
      let words = state.trajectory == nil ? state.glyphs.ellipsis : "not read yet"
      Pane.drawEmpty(state, &screen, rect, words)
      return
    }
    PredictionsView(state: state, trajectory: trajectory, reading: reading, rect: rect)
      .draw(on: &screen)
  },
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "what comes next",
    drawn:
      "The likeliest next tokens after the selected one at the cursor's iteration, how likely "
      + "each is and was one iteration earlier; since when the first of them stands; entropy, "
      + "KL and the state in numbers; with room, the probability of each against the iteration. "
      + "Watched tokens keep their line.",
    formula: "p = softmax(head(coda(sᵢ)))",
    unit: "probability; entropy and KL in nats",
    metrics: { _ in [.entropy, .kl, .norm, .relativeResidual] }),
  table: TextTable.predictions)

private struct PredictionsView {
  let state: ExplorerState
  let trajectory: Trajectory
  let reading: Reading
  let rect: Rect

  private var token: Int { state.row }

  func draw(on screen: inout Screen) {
    if reading.isDiverged { return drawDiverged(on: &screen) }
    if state.presenting != nil { return drawForAClass(on: &screen) }
    let numbers = numberLines()
    let numberRows =
      rect.height >= 9 ? numbers.count : min(numbers.count, max(0, rect.height / 2 - 1))
    let free = rect.height - numberRows
    let race = free >= 13 && rect.width >= 30 && trajectory.lastIteration > 0
    let room = race ? min(8, free / 2) : free
    // Watched tokens have their line also where they are not among the likeliest.
    let watched = watchedBelow(min(reading.top.count, room))
    let extra = min(watched.count, max(0, room - 1))
    let candidates = min(reading.top.count, room - extra)
    let below = Array(watchedBelow(candidates).prefix(extra))
    let (list, rest) = rect.splitTop(candidates + below.count)
    drawCandidates(on: &screen, list, candidates, below)
    let (foot, plot) = rest.splitTop(numberRows)
    for (row, line) in numbers.prefix(numberRows).enumerated() {
      screen.put(
        Printable.clip(line, rect.width, ellipsis: state.glyphs.ellipsis), x: foot.x,
        y: foot.y + row, style: .dim)
    }
    if race, plot.height >= 5 { drawRace(on: &screen, plot) }
  }

  /// The three likeliest, a blank line between them where there is room, and how likely they are.
  private func drawForAClass(on screen: inout Screen) {
    let count = min(3, reading.top.count, rect.height)
    let step = count > 1 && rect.height >= 2 * count - 1 ? 2 : 1
    let longest =
      reading.top.prefix(count).map { Printable.width(state.visible($0.text)) }.max() ?? 1
    for (row, candidate) in reading.top.prefix(count).enumerated() {
      let y = rect.y + row * step
      let style: Style = row == 0 ? Style.cursor.bold() : .series(row)
      let text = Printable.padded(
        state.visible(candidate.text), min(longest, max(1, rect.width / 4)),
        ellipsis: state.glyphs.ellipsis)
      let x = screen.put(text, x: rect.x + 1, y: y, style: style, width: rect.width - 1)
      let room = max(0, rect.maxX - x - 6)
      let bar = Bar.text(
        Double(candidate.probability), width: room, capabilities: state.capabilities)
      screen.put(bar, x: x + 1, y: y, style: style)
      let share = Numbers.percent(candidate.probability)
      screen.putRight(
        share, end: rect.maxX, y: y, style: Style.text.bold(row == 0))
    }
  }

  /// Nothing is read out of what is not finite: words in place of candidates.
  private func drawDiverged(on screen: inout Screen) {
    var lines = ["diverged: there is no token to be read here"]
    if let divergence = state.divergence {
      lines += Printable.wrapped(divergence.words, rect.width)
    }
    lines += numberLines()
    for (row, line) in lines.prefix(rect.height).enumerated() {
      screen.put(
        Printable.clip(line, rect.width, ellipsis: state.glyphs.ellipsis), x: rect.x,
        y: rect.y + row, style: row == 0 ? .error : .dim)
    }
  }

  private func probability(of id: Int, at iteration: Int) -> Float? {
    guard iteration >= 0, iteration < trajectory.steps.count else { return nil }
    let reading = trajectory.steps[iteration].readings[token]
    return reading.standing(of: id)?.probability ?? reading.top.probability(of: id)
  }

  /// The watched tokens that are not among so many of the likeliest.
  private func watchedBelow(_ count: Int) -> [Int] {
    state.watching.ids.filter { id in !reading.top.prefix(count).contains { $0.id == id } }
  }

  /// The likeliest, then tokens that are watched.
  private func drawCandidates(
    on screen: inout Screen, _ list: Rect, _ count: Int, _ watched: [Int]
  ) {
    let shown =
      Array(reading.top.prefix(count))
      + watched.map { id in
        Candidate(
          id: id, text: state.vocabulary?.text(id) ?? "#\(id)",
          probability: reading.standing(of: id)?.probability ?? .nan)
      }
    let longest = shown.map { Printable.width(state.visible($0.text)) }.max() ?? 1
    let textWidth = min(max(2, longest), max(2, list.width / 4))
    let withChange = list.width >= textWidth + 19
    let withFinal = list.width >= textWidth + 35
    let tail = 6 + (withChange ? 12 : 0) + (withFinal ? 12 : 0)
    let barWidth = max(0, list.width - textWidth - 1 - tail)
    for (row, candidate) in shown.enumerated() {
      let y = list.y + row
      var x = screen.put(
        Printable.padded(state.visible(candidate.text), textWidth, ellipsis: state.glyphs.ellipsis),
        x: list.x, y: y, style: row == 0 ? .cursor : .series(row), width: list.width)
      let bar = Bar.text(
        Double(candidate.probability), width: barWidth, capabilities: state.capabilities)
      screen.put(bar, x: x + 1, y: y, style: .series(row))
      x += 1 + barWidth + 1
      guard candidate.probability.isFinite else {
        screen.put(state.glyphs.ellipsis, x: x, y: y, style: .dim)
        continue
      }
      screen.put(
        Numbers.probability(candidate.probability), x: x, y: y,
        style: Style.text.bold(row == 0), width: list.maxX - x)
      if row >= count, let standing = reading.standing(of: candidate.id) {
        // In place of what it was before, or over the end of its bar.
        let words = "rank \(standing.rank)"
        screen.put(
          words, x: withChange ? x + 7 : max(list.x + textWidth + 1, x - words.count - 1), y: y,
          style: .dim, width: list.maxX - x)
      } else if withChange {
        drawChange(candidate, on: &screen, x: x + 6, y: y)
      }
      if withFinal, let last = probability(of: candidate.id, at: state.edge), !state.isAtEdge {
        screen.put(
          "last " + Numbers.probability(last), x: x + 18, y: y, style: .dim,
          width: list.maxX - x - 18)
      }
    }
  }

  private func drawChange(_ candidate: Candidate, on screen: inout Screen, x: Int, y: Int) {
    guard state.cursor.iteration > 0 else { return }
    // Nothing was said before, or it was not read yet.
    guard !trajectory.steps[state.cursor.iteration - 1].readings[token].top.isEmpty else { return }
    let before = probability(of: candidate.id, at: state.cursor.iteration - 1)
    var at = x
    // One that was not among those kept came from below the last of them, which is not known.
    let change = before.map { candidate.probability - $0 } ?? 0
    if abs(change) >= 0.0005 {
      at = screen.put(
        change > 0 ? state.glyphs.up : state.glyphs.down, x: x, y: y,
        style: change > 0 ? .good : .warning)
    } else {
      at += 1
    }
    screen.put(
      before.map { " was " + Numbers.probability($0) } ?? " new", x: at, y: y, style: .dim)
  }

  private func numberLines() -> [String] {
    let glyphs = state.glyphs
    var read = reading.entropy.map { "entropy \(Numbers.short($0)) nats" } ?? "entropy none"
    if let kl = reading.kl {
      let from = state.cursor.iteration == 1 ? " from uniform" : ""
      read += "  KL\(from) \(Numbers.short(kl)) nats"
    }
    guard let measure = state.measure else { return [standing, read] }
    var size = "\(glyphs.norm) " + (measure.norm.map { Numbers.short($0) } ?? "not finite")
    if let relative = measure.relativeResidual {
      size += "  \(glyphs.relativeResidual) \(Numbers.short(relative))"
    }
    if let cosine = measure.cosine { size += "  cos \(Numbers.fixed(Double(cosine), 3))" }
    let line = "\(standing)  \(glyphs.dot)  \(read)  \(size)"
    if Printable.width(line) <= rect.width { return [line] }
    return [standing, read, size]
  }

  /// Since when the answer stands, or when it will change yet.
  private var standing: String {
    let flips = state.flips
    let here = state.cursor.iteration
    if let since = trajectory.divergedSince(token: token) {
      return here < since ? "diverges at r \(since)" : "diverged at r \(since)"
    }
    guard trajectory.lastIteration > 0 else { return "the initial state, read out" }
    guard let last = flips.last else { return "never flipped so far" }
    if here < last { return "not yet final: the last flip is at r \(last)" }
    let count = flips.count == 1 ? "the only flip" : "the last of \(flips.count) flips"
    return "stable since r \(last), \(count)"
  }

  /// How the candidates of now fared in every iteration.
  private func drawRace(on screen: inout Screen, _ rect: Rect) {
    let curves = reading.top.prefix(5).enumerated().map { index, candidate in
      Plot.Curve(
        values: trajectory.steps.indices.map { iteration in
          // Where it was not among the likeliest, its probability was not kept.
          probability(of: candidate.id, at: iteration).map(Double.init)
        }, style: .series(index), mark: ShortToken.text(candidate.text, 1, state).first)
    }
    screen.put(
      "probability of each, by iteration", x: rect.x, y: rect.y, style: .dim, width: rect.width)
    Plot(
      curves: Array(curves), axis: Axis(from: 0, to: 1), lastIteration: state.horizon,
      cursor: state.cursor.iteration, marks: trajectory.flips(token: token)
    )
    .render(on: &screen, in: rect.inset(top: 1), capabilities: state.capabilities)
  }
}
