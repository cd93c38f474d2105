/// What each key does here, over the lower part of the picture: while a count waits for its key, what takes
/// one; else the keys of the pane one is in, then those that mean the same everywhere.
struct WhichKeyList {
  private struct Entry {
    let key: Key
    let label: String
    let words: String
    let isAvailable: Bool
  }

  private let entries: [Entry]
  private let heading: String
  private let rect: Rect
  private let columns: Int
  private let rows: Int
  private let ellipsis: String

  /// nil where it is not open, or there is no room for it.
  init?(_ state: ExplorerState) {
    guard state.whichKey.isOpen, case .normal = state.mode, !Layout(state).isOneLine else {
      return nil
    }
    ellipsis = state.glyphs.ellipsis
    let pane = state.zoom ?? state.focus
    let count = state.pendingCount
    let ascii = state.glyphs.isASCII
    var found: [Entry] = []
    for command in Self.commands(in: pane, isZoomed: state.zoom != nil, state) {
      guard let key = command.keys.first else { continue }
      let counted = command.parameters.first(where: \.takesCount)
      guard count == nil || counted != nil else { continue }
      let words = count.flatMap { _ in counted.map { "\(command.title): \($0.doc)" } }
      found.append(
        Entry(
          key: key, label: key.label(ascii: ascii),
          words: state.glyphs.plain(words ?? command.title),
          isAvailable: command.reason(state) == nil))
    }
    heading =
      count.map { "\($0) then" } ?? "keys here: " + Pane.of(pane).about.title
    let width = state.size.width
    let wanted = count == nil ? 20 : 38
    columns = max(1, (width - 1) / wanted)
    let room = max(1, min(state.size.height - 4, state.size.height * 2 / 3))
    rows = min(room, (found.count + columns - 1) / columns)
    entries = Array(found.prefix(rows * columns))
    rect = Rect(x: 0, y: state.size.height - 2 - rows, width: width, height: rows + 1)
    guard rows > 0 else { return nil }
  }

  /// Commands that have a key in a pane, its own first, then those of the footer, then all others.
  static func commands(
    in pane: PaneName, isZoomed: Bool, _ state: ExplorerState
  ) -> [Command] {
    let reached = Command.all.filter { command in
      guard let key = command.keys.first, state.ownKeys[key] == nil else { return false }
      return Command.bound(to: key, in: pane, isZoomed: isZoomed)?.name == command.name
    }
    let own = reached.filter { $0.only == pane }
    let near = reached.filter { $0.only == nil && $0.panes.contains(pane) }
    let others = reached.filter { $0.only == nil && !$0.panes.contains(pane) }
    let listed = others.filter { $0.footerRank != nil }
      .sorted { ($0.footerRank ?? 0) < ($1.footerRank ?? 0) }
    return own + near + listed + others.filter { $0.footerRank == nil }
  }

  /// Where an entry stands: they go down, then to the next column.
  private func place(_ index: Int) -> Point {
    let width = (rect.width - 1) / columns
    return Point(x: rect.x + 1 + index / rows * width, y: rect.y + 1 + index % rows)
  }

  /// The key that is listed at a point.
  func key(at point: Point) -> Key? {
    let width = (rect.width - 1) / columns
    return entries.indices.first { index in
      let place = place(index)
      return point.y == place.y && point.x >= place.x && point.x < place.x + width - 1
    }.map { entries[$0].key }
  }

  func draw(on screen: inout Screen) {
    screen.fill(rect, " ", style: Style.text.on(.bar))
    screen.put(heading, x: rect.x + 1, y: rect.y, style: Style.title.on(.bar))
    screen.putRight("esc closes", end: rect.maxX - 1, y: rect.y, style: Style.dim.on(.bar))
    let width = (rect.width - 1) / columns
    for (index, entry) in entries.enumerated() {
      let place = place(index)
      let label = Printable.padded(entry.label, max(2, Printable.width(entry.label)))
      let x = screen.put(
        label, x: place.x, y: place.y,
        style: (entry.isAvailable ? Style.key : .dim).on(.bar), width: width - 1)
      screen.put(
        Printable.clip(entry.words, max(0, place.x + width - 2 - x), ellipsis: ellipsis), x: x + 1,
        y: place.y,
        style: (entry.isAvailable ? Style.text : .dim).on(.bar))
    }
  }
}
