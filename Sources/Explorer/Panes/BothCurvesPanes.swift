import Trajectories

/// How undecided both are after the selected token, on one clock.
let bothEntropyPane = Pane(
  title: { state, width in
    width >= 34 ? "entropy \(state.glyphs.dot) nats" : "entropy"
  },
  legend: { state, _ in
    state.pairLegend + [("\(state.glyphs.flipInCell) other answers", .flip)]
  },
  render: { state, screen, rect in
    guard let both = state.bothBranches else {
      Pane.drawNoOther(state, &screen, rect)
      return
    }
    let curves = [
      Plot.Curve(
        values: values(.entropy, of: both.a, state), style: ExplorerState.styleOfA, mark: "A"),
      Plot.Curve(
        values: values(.entropy, of: both.b, state), style: ExplorerState.styleOfB, mark: "B",
        isBroken: true),
    ]
    Plot(
      curves: curves, axis: Axis(curves.flatMap(\.finite), scale: .linear, from: true),
      lastIteration: horizon(both, state), cursor: state.cursor.iteration,
      marks: differing(both, state)
    )
    .render(on: &screen, in: rect, capabilities: state.capabilities)
  },
  pick: pickIteration,
  about: PaneAbout(
    title: "both entropies",
    drawn:
      "How undecided each run is after the selected token, against the iteration; a mark at "
      + "the foot is where their answers differ.",
    metrics: { _ in [.entropy] }))

/// How far the two are apart at the selected token: what they say, and their states.
let bothDistancesPane = Pane(
  title: { _, width in width >= 40 ? "apart, log" : "apart" },
  legend: { state, width in
    let isASCII = state.glyphs.isASCII
    if width < 24 { return [("K KL", .series(3))] }
    let norm = isASCII ? "|ln_f A-ln_f B|" : "‖ln_f A−ln_f B‖"
    return [
      (norm, .series(2)), (width < 40 ? "K KL" : isASCII ? "K KL(A|B)" : "K KL(A‖B)", .series(3)),
    ]
  },
  render: { state, screen, rect in
    guard let both = state.bothBranches else {
      Pane.drawNoOther(state, &screen, rect)
      return
    }
    func curve(_ value: (Address) -> Float?) -> [Double?] {
      (0...horizon(both, state)).map { iteration in
        value(Address(token: state.cursor.token, iteration: iteration))
          .flatMap { $0 > 0 ? Double($0) : nil }
      }
    }
    let distances = curve { both.distances?.distance($0) }
    let divergences = curve { both.distances?.divergence($0) }
    guard (distances + divergences).contains(where: { $0 != nil }) else {
      Pane.drawEmpty(state, &screen, rect, bothDistancesEmpty(state, both))
      return
    }
    let curves = [
      Plot.Curve(values: distances, style: .series(2)),
      Plot.Curve(values: divergences, style: .series(3), mark: "K", isBroken: true),
    ]
    Plot(
      curves: curves, axis: Axis(curves.flatMap(\.finite), scale: .log),
      lastIteration: horizon(both, state), cursor: state.cursor.iteration
    )
    .render(on: &screen, in: rect, capabilities: state.capabilities)
  },
  pick: pickIteration,
  about: PaneAbout(
    title: "how far two runs are apart",
    drawn:
      "How far the states of both runs are apart at the selected token, and how far their "
      + "predictions are, against the iteration, on a log scale. States may stay apart while "
      + "both say the same.",
    formula: "‖ln_f(A) − ln_f(B)‖; KL(A ‖ B)",
    unit: "of the normed state; nats"))

/// Why there is no curve.
private func bothDistancesEmpty(_ state: ExplorerState, _ both: BranchComparison) -> String {
  if state.cursor.token >= both.commonRows { return "only one has this token" }
  if let model = state.otherModelOfPair { return state.unknown(of: model) }
  if state.comparing.isStopped { return "stopped; v v compares anew" }
  return both.firstUnknown == nil ? "no difference at all" : state.glyphs.ellipsis
}

/// A metric of the selected token of one branch.
private func values(_ metric: Metric, of branch: Branch, _ state: ExplorerState) -> [Double?] {
  let token = state.cursor.token
  guard token < branch.tokenCount else { return [] }
  let passage = branch.passages[branch.passage(of: token)]
  return passage.trajectory.steps.indices.map {
    metric.drawn(passage.trajectory, iteration: $0, token: token - passage.firstToken)
  }
}

/// The last iteration there is room for.
private func horizon(_ both: BranchComparison, _ state: ExplorerState) -> Int {
  let token = state.cursor.token
  let last = [both.a, both.b].map { token < $0.tokenCount ? $0.lastIteration(of: token) : 0 }
  return max(state.target, last[0], last[1], 1)
}

/// The iterations at which the two would say different things.
private func differing(_ both: BranchComparison, _ state: ExplorerState) -> [Int] {
  let last = both.commonIterations(of: state.cursor.token)
  return (0...last).dropFirst().filter { iteration in
    if case .differs = both.cell(Address(token: state.cursor.token, iteration: iteration)) {
      return true
    }
    return false
  }
}

private let pickIteration: @Sendable (ExplorerState, Rect, Point) -> Pick? = { state, rect, point in
  guard let both = state.bothBranches else { return nil }
  return Pick(
    token: nil,
    iteration: Plot.iteration(
      atColumn: point.x, in: Plot.plotArea(rect), lastIteration: horizon(both, state)))
}
