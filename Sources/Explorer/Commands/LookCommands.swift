import Trajectories

/// How things are shown.
let lookCommands: [Command] = [
  Command(
    name: "token-up", title: "token", doc: "The token before.", keys: [.character("k"), .up],
    group: .look, reason: Command.needsRun,
    parameters: [.steps("tokens")],
    perform: { state, given in moveToken(-(given.number ?? 1), &state) }),
  Command(
    name: "token-down", title: "token", doc: "The token after.", keys: [.character("j"), .down],
    group: .look, footerRank: 6, reason: Command.needsRun,
    parameters: [.steps("tokens")],
    perform: { state, given in moveToken(given.number ?? 1, &state) }),
  Command(
    name: "page-up", title: "page up", doc: "A page of tokens, or of the list that is open, up.",
    keys: [.pageUp], group: .look, reason: Command.needsRun,
    parameters: [.whole("pages", 1...1000, "how many pages", usual: "one", takesCount: true)],
    perform: { state, given in movePage(.up, given.number ?? 1, &state) }),
  Command(
    name: "page-down", title: "page down",
    doc: "A page of tokens, or of the list that is open, down.",
    keys: [.pageDown], group: .look, reason: Command.needsRun,
    parameters: [.whole("pages", 1...1000, "how many pages", usual: "one", takesCount: true)],
    perform: { state, given in movePage(.down, given.number ?? 1, &state) }),
  Command(
    name: "first-token", title: "first token", doc: "The first token of the text.",
    keys: [.home], group: .look, reason: Command.needsRun,
    perform: { state, _ in
      if state.cursor.token == 0 { state.complain("the first token") }
      state.select(token: 0)
      return []
    }),
  Command(
    name: "last-token", title: "last token", doc: "The last token of the text.",
    keys: [.end], group: .look, reason: Command.needsRun,
    perform: { state, _ in
      if state.cursor.token == state.tokenCount - 1 { state.complain("the last token") }
      state.select(token: state.tokenCount - 1)
      return []
    }),
  Command(
    name: "focus-next", title: "focus", doc: "The next pane.", keys: [.tab], group: .look,
    footerRank: 8, perform: { state, _ in moveFocus(1, &state) }),
  Command(
    name: "focus-previous", title: "focus", doc: "The pane before.", keys: [.backTab],
    group: .look, perform: { state, _ in moveFocus(-1, &state) }),
  Command(
    name: "zoom", title: "zoom",
    doc: "Give the focused pane all the room; again, or esc, gives it back.",
    keys: [.character("+")], group: .look, footerRank: 7,
    parameters: [.choice("pane", zoomChoices, "the pane to enlarge", usual: "the focused one")],
    perform: { state, given in
      if let name = given.choice {
        return enlarge(PaneName.named(name) ?? state.focus, &state)
      }
      state.zoom = state.zoom == nil || state.zoom == .compare ? state.focus : state.outerZoom
      return []
    }),
  Command(
    name: "unzoom", title: "all panes", doc: "Show all panes again.",
    keys: [.character("_"), .escape], group: .look,
    perform: { state, _ in
      if state.zoom == nil, state.pendingCount == nil {
        state.say("all panes are shown; + zooms the focused one")
      }
      state.zoom = state.outerZoom
      return []
    }),
  Command(
    name: "metric", title: "metric",
    doc: "Colour the heat map by the next metric, or by one named.",
    keys: [.character("m")], group: .heat, panes: [.heat], footerRank: 6, reason: needsOneRun,
    parameters: [
      .choice(
        "metric", { $0.metrics.map(Parameter.Choice.init) }, "the metric",
        usual: "the next")
    ],
    perform: { state, given in
      guard let name = given.choice else { return moveMetric(1, &state) }
      state.metricIndex = state.metrics.firstIndex { $0.name == name } ?? state.metricIndex
      return moveMetric(0, &state)
    }),
  Command(
    name: "metric-previous", title: "metric", doc: "Colour the heat map by the metric before.",
    keys: [.character("M")], group: .heat, reason: needsOneRun,
    perform: { state, _ in moveMetric(-1, &state) }),
  Command(
    name: "cells", title: "cells",
    doc: "Write the predicted text in the cells of the heat map, or shades alone.",
    keys: [.character("c")], group: .heat, panes: [.heat], reason: needsOneRun,
    perform: { state, _ in
      state.showsText.toggle()
      return []
    }),
  Command(
    name: "glyphs", title: "glyphs", doc: "Wrong characters? Plots in braille, blocks or ASCII.",
    keys: [.character("g")], group: .look,
    parameters: [
      .choice(
        "glyphs", GlyphStyle.allCases.map(\.rawValue), "what plots are drawn with",
        usual: "the next")
    ],
    perform: { state, given in
      let wanted = given.choice.flatMap(GlyphStyle.init) ?? state.capabilities.glyphs.next
      guard state.capabilities.isUnicode || given.choice != nil && wanted == .ascii else {
        state.complain("this terminal or locale has ASCII only; a UTF-8 locale has more")
        return []
      }
      state.capabilities.glyphs = wanted
      state.say("plots in \(state.capabilities.glyphs.rawValue)")
      return []
    }),
  Command(
    name: "theme", title: "theme",
    doc: "Colours for a dark or a light background, of high contrast, or none.",
    keys: [.character("D")], group: .look,
    parameters: [
      .choice("theme", Theme.allCases.map(\.rawValue), "the colours", usual: "the next")
    ],
    perform: { state, given in
      guard state.capabilities.colours != .none else {
        state.complain("this terminal was asked for no colour; --color always asks for it")
        return []
      }
      state.theme = given.choice.flatMap(Theme.init) ?? state.theme.next
      state.say("theme: \(state.theme.rawValue)")
      return []
    }),
]

private func moveToken(_ count: Int, _ state: inout ExplorerState) -> [Effect] {
  if !state.moveRow(by: max(-100_000, min(100_000, count))) {
    state.complain(count < 0 ? "the first token" : "the last token")
  }
  return []
}

/// What the arrow does where one is, as often as a page has lines.
private func movePage(_ arrow: Key, _ pages: Int, _ state: inout ExplorerState) -> [Effect] {
  guard
    let command = Command.bound(
      to: arrow, in: state.zoom ?? state.focus, isZoomed: state.zoom != nil)
  else { return [] }
  let rows = Layout(state).place(state.zoom ?? .heat)?.rect.height ?? 10
  let lines = max(1, rows - 4)
  return command.run(&state, "\(min(100_000, lines * max(1, min(1000, pages))))")
}

private func moveFocus(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let panes = Layout(state).panes(forFocus: state)
  guard let here = panes.firstIndex(of: state.focus) else {
    state.focus = panes.first ?? .heat
    return []
  }
  state.focus = panes[(here + step + panes.count) % panes.count]
  if state.zoom != nil, state.zoom != .compare { state.zoom = state.focus }
  return []
}

/// What would change nothing of what two branches are looked at with.
let needsOneRun: @Sendable (ExplorerState) -> String? = { state in
  state.isComparing ? "two runs are compared, which have no such choice; v shows one" : nil
}

private func moveMetric(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let count = state.metrics.count
  state.metricIndex = (state.metricIndex + step + count) % count
  state.say("\(state.metric.title): \(state.metric.explanation)")
  return []
}

private func enlarge(_ pane: PaneName, _ state: inout ExplorerState) -> [Effect] {
  (state.zoom, state.focus) = (pane, pane)
  return []
}
