import Trajectories

/// Norms and residuals of the selected token against the iteration.
let residualsPane = Pane(
  title: { _, width in width >= 28 ? "size, log" : "log" },
  legend: { state, width in
    let glyphs = state.glyphs
    let norm = glyphs.norm + (isBeforeNorm(state) && width >= 48 ? " before norm" : "")
    return [
      (glyphs.curve + norm, .series(0)),
      (glyphs.brokenCurve + (width >= 28 ? glyphs.relativeResidual : "rel"), .series(1)),
    ] + (hasSecond(state) ? [(glyphs.brokenCurve + "z_L", .series(3))] : [])
  },
  render: { state, screen, rect in
    let size: Metric = isBeforeNorm(state) ? .lengthBeforeNorm : .norm
    var sizes = [curve(state, 0, size, "s")]
    var changes = [curve(state, 1, .relativeResidual, "r")]
    if hasSecond(state) {
      // Where they share one plot the lengths are left out: what moves is the change.
      if rect.height >= splitHeight { sizes.append(curve(state, 3, .lowLengthBeforeNorm, "l")) }
      changes.append(curve(state, 3, .lowRelativeResidual, "l"))
    }
    drawCurves(state, &screen, rect, [sizes, changes]) { curves in
      Axis(curves.flatMap(\.finite), scale: .log)
    }
  },
  pick: pickIteration,
  about: PaneAbout(
    title: "size and change of the state",
    drawn:
      "How large the state of the selected token is, and how far an iteration moves it, "
      + "against the iteration, on a log scale. A change that falls in a straight line fades at "
      + "a rate; one that stays level goes on moving. The upright line is the cursor.",
    formula: "‖s‖ = √Σx², ‖Δs‖ / ‖s‖ with Δs = sᵢ − sᵢ₋₁",
    metrics: { state in
      [isBeforeNorm(state) ? .lengthBeforeNorm : .norm, .relativeResidual]
        + (hasSecond(state) ? [.lowRelativeResidual] : [])
    }),
  table: { state in
    let parts = state.model?.parts ?? []
    return TextTable.metrics(
      [.norm, .residual, .relativeResidual] + (isBeforeNorm(state) ? [.lengthBeforeNorm] : [])
        + (parts.contains(.second)
          ? [.lowResidual, .lowRelativeResidual, .lowCosine, .lowLengthBeforeNorm] : []),
      state)
  })

/// Whether lengths are those before the norm that makes the state, behind which all are about as long.
@Sendable private func isBeforeNorm(_ state: ExplorerState) -> Bool {
  guard state.model?.parts.contains(.lengths) == true else { return false }
  return state.trajectory?.steps.contains { $0.lengths != nil } ?? true
}

/// Whether states hold two vectors, so that there are curves of the second.
@Sendable private func hasSecond(_ state: ExplorerState) -> Bool {
  state.model?.parts.contains(.second) == true
}

/// Entropy and KL of the selected token against the iteration.
let entropyPane = Pane(
  title: { _, _ in "nats" },
  legend: { state, width in
    let isWide = width >= 30
    let glyphs = state.glyphs
    let (entropy, divergence) = entropyCurves(state)
    let room = Layout(state).place(.entropy)?.inner(state).height ?? 0
    var peak = ""
    if room < splitHeight, let most = clippedPeak(entropy, divergence) {
      peak = (isWide ? " " : "") + state.glyphs.up + Numbers.tick(most)
    }
    return [
      (glyphs.curve + (isWide ? "entropy" : "H"), .series(0)),
      (glyphs.brokenCurve + "KL" + peak, .series(1)),
    ]
  },
  render: { state, screen, rect in
    let (entropy, divergence) = entropyCurves(state)
    drawCurves(state, &screen, rect, [[entropy], [divergence]], showsFlips: true) { curves in
      // A peak of the divergence would press the entropy flat; it is cut and marked instead.
      let isCut = curves.count == 2 && clippedPeak(entropy, divergence) != nil
      return Axis((isCut ? entropy.finite : curves.flatMap(\.finite)), scale: .linear, from: true)
    }
  },
  pick: pickIteration,
  about: PaneAbout(
    title: "how undecided, and how it moves",
    drawn:
      "Entropy of the prediction after the selected token, and how far the prediction moved "
      + "in each iteration. A peak of KL is where it changed its mind; a mark at the foot is "
      + "where the likeliest token changed. A peak that would press the entropy flat is cut, "
      + "and its height stands in the legend.",
    formula: "H = −Σ p ln p;  KL(before ‖ now) = Σ p_before ln(p_before / p_now)",
    metrics: { _ in [.entropy, .kl] }),
  table: { TextTable.metrics([.entropy, .kl, .topProbability], $0) })

private func entropyCurves(_ state: ExplorerState) -> (entropy: Plot.Curve, divergence: Plot.Curve)
{
  (curve(state, 0, .entropy, "H"), curve(state, 1, .kl, "K"))
}

/// The highest divergence, when it is too high to share an axis with the entropy.
private func clippedPeak(_ entropy: Plot.Curve, _ divergence: Plot.Curve) -> Double? {
  guard let most = divergence.finite.max(), let room = entropy.finite.max(), room > 0 else {
    return nil
  }
  return most > 2 * room ? most : nil
}

/// A metric of the selected token against the iteration. Two of them are told apart without colour: the
/// second is broken, and each has its letter at the end.
private func curve(
  _ state: ExplorerState, _ index: Int, _ metric: Metric, _ mark: Character
) -> Plot.Curve {
  let row = state.row
  guard let trajectory = state.trajectory, row < trajectory.tokens.count else {
    return Plot.Curve(values: [], style: .series(index))
  }
  return Plot.Curve(
    values: trajectory.steps.indices.map { metric.drawn(trajectory, iteration: $0, token: row) },
    style: .series(index), mark: mark, isBroken: index > 0)
}

/// Rows from which each curve has an axis of its own, so that small changes are seen.
private let splitHeight = 22

private func drawCurves(
  _ state: ExplorerState, _ screen: inout Screen, _ rect: Rect, _ parts: [[Plot.Curve]],
  showsFlips: Bool = false, axis: ([Plot.Curve]) -> Axis
) {
  guard let trajectory = state.trajectory, state.row < trajectory.tokens.count else {
    Pane.drawEmpty(state, &screen, rect, state.glyphs.ellipsis)
    return
  }
  func plot(_ curves: [Plot.Curve], _ rect: Rect) {
    Plot(
      curves: curves, axis: axis(curves), lastIteration: state.horizon,
      cursor: state.cursor.iteration,
      marks: showsFlips ? trajectory.flips(token: state.row) : []
    )
    .render(on: &screen, in: rect, capabilities: state.capabilities)
  }
  guard rect.height >= splitHeight, parts.count == 2 else {
    return plot(parts.flatMap(\.self), rect)
  }
  let (top, bottom) = rect.splitTop(rect.height / 2)
  plot(parts[0], top)
  plot(parts[1], bottom)
}

private let pickIteration: @Sendable (ExplorerState, Rect, Point) -> Pick? = { state, rect, point in
  let area = Plot.plotArea(rect)
  return Pick(
    token: nil,
    iteration: Plot.iteration(atColumn: point.x, in: area, lastIteration: state.horizon))
}
