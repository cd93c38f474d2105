/// The strip between panes and scrub bar.
enum StripView {
  /// The words in lines, as many as there is room for.
  private static func lines(_ strip: Strip, _ state: ExplorerState) -> [String] {
    let size = state.size
    var most = size.height >= 40 ? 4 : size.height >= 20 ? 3 : size.height >= 10 ? 2 : 1
    if strip.head != nil { most += size.height >= 24 ? 1 : 0 }
    let text = strip.kind == .failure ? "that could not be done: \(strip.text)" : strip.text
    // Below a head the mark that sends it away is in nobody's way.
    let width = max(8, size.width - 2 - (strip.head == nil ? closeWidth : 0))
    let head = strip.head.map {
      [Printable.clip($0, max(8, size.width - 2 - closeWidth), ellipsis: state.glyphs.ellipsis)]
    }
    let lines = (head ?? []) + Printable.wrapped(state.glyphs.plain(text), width)
    guard lines.count > most else { return lines }
    let last = lines[most - 1]
    let room = max(1, width - 2)
    return lines.prefix(most - 1) + [Printable.prefix(last, room) + state.glyphs.ellipsis]
  }

  /// Whether there is room for all that is said.
  static func isWhole(_ state: ExplorerState) -> Bool {
    guard let strip = state.strip else { return true }
    var high = state
    high.size.height = 1000
    return lines(strip, state) == lines(strip, high)
  }

  /// ` esc x `
  private static let closeWidth = 7

  /// Rows it takes of a picture with panes; 0 where nothing is to be said.
  static func rows(_ state: ExplorerState) -> Int {
    state.strip.map { lines($0, state).count } ?? 0
  }

  /// The mark that sends it away.
  static func close(_ rect: Rect) -> Rect {
    Rect(x: rect.maxX - closeWidth, y: rect.y, width: closeWidth, height: 1)
  }

  static func draw(_ state: ExplorerState, on screen: inout Screen, _ rect: Rect) {
    guard let strip = state.strip else { return }
    let style: Style = strip.kind == .failure ? Style.warning.on(.bar) : Style.accent.on(.bar)
    screen.fill(rect, " ", style: style)
    for (row, line) in lines(strip, state).prefix(rect.height).enumerated() {
      let isHead = row == 0 && strip.head != nil
      screen.put(
        line, x: rect.x + 1, y: rect.y + row,
        style: strip.head == nil ? style : isHead ? style.bold() : Style.text.on(.bar),
        width: rect.width - 1)
    }
    let close = close(rect)
    let x = screen.put(" esc", x: close.x, y: close.y, style: Style.key.on(.bar))
    screen.put(" \(state.glyphs.times)", x: x, y: close.y, style: Style.key.on(.bar))
  }
}
