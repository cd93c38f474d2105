import Trajectories

/// Norms and residuals of the selected token against the iteration.
let residualsPane = Pane(
  title: { _ in "size, log" },
  legend: {
    [
      ("\($0.glyphs.curve)\($0.glyphs.norm)", .series(0)),
      ("\($0.glyphs.curve)\($0.glyphs.relativeResidual)", .series(1)),
    ]
  },
  render: { state, screen, rect in
    drawCurves(
      state, &screen, rect, scale: .log,
      [
        { step, token in Double(step.measures[token].norm) },
        { step, token in step.measures[token].relativeResidual.map(Double.init) },
      ])
  },
  pick: pickIteration)

/// Entropy and KL of the selected token against the iteration.
let entropyPane = Pane(
  title: { _ in "nats" },
  legend: { [("\($0.glyphs.curve)entropy", .series(0)), ("\($0.glyphs.curve)KL", .series(1))] },
  render: { state, screen, rect in
    drawCurves(
      state, &screen, rect, scale: .linear,
      [
        { step, token in Double(step.readings[token].entropy) },
        { step, token in step.readings[token].kl.map(Double.init) },
      ])
  },
  pick: pickIteration)

private func drawCurves(
  _ state: ExplorerState, _ screen: inout Screen, _ rect: Rect, scale: Axis.Scale,
  _ values: [(Step, Int) -> Double?]
) {
  guard let trajectory = state.trajectory, state.cursor.token < trajectory.tokens.count else {
    Pane.drawEmpty(state, &screen, rect, state.glyphs.ellipsis)
    return
  }
  let curves = values.enumerated().map { index, value in
    Plot.Curve(
      values: trajectory.steps.map { value($0, state.cursor.token) }, style: .series(index))
  }
  func plot(_ curves: [Plot.Curve], _ rect: Rect) {
    Plot(
      curves: curves,
      axis: Axis(
        curves.flatMap { $0.values.compactMap { $0 } }, scale: scale, from: scale == .linear),
      lastIteration: state.horizon, cursor: state.cursor.iteration,
      marks: scale == .linear ? trajectory.flips(token: state.cursor.token) : []
    )
    .render(on: &screen, in: rect, capabilities: state.capabilities)
  }
  // Where there is room each curve has an axis of its own, and small changes are seen.
  guard rect.height >= 22, curves.count == 2 else { return plot(curves, rect) }
  let (top, bottom) = rect.splitTop(rect.height / 2)
  plot([curves[0]], top)
  plot([curves[1]], bottom)
}

private let pickIteration: @Sendable (ExplorerState, Rect, Point) -> Pick? = { state, rect, point in
  let area = Plot.plotArea(rect)
  return Pick(
    token: nil,
    iteration: Plot.iteration(atColumn: point.x, in: area, lastIteration: state.horizon))
}
