import Trajectories

/// Three planes of six components side by side, every path around its own mean: rings are orbits, a heap
/// is a fixed point, a stroke a slide.
struct OrbitsView {
  private let state: ExplorerState
  private let panels: [(pair: ComponentPair, rect: Rect, view: PlaneView?)]
  private let shares: [Double]

  init(_ state: ExplorerState, _ projection: Projection, _ rect: Rect) {
    self.state = state
    shares = projection.shares(
      token: state.planeShowsAll ? nil : state.cursor.token, isCentred: true)
    var rest = rect
    var panels: [(pair: ComponentPair, rect: Rect, view: PlaneView?)] = []
    for (index, pair) in ComponentPair.pairs.enumerated() {
      let (panel, right) = rest.splitLeft(rest.width / (ComponentPair.pairs.count - index))
      rest = right
      let inner = panel.inset(right: index < 2 ? 1 : 0)
      panels.append((pair, inner, PlaneView(state, projection, pair, inner.inset(top: 1))))
    }
    self.panels = panels
  }

  func iteration(near point: Point) -> Int? {
    panels.first { $0.rect.contains(point) }?.view?.iteration(near: point)
  }

  func draw(on screen: inout Screen) {
    for panel in panels where panel.rect.height > 0 {
      var words = panel.pair.words(state.glyphs)
      if shares.count > panel.pair.up {
        let share = panel.pair.components.reduce(0) { $0 + shares[$1] }
        words += " \(Int((share * 100).rounded()))%"
      }
      screen.put(
        Printable.clip(words, panel.rect.width - 1), x: panel.rect.x + 1, y: panel.rect.y,
        style: .title)
      panel.view?.draw(on: &screen)
    }
  }
}
