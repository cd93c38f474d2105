import Trajectories

/// What the chosen rule looks at, iteration by iteration, with its threshold as a line.
struct ExitTrace {
  let state: ExplorerState
  let policy: ExitPolicy

  /// Where it is drawn: below the table, while that fills the screen and there is room; nil elsewhere.
  static func area(_ state: ExplorerState, _ rect: Rect) -> Rect? {
    let top = ExitTable.height(state) + (rect.height >= 26 ? 1 : 0)
    guard state.zoom == .exits, rect.width >= 40, rect.height - top >= 6 else { return nil }
    return rect.inset(top: top)
  }

  /// The plot itself, below two lines of words.
  static func plot(_ area: Rect) -> Rect { area.inset(top: area.height >= 9 ? 2 : 1) }

  func draw(on screen: inout Screen, in area: Rect) {
    drawWords(on: &screen, area)
    let values = state.exits.values(policy.rule, policy.scope).map { $0.map(Double.init) }
    let threshold = Double(policy.threshold)
    let isByRatio = policy.rule.ladder == .ratio
    let metric = Plot.Curve(values: [nil] + values, style: .series(0))
    let line = Plot.Curve(
      values: [Double?](repeating: threshold, count: state.horizon + 1), style: .warning,
      isBroken: true, isBackground: true)
    var plot = Plot(
      curves: [metric, line],
      axis: Axis(
        metric.finite + [threshold], scale: isByRatio ? .log : .linear, from: !isByRatio,
        decades: 12),
      lastIteration: state.horizon, cursor: state.cursor.iteration)
    if let since = state.passage?.run.standsSince {
      plot.flags.append(Plot.Flag(iteration: since, text: "stands", style: .good))
    }
    if let stop = state.exits.stop(policy) {
      plot.flags.append(Plot.Flag(iteration: stop, text: "stops", style: .warning))
    }
    plot.render(on: &screen, in: Self.plot(area), capabilities: state.capabilities)
  }

  private func drawWords(on screen: inout Screen, _ area: Rect) {
    let glyphs = state.glyphs
    let rule = policy.rule
    func put(_ text: String, _ line: Int, _ style: Style) {
      screen.put(
        Printable.clip(text, area.width - 2, ellipsis: glyphs.ellipsis), x: area.x + 1,
        y: area.y + line, style: style)
    }
    let sign = rule.exits == .below ? "<" : glyphs.atLeast
    let words =
      "\(rule.metric.title), \(glyphs.plain(rule.metric.unit)) \(glyphs.dot) broken line: stops \(sign) "
      + Numbers.short(policy.threshold) + (rule.hits > 1 ? " twice in a row" : "")
      + " \(glyphs.dot) "
    let isWide = Printable.width(words + policy.scope.words) <= area.width - 2
    put(words + (isWide ? policy.scope.words : policy.scope.rawValue), 0, .title)
    guard area.height >= 9 else { return }
    let source = rule.source.map { " Its default was \($0)." } ?? ""
    put(rule.explanation + source, 1, .dim)
  }
}
