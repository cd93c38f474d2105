import Trajectories

/// The exit rules as a table: what each is asked with, where it would have stopped, and how far that
/// is from where the answer came to stand.
struct ExitTable {
  let state: ExplorerState
  let rect: Rect
  let outcomes: [ExitOutcome]
  /// A column each, with headings: only zoomed, where the columns can be changed.
  private let isWorkbench: Bool

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    self.rect = rect
    outcomes = state.exitOutcomes
    isWorkbench = state.zoom == .exits && rect.width >= 70
  }

  /// Lines above the first rule: since when the answer stands, and headings.
  private var heading: Int { isWorkbench ? 2 : 1 }

  /// Lines it takes.
  static func height(_ state: ExplorerState) -> Int { state.exits.rules.count + 2 }

  /// The rule whose line that is, by number.
  func rule(at point: Point) -> Int? {
    let index = point.y - rect.y - heading
    return outcomes.indices.contains(index) ? index : nil
  }

  func draw(on screen: inout Screen) {
    drawAnswer(on: &screen)
    if isWorkbench { drawHeadings(on: &screen) }
    for (index, outcome) in outcomes.enumerated() where heading + index < rect.height {
      if isWorkbench {
        drawWhole(outcome, heading + index, isSelected: index == selected, &screen)
      } else {
        drawShort(outcome, heading + index, &screen)
      }
    }
  }

  private var selected: Int { min(state.bench.selected, outcomes.count - 1) }

  // MARK: The answer

  private func drawAnswer(on screen: inout Screen) {
    guard let passage = state.passage else { return }
    let token = passage.tokens.upperBound - 1
    let last = passage.trajectory.lastIteration
    guard let since = passage.run.standsSince,
      let answer = passage.trajectory.steps[last].readings.last?.best
    else {
      if passage.trajectory.steps[last].readings.last?.isUnread ?? false {
        put(&screen, 1, 0, "r \(last) is being read", .dim)
        return
      }
      let words = passage.trajectory.divergence.map { "diverged at r \($0.at.iteration)" }
      put(&screen, 1, 0, "no answer stands: \(words ?? "nothing was read")", .error)
      return
    }
    let text = Printable.clip(state.visible(answer.text), 12, ellipsis: state.glyphs.ellipsis)
    var x = put(&screen, 1, 0, "the answer ", .dim)
    x = put(&screen, x, 0, "'\(text)'", .title)
    x = put(&screen, x, 0, " stands since ", .dim)
    x = put(&screen, x, 0, "r \(since)", .title)
    x = put(&screen, x, 0, " of \(last)", .dim)
    if let judgement = state.judgement(token: token, iteration: last) {
      // What is said stands before it.
      let words = judgement.shortWords(state.glyphs)
      let isRoom = x + 2 + Printable.width(words) <= rect.width
      put(
        &screen, x, 0, "  \(isRoom ? words : judgement.mark(state.glyphs))", judgement.style)
    }
  }

  // MARK: The workbench

  /// From the left edge.
  private enum At {
    static let threshold = 19
    static let scope = 32
    static let minimum = 40
    static let stop = 50
    static let late = 62
    static let verdict = 74
    static let note = 82
    static let metric = 104
  }

  private var noteColumn: Int? { rect.width >= At.note + 21 ? At.note : nil }
  private var metricColumn: Int? { rect.width >= At.metric + 24 ? At.metric : nil }

  private func drawHeadings(on screen: inout Screen) {
    put(&screen, 2, 1, "rule", .dim)
    put(&screen, At.threshold + 1, 1, "threshold", .dim)
    put(&screen, At.scope + 1, 1, "scope", .dim)
    put(&screen, At.minimum + 1, 1, "at least", .dim)
    put(&screen, At.stop + 1, 1, "would stop", .dim)
    put(&screen, At.late + 1, 1, "off by", .dim)
    if outcomes.contains(where: { $0.isRight != nil }) {
      put(&screen, At.verdict, 1, "answer", .dim)
    }
    if let metricColumn { put(&screen, metricColumn, 1, "looks at", .dim) }
  }

  private func drawWhole(
    _ outcome: ExitOutcome, _ line: Int, isSelected: Bool, _ screen: inout Screen
  ) {
    let policy = outcome.policy
    let rule = policy.rule
    if isSelected { put(&screen, 0, line, state.glyphs.pointer, .accent) }
    put(&screen, 2, line, rule.name, isSelected ? .title : .text)
    cell(
      "\(sign(rule)) \(Numbers.short(policy.threshold))", .threshold, rule, At.threshold, line,
      isSelected, &screen)
    cell(policy.scope.rawValue, .scope, rule, At.scope, line, isSelected, &screen)
    cell("\(policy.minimumIterations)", .minimum, rule, At.minimum, line, isSelected, &screen)
    drawStop(outcome, At.stop + 1, line, width: At.late - At.stop, &screen)
    drawLate(outcome, At.late + 1, line, &screen)
    if let isRight = outcome.isRight {
      put(&screen, At.verdict, line, isRight ? "right" : "wrong", isRight ? .good : .warning)
    }
    guard let noteColumn else { return }
    if state.bench.isUsual(rule) {
      put(&screen, noteColumn, line, rule.defaultWords, .dim)
    } else {
      let usual = ExitPolicy(rule)
      let words = rule.source == nil ? "published" : "default"
      put(
        &screen, noteColumn, line,
        "\(words) \(Numbers.short(usual.threshold)) \(usual.scope.rawValue)", .accent)
    }
    if let metricColumn { put(&screen, metricColumn, line, rule.metric.title, .dim) }
  }

  /// A value that can be changed: in brackets where the arrows change it, with a star where it is not
  /// the published one.
  private func cell(
    _ text: String, _ column: ExitBench.Column, _ rule: ExitRule, _ x: Int, _ line: Int,
    _ isSelected: Bool, _ screen: inout Screen
  ) {
    let isUsual = state.bench.isUsual(rule, column)
    let isHere = isSelected && state.bench.column == column
    let words = text + (isUsual ? "" : "*")
    put(
      &screen, x, line, isHere ? "[\(words)]" : " \(words)",
      isHere ? .selected : isUsual ? .text : .accent)
  }

  // MARK: Beside other panes

  private func drawShort(_ outcome: ExitOutcome, _ line: Int, _ screen: inout Screen) {
    let rule = outcome.policy.rule
    let name = rect.width >= 44 ? 29 : min(18, rect.width / 2)
    var words = rule.name
    if name > 20 {
      words += " \(sign(rule)) \(Numbers.short(outcome.policy.threshold))"
      words += " \(outcome.policy.scope.rawValue)"
    }
    let isUsual = state.bench.isUsual(rule)
    if !isUsual { words += "*" }
    put(
      &screen, 1, line, Printable.clip(words, name - 2, ellipsis: state.glyphs.ellipsis),
      isUsual ? .text : .accent)
    let late = name + 13
    let hasLate = rect.width >= late + 8
    drawStop(outcome, name, line, width: hasLate ? 13 : rect.width - name, &screen)
    if hasLate { drawLate(outcome, late, line, &screen) }
  }

  // MARK: What came of it

  private func sign(_ rule: ExitRule) -> String {
    rule.exits == .below ? "<" : state.glyphs.atLeast
  }

  /// `r 12 '2' ✓`, or how far off the rule still is.
  private func drawStop(
    _ outcome: ExitOutcome, _ x: Int, _ line: Int, width: Int, _ screen: inout Screen
  ) {
    guard let stop = outcome.stop, let answer = outcome.answer else {
      if let now = outcome.now {
        // In the column of how late it is: it never came.
        put(&screen, x, line, "never, now \(Numbers.short(now))", .dim)
      } else {
        let isDiverged = state.trajectory?.divergence != nil
        put(&screen, x, line, isDiverged ? "never, diverged" : "never, undefined", .dim)
      }
      return
    }
    // Of a run that diverged there is no answer to be the same as.
    let mark =
      outcome.isSame.map { $0 ? state.glyphs.same : state.glyphs.differs } ?? state.glyphs.diverged
    let room = max(1, width - 7 - "\(stop)".count)
    let text = Printable.clip(state.visible(answer.text), room, ellipsis: state.glyphs.ellipsis)
    put(
      &screen, x, line, "r \(stop) '\(text)' \(mark)",
      outcome.isSame.map { $0 ? .good : .warning } ?? .text)
  }

  /// How many iterations before or after the answer came to stand.
  private func drawLate(_ outcome: ExitOutcome, _ x: Int, _ line: Int, _ screen: inout Screen) {
    guard let late = outcome.late else { return }
    if late == 0 { put(&screen, x, line, "0 on time", .good) }
    if late > 0 { put(&screen, x, line, "+\(late) late", .dim) }
    if late < 0 {
      put(
        &screen, x, line, "\(state.glyphs.minus)\(-late) early",
        outcome.isSame == true ? .text : .warning)
    }
  }

  /// - Returns: the column after it.
  @discardableResult private func put(
    _ screen: inout Screen, _ column: Int, _ line: Int, _ text: String, _ style: Style
  ) -> Int {
    guard line < rect.height, column < rect.width else { return column }
    let clipped = Printable.clip(text, rect.width - column, ellipsis: state.glyphs.ellipsis)
    return screen.put(clipped, x: rect.x + column, y: rect.y + line, style: style) - rect.x
  }
}
