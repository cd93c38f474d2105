import ParallelScaling

/// What copies say at an iteration, most votes first: how their share changed, how large it is, right or
/// wrong where that is known.
struct FanVotesTable {
  private let state: ExplorerState
  private let votes: FanVotes
  private let rect: Rect
  private let shown: ArraySlice<FanAnswers.Answer>

  init(_ state: ExplorerState, _ votes: FanVotes, _ rect: Rect) {
    (self.state, self.votes, self.rect) = (state, votes, rect)
    let room = max(0, rect.height - 1)
    let isCut = votes.rows.count > room
    shown = votes.rows.prefix(isCut ? max(min(1, room), room - 1) : room)
  }

  func draw(on screen: inout Screen) {
    guard rect.height > 0 else { return }
    let iteration = state.fanIteration
    let title =
      votes.isFinal
      ? "answers at r \(iteration)"
      : iteration == 0 ? "said at \(state.glyphs.start)" : "said at r \(iteration)"
    put(title, y: rect.y, on: &screen)
    let longest = shown.map { Printable.width($0.label) }.max() ?? 1
    let label = min(longest, max(4, rect.width / 3))
    for (line, row) in shown.enumerated() {
      draw(row, label: label, y: rect.y + 1 + line, on: &screen)
    }
    let rest = votes.rows.dropFirst(shown.count)
    if !rest.isEmpty, rect.height > 2 {
      put(
        "and \(rest.count) more with \(rest.reduce(0) { $0 + $1.count })",
        y: rect.y + 1 + shown.count, on: &screen)
    }
  }

  private func put(_ text: String, y: Int, on screen: inout Screen) {
    screen.put(
      Printable.clip(text, rect.width, ellipsis: state.glyphs.ellipsis), x: rect.x, y: y,
      style: .dim)
  }

  private func draw(_ row: FanAnswers.Answer, label: Int, y: Int, on screen: inout Screen) {
    let glyphs = state.glyphs
    var x = rect.x
    // A letter stands for an answer that is longer than one.
    if votes.rows.contains(where: { $0.mark != $0.label && $0.mark != " " }) {
      x = screen.put(row.mark, x: x, y: y, style: row.style.bold()) + 1
    }
    let isPicked = state.fanning.selected.map(row.copies.contains) ?? false
    screen.put(
      Printable.clip(row.label, label, ellipsis: glyphs.ellipsis), x: x, y: y,
      style: isPicked ? .cursor : row.style.bold())
    x += label + 1
    let share = Double(row.count) / Double(max(1, votes.count))
    let judged = row.isRight.map { $0 ? glyphs.same : glyphs.differs } ?? ""
    let percent = "\(Int((share * 100).rounded())) %"
    let numbers = "\(row.count)".leftPadded(4) + percent.leftPadded(6)
    let end = rect.maxX - (judged.isEmpty ? 0 : 2)
    let room = end - x - numbers.count
    // How it came to that, where a bar is left beside it.
    if room >= 10, row.trace.count > 1 {
      x = screen.put(spark(row.trace, min(row.trace.count, room / 2)), x: x, y: y, style: row.style)
      x += 1
    }
    let bar = Bar.text(
      share, width: max(1, end - x - numbers.count), capabilities: state.capabilities)
    screen.put(bar, x: x, y: y, style: row.style)
    screen.putRight(numbers, end: end, y: y, style: .text)
    if let isRight = row.isRight {
      screen.put(judged, x: rect.maxX - 1, y: y, style: isRight ? .good : .warning)
    }
  }

  /// Shares as columns; what is there at all is seen.
  private func spark(_ trace: [Double], _ width: Int) -> String {
    String(
      (0..<width).map { column in
        let place = width > 1 ? column * (trace.count - 1) / (width - 1) : trace.count - 1
        return state.glyphs.column(Int((trace[place] * 8).rounded(.up)))
      })
  }

  /// A copy that says what stands at a point: the picked one if it does.
  func copy(at point: Point) -> Int? {
    let line = point.y - rect.y - 1
    guard rect.contains(point), shown.indices.contains(line) else { return nil }
    let copies = shown[line].copies
    return state.fanning.selected.flatMap { copies.contains($0) ? $0 : nil } ?? copies.first
  }
}

extension String {
  /// In columns of numbers.
  func leftPadded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
