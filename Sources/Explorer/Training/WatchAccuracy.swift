/// Accuracy of each task at its limit, by number of iterations.
enum WatchAccuracy {
  static let pane = WatchPane(
    title: { state, width in
      guard state.accuracy != nil else { return "accuracy" }
      let long = "accuracy at the limit by r"
      return "\(width >= 50 ? long : "accuracy") \(state.glyphs.dot) step \(state.accuracyStep)"
    },
    legend: { state, width in
      guard width >= 56, let accuracy = state.accuracy else { return [] }
      return [("\(accuracy.problems) problems each", .dim)]
    },
    render: { state, screen, rect in
      guard !state.limits.isEmpty else {
        WatchPane.drawEmpty(
          state, &screen, rect,
          state.records.isEmpty ? "comes with the first record" : "no tasks: a text is learned")
        return
      }
      draw(state, &screen, rect)
    })

  private static let cellWidth = 5

  /// The limit that the shares were measured at, and the one that has been reached since.
  private static func label(_ name: String, _ state: WatchState) -> String {
    let now = state.limits[name] ?? 0
    guard let measured = state.accuracy?.limits[name], measured != now else { return "\(now)" }
    return "\(measured)\(state.glyphs.arrow)\(now)"
  }

  private static func draw(_ state: WatchState, _ screen: inout Screen, _ rect: Rect) {
    let names = state.limits.keys.sorted()
    let readouts = state.accuracy?.readouts ?? []
    let nameWidth = (names.map { Printable.width($0) }.max() ?? 0) + 1
    let units = names.map { name in
      let unit = state.facts.units[name].map { " \($0)" } ?? ""
      let label = label(name, state)
      return (short: label, long: label + unit)
    }
    let room = rect.width - 1 - nameWidth - cellWidth * max(1, readouts.count)
    let longest = units.map { Printable.width($0.long) }.max() ?? 0
    let isLong = longest < room
    let limitWidth = (isLong ? max(5, longest) : 5) + 1
    let first = rect.x + 1 + nameWidth + limitWidth
    screen.put("task", x: rect.x + 1, y: rect.y, style: .dim, width: rect.width - 1)
    screen.put("limit", x: rect.x + 1 + nameWidth, y: rect.y, style: .dim)
    for (column, readout) in readouts.enumerated() {
      let end = first + (column + 1) * cellWidth - 1
      if end <= rect.maxX { screen.putRight("r \(readout)", end: end, y: rect.y, style: .dim) }
    }
    let rows = max(0, rect.height - 1)
    let shown = names.count > rows ? max(0, rows - 1) : names.count
    for row in 0..<shown {
      let y = rect.y + 1 + row
      screen.put(names[row], x: rect.x + 1, y: y, width: rect.width - 1)
      screen.put(
        isLong ? units[row].long : units[row].short, x: rect.x + 1 + nameWidth, y: y,
        style: .accent, width: max(0, rect.maxX - rect.x - 1 - nameWidth))
      let shares = state.accuracy?.shares[names[row]]
      for column in readouts.indices {
        let x = first + column * cellWidth
        guard x + cellWidth - 1 <= rect.maxX else { break }
        guard let shares, column < shares.count, shares[column].isFinite else {
          screen.putRight(state.glyphs.ellipsis, end: x + cellWidth - 1, y: y, style: .dim)
          continue
        }
        let text = Numbers.fixed(shares[column], 2)
        screen.put(" " + text.suffix(4), x: x, y: y, style: .onRamp(shares[column]))
      }
    }
    if shown < names.count, rows > 0 {
      screen.put(
        "\(names.count - shown) more", x: rect.x + 1, y: rect.maxY - 1, style: .dim,
        width: rect.width - 1)
    }
    if state.accuracy == nil, readouts.isEmpty, rect.width > 34 {
      screen.putRight("measured now and then", end: rect.maxX - 1, y: rect.y, style: .dim)
    }
  }
}

extension WatchState {
  /// Rows the table of accuracy can use.
  var accuracyRows: Int { limits.count + 1 }
}
