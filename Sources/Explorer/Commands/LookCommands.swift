import Trajectories

/// How things are shown.
let lookCommands: [Command] = [
  Command(
    name: "token-up", title: "token", doc: "The token before.", keys: [.character("k"), .up],
    group: .look, reason: Command.needsRun,
    perform: { state, given in moveToken(-(given.number ?? 1), &state) }),
  Command(
    name: "token-down", title: "token", doc: "The token after.", keys: [.character("j"), .down],
    group: .look, footerRank: 6, reason: Command.needsRun,
    perform: { state, given in moveToken(given.number ?? 1, &state) }),
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
    perform: { state, _ in
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
    name: "exits", title: "exit rules",
    doc: "Show where each exit rule would have stopped; again, or esc, goes back.",
    keys: [.character("x")], group: .look, footerRank: 9, reason: Command.needsRun,
    perform: { state, _ in
      state.zoom = state.zoom == .exits ? nil : .exits
      return []
    }),
  Command(
    name: "metric", title: "metric",
    doc: "Colour the heat map by the next metric, or by one named.",
    keys: [.character("m")], group: .heat, panes: [.heat], footerRank: 6, reason: needsOneRun,
    perform: { state, given in
      guard let name = given.argument else { return moveMetric(1, &state) }
      let metrics = state.metrics
      guard
        let index = metrics.firstIndex(where: { $0.name == name })
          ?? metrics.firstIndex(where: { $0.name.hasPrefix(name) || $0.title.hasPrefix(name) })
      else {
        state.complain("metrics: " + metrics.map(\.name).joined(separator: " "))
        return []
      }
      state.metricIndex = index
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
    name: "components", title: "components", doc: "The next pair of principal components.",
    keys: [.character("p")], group: .plane, panes: [.plane], reason: needsProjection,
    perform: { state, _ in
      let pairs = (state.projection?.components ?? 2) / 2
      guard pairs > 1 else {
        state.complain("this fit has one pair of components only; a longer run has more")
        return []
      }
      state.componentPair = (state.componentPair + 1) % min(3, pairs)
      return []
    }),
  Command(
    name: "refit", title: "refit",
    doc:
      "Fit the components anew on what the plane shows, one token or all; a count leaves out the "
      + "iterations before it, :refit 4-20 takes just those.",
    keys: [.character("P")], group: .plane, panes: [.plane],
    reason: { state in
      needsOneRun(state) ?? Command.needsSettledRun(state)
        ?? (state.edge < 2 ? "a plane needs at least 2 iterations; l computes one more" : nil)
    },
    perform: { state, given in
      guard let iterations = iterations(given, edge: state.edge) else {
        state.complain("refit takes iterations from 0 to \(state.edge), two at least, such as 4-20")
        return []
      }
      guard let key = state.runKey else { return [] }
      let token = state.planeShowsAll ? nil : state.cursor.token
      state.isFitting = true
      state.isProvisionalFit = false
      state.hasFitAtTarget = true
      state.say(
        "fitting on \(token.map { "token \($0)" } ?? "all tokens"), iterations "
          + "\(iterations.lowerBound) to \(iterations.upperBound)")
      return [
        .submit(
          Measuring.project(key, ProjectionFit(token: token, iterations: iterations), state))
      ]
    }),
  Command(
    name: "all-tokens", title: "all tokens",
    doc: "Show the states of all tokens in the plane too, as dots, or the selected token alone.",
    keys: [.character("a")], group: .plane, panes: [.plane], reason: needsOneRun,
    perform: { state, _ in
      let hasFamily = FamilyLook.isAtHand(state)
      if hasFamily, !state.planeShowsAll, !state.planeShowsFamily {
        state.planeShowsFamily = true
        state.say("the runs from other starts in the plane too")
        return []
      }
      if hasFamily, state.planeShowsAll { state.planeShowsFamily = false }
      state.planeShowsAll.toggle()
      state.say(
        state.planeShowsAll
          ? "all tokens in the plane; P fits the components on them"
          : "the selected token alone in the plane; P fits the components on it")
      return []
    }),
  Command(
    name: "glyphs", title: "glyphs", doc: "Wrong characters? Plots in braille, blocks or ASCII.",
    keys: [.character("g")], group: .look,
    perform: { state, _ in
      guard state.capabilities.isUnicode else {
        state.complain("this terminal or locale has ASCII only; a UTF-8 locale has more")
        return []
      }
      state.capabilities.glyphs = state.capabilities.glyphs.next
      state.say("plots in \(state.capabilities.glyphs.rawValue)")
      return []
    }),
  Command(
    name: "theme", title: "theme", doc: "Colours for a dark or a light background, or none.",
    keys: [.character("T")], group: .look,
    perform: { state, _ in
      guard state.capabilities.colours != .none else {
        state.complain("this terminal was asked for no colour; --color always asks for it")
        return []
      }
      state.theme = state.theme.next
      state.say("theme: \(state.theme.rawValue)")
      return []
    }),
]

private let needsProjection: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.projection == nil ? "the plane comes after 3 iterations; l computes one more" : nil)
}

private func moveToken(_ count: Int, _ state: inout ExplorerState) -> [Effect] {
  let token = min(
    max(0, state.cursor.token + max(-100_000, min(100_000, count))), state.tokenCount - 1)
  if token == state.cursor.token {
    state.complain(count < 0 ? "the first token" : "the last token")
  }
  state.select(token: token)
  return []
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
private let needsOneRun: @Sendable (ExplorerState) -> String? = { state in
  state.isComparing ? "two runs are compared, which have no such choice; v shows one" : nil
}

private func moveMetric(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let count = state.metrics.count
  state.metricIndex = (state.metricIndex + step + count) % count
  state.say("\(state.metric.title): \(state.metric.explanation)")
  return []
}

/// The iterations a fit is asked for: all so far, those from a count on, or `FIRST-LAST`; nil when
/// they are not there, or are fewer than two.
private func iterations(_ given: Invocation, edge: Int) -> ClosedRange<Int>? {
  let bounds = given.argument?.split(separator: "-").map { Int($0) }
  let (first, last): (Int?, Int?) =
    switch bounds?.count {
    case nil: (given.count ?? 0, edge)
    case 1: (bounds?[0], edge)
    case 2: (bounds?[0], bounds?[1])
    default: (nil, nil)
    }
  guard let first, let last, first >= 0, first < last, last <= edge else { return nil }
  return first...last
}
