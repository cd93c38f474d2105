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
  })
