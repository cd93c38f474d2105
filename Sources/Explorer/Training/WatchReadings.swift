/// What the model would say after the fixed prompt, by number of iterations, now and before.
enum WatchReadings {
  /// Numbers of iterations with a row.
  static let readouts = [1, 2, 4, 8, 16, 32]

  static let pane = WatchPane(
    title: { state, width in
      let prompt = Printable.clip(
        state.facts.prompt, max(4, width - 16), ellipsis: state.glyphs.ellipsis)
      return "next after \(prompt)"
    },
    legend: { state, _ in
      state.facts.answer.map { [("is \($0)", .good)] } ?? []
    },
    render: { state, screen, rect in
      guard let paths = state.paths, !paths.paths.isEmpty else {
        WatchPane.drawEmpty(state, &screen, rect, "comes with the first look")
        return
      }
      draw(state, paths.paths, &screen, rect)
    })

  private static let labelWidth = 6
  private static let cellWidth = 9

  private static func draw(
    _ state: WatchState, _ paths: [TrainingPaths.Path], _ screen: inout Screen, _ rect: Rect
  ) {
    let columns = max(1, min(paths.count, (rect.width - labelWidth) / cellWidth))
    let answer = state.facts.answer?.first.map(String.init)
    for (column, path) in paths.suffix(columns).enumerated() {
      let isNow = column == columns - 1
      let x = rect.x + labelWidth + column * cellWidth
      let room = rect.maxX - x
      let title = isNow ? "now" : "\(path.step)"
      screen.put(title, x: x, y: rect.y, style: isNow ? .cursor : .dim, width: room)
      for (row, readout) in readouts.enumerated() where row + 1 < rect.height {
        let y = rect.y + 1 + row
        if column == 0 { screen.put("r \(readout)", x: rect.x + 1, y: y, style: .dim) }
        guard readout < path.readings.count else { continue }
        let reading = path.readings[readout]
        let text = Printable.clip(visible(reading.text, state), 3)
        let style: Style =
          answer == nil ? .text : reading.text == answer ? .good : .warning
        let end = screen.put(text, x: x, y: y, style: isNow ? style.bold() : style, width: room)
        screen.put(
          " " + Numbers.probability(Float(reading.probability)), x: end, y: y,
          style: isNow ? .text : .dim, width: max(0, rect.maxX - end))
      }
    }
  }

  private static func visible(_ text: String, _ state: WatchState) -> String {
    text == " " ? state.glyphs.space : text == "\n" ? state.glyphs.lineEnd : text
  }
}
