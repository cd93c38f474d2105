/// The whole picture of a state, `state.size` large. Pure: nothing is computed here but places.
func render(_ state: WatchState) -> Screen {
  var screen = Screen(state.size, isUnicode: state.capabilities.isUnicode)
  guard screen.size.width > 0, screen.size.height > 0 else { return screen }
  let layout = WatchLayout(state)
  guard !layout.places.isEmpty else {
    WatchBars.drawOneLine(state, on: &screen)
    return screen
  }
  for place in layout.places {
    let pane = WatchPane.of(place.name)
    let inner = layout.frame.draw(
      on: &screen, place.rect, title: pane.title(state, place.rect.width),
      legend: pane.legend(state, place.rect.width), isFocused: false, glyphs: state.glyphs)
    pane.render(state, &screen, inner)
  }
  WatchBars.drawStatus(state, on: &screen)
  WatchBars.drawSteps(state, on: &screen, layout.bar)
  if state.isHelpShown { WatchHelp.draw(state, on: &screen) }
  WatchBars.drawFooter(state, on: &screen)
  return screen
}

/// A pane of the watching screen.
struct WatchPane: Sendable {
  /// What stands in its edge; the width is that of the edge.
  let title: @Sendable (WatchState, _ width: Int) -> String
  var legend: @Sendable (WatchState, _ width: Int) -> [(String, Style)] = { _, _ in [] }
  let render: @Sendable (WatchState, inout Screen, Rect) -> Void

  static func of(_ name: WatchLayout.PaneName) -> WatchPane {
    switch name {
    case .loss: WatchLoss.pane
    case .accuracy: WatchAccuracy.pane
    case .path: WatchPath.pane
    case .readings: WatchReadings.pane
    }
  }

  /// What a pane says before it has anything to show.
  static func drawEmpty(
    _ state: WatchState, _ screen: inout Screen, _ rect: Rect, _ text: String
  ) {
    guard !rect.isEmpty else { return }
    let line = Printable.clip(text, rect.width, ellipsis: state.glyphs.ellipsis)
    screen.put(
      line, x: rect.x + (rect.width - Printable.width(line)) / 2, y: rect.y + rect.height / 2,
      style: .dim)
  }
}
