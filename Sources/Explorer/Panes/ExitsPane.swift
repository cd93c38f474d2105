import Trajectories

/// Where each exit rule would have stopped the run, and what the answer was there: at a glance, which
/// rules leave too early. Zoomed it is a workbench: what the rules are asked with can be changed.
let exitsPane = Pane(
  // The rules ask for the answer at the end of the passage, whatever token of it is selected.
  title: { state, _ in
    "exit rules \(state.glyphs.dot) answer after \(state.tokenLabel((state.passage?.tokens.upperBound ?? 1) - 1))"
  },
  legend: { state, width in
    let now = state.trajectory.flatMap { $0.steps[$0.lastIteration].readings.last }
    if now?.isDiverged ?? false { return [("\(state.glyphs.diverged) no answer now", .error)] }
    return [
      ("\(state.glyphs.same) same\(width >= 76 ? " answer" : "") as at r \(state.edge)", .good),
      ("\(state.glyphs.differs) another", .warning),
    ]
  },
  render: { state, screen, rect in
    guard let trajectory = state.trajectory, trajectory.lastIteration > 0 else {
      Pane.drawEmpty(state, &screen, rect, "after the first iteration")
      return
    }
    ExitTable(state, rect).draw(on: &screen)
    guard let area = ExitTrace.area(state, rect), let rule = state.benchRule else { return }
    ExitTrace(state: state, policy: state.bench.policy(rule)).draw(on: &screen, in: area)
  },
  pick: { state, rect, point in
    guard let trajectory = state.trajectory, trajectory.lastIteration > 0 else { return nil }
    if let area = ExitTrace.area(state, rect), area.contains(point) {
      let plot = Plot.plotArea(ExitTrace.plot(area))
      return Pick(
        iteration: Plot.iteration(atColumn: point.x, in: plot, lastIteration: state.horizon))
    }
    let table = ExitTable(state, rect)
    return table.rule(at: point).map {
      Pick(iteration: table.outcomes[$0].stop, rule: $0)
    }
  },
  about: PaneAbout(
    title: "exit rules",
    drawn:
      "Where each rule would have stopped the run, the answer there, whether that is the "
      + "answer at the live edge, and how many iterations early or late that is against the one "
      + "from which the answer stands. x makes a workbench of it: threshold, scope and fewest "
      + "steps can be changed, and the curve of the chosen rule is drawn against its threshold.",
    formula:
      "A rule stops at the first iteration at which what it looks at is below (or above) its "
      + "threshold, at the last position, in the mean of all, or at every one.",
    unit: "that of each rule's metric",
    source:
      "The rules of Huginn's code (arXiv 2502.05171), acceleration of arXiv 2509.23314, "
      + "Ouro's gate of arXiv 2510.25741.",
    metrics: { state in state.benchRule.map { [$0.metric] } ?? [] }),
  table: TextTable.exits)
