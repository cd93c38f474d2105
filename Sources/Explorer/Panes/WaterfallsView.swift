import Trajectories

/// Six components against the iteration: the selected token's in front of those of all others; of many
/// tokens, or without colour, between the lowest and the highest of all.
struct WaterfallsView {
  private let state: ExplorerState
  private let projection: Projection
  private let panels: [Rect]
  private let shares: [Double]

  init(_ state: ExplorerState, _ projection: Projection, _ rect: Rect) {
    self.state = state
    self.projection = projection
    shares = projection.shares(token: nil)
    let columns = rect.width >= 100 ? 3 : rect.width >= 50 ? 2 : 1
    let rows = 6 / columns
    var panels: [Rect] = []
    var below = rect
    for row in 0..<rows {
      let (line, rest) = below.splitTop(below.height / (rows - row))
      below = rest
      var right = line
      for column in 0..<columns {
        let (panel, rest) = right.splitLeft(right.width / (columns - column))
        right = rest
        panels.append(panel.inset(right: column < columns - 1 ? 1 : 0))
      }
    }
    self.panels = panels
  }

  func iteration(at point: Point) -> Int? {
    panels.first { $0.contains(point) }.map {
      Plot.iteration(
        atColumn: point.x, in: Plot.plotArea(plot($0)), lastIteration: state.horizon)
    }
  }

  /// A line above it names the component, where there is one to spare.
  private func plot(_ panel: Rect) -> Rect { panel.inset(top: panel.height >= 4 ? 1 : 0) }

  func draw(on screen: inout Screen) {
    for (component, panel) in panels.enumerated() where panel.height > 1 {
      let others = (0..<state.tokenCount).filter { $0 != state.cursor.token }
        .map { curve(component, $0, .dim) }
      let own = curve(component, state.cursor.token, .series(0))
      let curves = [own] + (showsEach(panel) ? others : bounds(others + [own]))
      Plot(
        curves: curves, axis: Axis(curves.lazy.flatMap(\.finite), scale: .linear),
        lastIteration: state.horizon, cursor: state.cursor.iteration
      )
      .render(on: &screen, in: plot(panel), capabilities: state.capabilities)
      guard panel.height >= 4 else { continue }
      var words = "PC\(component + 1)"
      if component < shares.count {
        words += " \(Int((shares[component] * 100).rounded()))% of all paths"
      }
      screen.put(
        Printable.clip(words, panel.width - 1), x: panel.x + 1, y: panel.y, style: .title)
    }
  }

  /// Whether every token has a line, from which the selected one is told by its colour. More than two a
  /// row fill the plot.
  private func showsEach(_ panel: Rect) -> Bool {
    state.hasColour && !state.glyphs.isASCII && state.tokenCount <= 2 * plot(panel).height
  }

  /// The lowest and the highest of all, as broken lines.
  private func bounds(_ curves: [Plot.Curve]) -> [Plot.Curve] {
    let count = curves.map(\.values.count).max() ?? 0
    func bound(_ choose: ([Double]) -> Double?) -> Plot.Curve {
      let values = (0..<count).map { iteration in
        choose(curves.compactMap { iteration < $0.values.count ? $0.values[iteration] : nil })
      }
      return Plot.Curve(values: values, style: .dim, isBroken: true, isBackground: true)
    }
    return [bound { $0.min() }, bound { $0.max() }]
  }

  private func curve(_ component: Int, _ token: Int, _ style: Style) -> Plot.Curve {
    let values = projection.coordinates.map { tokens -> Double? in
      guard token < tokens.count, component < tokens[token].count else { return nil }
      let value = tokens[token][component]
      return value.isFinite ? Double(value) : nil
    }
    return Plot.Curve(
      values: values, style: style, isBackground: token != state.cursor.token)
  }
}
