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
  pick: { _, _, _ in nil })

/// The drawing of it: the fan beside votes and curves; under each other where there is no room for both.
private struct FanView {
  private let state: ExplorerState
  private let words: FanWords
  private let answers: FanAnswers
  private let votes: FanVotes
  private let rect: Rect

  init(_ state: ExplorerState, _ question: EnsembleQuestion, _ rect: Rect) {
    self.state = state
    self.rect = rect
    answers = FanAnswers(state)
    votes = FanVotes(state, answers)
    words = FanWords(state: state, question: question, answers: answers)
  }

  func draw(on screen: inout Screen) {
    let inner = rect.inset(left: 1, right: 1)
    let foot = footLines(inner.width)
    let footRows = min(foot.count, max(0, inner.height - 4))
    let (body, below) = inner.splitTop(inner.height - footRows)
    for (line, entry) in foot.prefix(footRows).enumerated() {
      screen.put(
        Printable.clip(entry.0, below.width, ellipsis: state.glyphs.ellipsis), x: below.x,
        y: below.y + line, style: entry.1)
    }
    guard body.width >= 60 else {
      let (top, rest) = body.splitTop(min(votes.rows.count + 1, max(2, body.height / 3)))
      drawVotes(top, on: &screen)
      drawFan(rest, on: &screen)
      return
    }
    let (left, right) = body.splitLeft(body.width * 54 / 100)
    drawFan(left.inset(right: 1), on: &screen)
    let column = right.inset(left: 1)
    // The curves keep their room; of the votes what is left.
    let plots = column.height >= 15 ? max(10, column.height * 55 / 100) : 0
    let (top, curves) = column.splitTop(
      min(votes.rows.count + 2, max(2, column.height - plots)))
    drawVotes(top, on: &screen)
    if curves.height >= 8 {
      let (agreement, spread) = curves.splitTop(curves.height / 2)
      drawAgreement(agreement, on: &screen)
      drawSpread(spread, on: &screen)
    } else {
      drawAgreement(curves, on: &screen)
    }
  }

  private func footLines(_ width: Int) -> [(String, Style)] {
    var lines: [(String, Style)] = []
    if let coverage = words.coverage(width) { lines.append((coverage, .text)) }
    lines.append((words.motion(width), .accent))
    lines.append(words.copy(width))
    return lines
  }

  // MARK: Votes

  private func drawVotes(_ rect: Rect, on screen: inout Screen) {
    guard rect.height > 0 else { return }
    let iteration = state.fanIteration
    let title =
      votes.isFinal
      ? "answers at r \(iteration)"
      : iteration == 0 ? "said at \(state.glyphs.start)" : "said at r \(iteration)"
    put(title, rect, y: rect.y, .dim, on: &screen)
    let room = rect.height - 1
    guard room > 0 else { return }
    let isCut = votes.rows.count > room
    let shown = votes.rows.prefix(isCut ? max(1, room - 1) : room)
    let longest = shown.map { Printable.width($0.label) }.max() ?? 1
    let label = min(longest, max(4, rect.width / 3))
    for (line, row) in shown.enumerated() {
      draw(row, label: label, rect, y: rect.y + 1 + line, on: &screen)
    }
    if isCut, room > 1 {
      let rest = votes.rows.dropFirst(shown.count)
      put(
        "and \(rest.count) more with \(rest.reduce(0) { $0 + $1.count })", rect,
        y: rect.y + room, .dim, on: &screen)
    }
  }

  private func draw(
    _ row: FanAnswers.Answer, label: Int, _ rect: Rect, y: Int, on screen: inout Screen
  ) {
    let glyphs = state.glyphs
    var x = rect.x
    // A letter stands for an answer that is longer than one.
    if votes.rows.contains(where: { $0.mark != $0.label && $0.mark != " " }) {
      x = screen.put(row.mark, x: x, y: y, style: row.style.bold()) + 1
    }
    screen.put(
      Printable.clip(row.label, label, ellipsis: glyphs.ellipsis), x: x, y: y,
      style: row.style.bold())
    x += label + 1
    let share = Double(row.count) / Double(max(1, votes.count))
    let judged = row.isRight.map { $0 ? glyphs.same : glyphs.differs } ?? ""
    let percent = "\(Int((share * 100).rounded())) %"
    let numbers = "\(row.count)".leftPadded(4) + percent.leftPadded(6)
    let end = rect.maxX - (judged.isEmpty ? 0 : 2)
    let bar = Bar.text(
      share, width: max(1, end - x - numbers.count), capabilities: state.capabilities)
    screen.put(bar, x: x, y: y, style: row.style)
    screen.putRight(numbers, end: end, y: y, style: .text)
    if let isRight = row.isRight {
      screen.put(judged, x: rect.maxX - 1, y: y, style: isRight ? .good : .warning)
    }
  }

  // MARK: Pictures

  private func drawFan(_ rect: Rect, on screen: inout Screen) {
    let glyphs = state.glyphs
    let (title, area) = rect.splitTop(1)
    let mark = words.question.way == .starts ? "copy 0" : "without noise"
    let ratio = state.fanning.explainedVarianceRatio.reduce(0, +)
    let long =
      "paths, letter = answer, \(glyphs.here) \(mark) \(glyphs.dot) \(ComponentPair().words(glyphs)) "
      + "\(Int((ratio * 100).rounded()))%"
    let short = "letter = answer, \(glyphs.here) \(mark)"
    put(Printable.width(long) <= title.width ? long : short, title, y: title.y, .dim, on: &screen)
    FanPlane(state, answers, area)?.draw(on: &screen)
  }

  private func drawAgreement(_ rect: Rect, on screen: inout Screen) {
    let values = state.fanning.agreement
    plot(
      "share saying the same token", values, Axis(from: 0, to: 1), 0, rect, on: &screen,
      value: { FanWords.percent($0) })
  }

  private func drawSpread(_ rect: Rect, on screen: inout Screen) {
    let values = state.fanning.spread.map { $0?.relativeDispersion }
    plot(
      "spread, share of the size", values,
      Axis(values.compactMap(\.self), scale: .linear, from: true), 1,
      rect, on: &screen, value: { FanWords.percent($0) })
  }

  private func plot(
    _ title: String, _ values: [Double?], _ axis: Axis, _ series: Int, _ rect: Rect,
    on screen: inout Screen, value: (Double) -> String
  ) {
    guard rect.height >= 3 else { return }
    let (head, area) = rect.splitTop(1)
    let here = values.indices.contains(state.fanIteration) ? values[state.fanIteration] : nil
    put(title + (here.map { ": " + value($0) } ?? ""), head, y: head.y, .dim, on: &screen)
    guard values.contains(where: { $0 != nil }) else { return }
    Plot(
      curves: [Plot.Curve(values: values, style: .series(series))], axis: axis,
      lastIteration: max(1, values.count - 1), cursor: state.fanIteration
    )
    .render(on: &screen, in: area, capabilities: state.capabilities)
  }

  private func put(
    _ text: String, _ rect: Rect, y: Int, _ style: Style, on screen: inout Screen
  ) {
    screen.put(
      Printable.clip(text, rect.width, ellipsis: state.glyphs.ellipsis), x: rect.x, y: y,
      style: style)
  }
}

extension String {
  /// In columns of numbers.
  fileprivate func leftPadded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
