/// The list of prompts worth a look, with what to look for in the selected one.
enum GalleryList {
  static func draw(_ gallery: GalleryState, _ state: ExplorerState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    screen.fill(rect)
    _ = Frame.rule.draw(
      on: &screen, rect, title: gallery.title, legend: [], isFocused: true, glyphs: state.glyphs)
    let entries = gallery.entries(state)
    guard entries.indices.contains(gallery.selected) else { return }
    let (list, below, words) = places(gallery, state)
    let first = first(gallery, list, state)
    for (row, entry) in entries.dropFirst(first).prefix(list.height).enumerated() {
      drawEntry(
        entry, isSelected: first + row == gallery.selected, state,
        Rect(x: list.x, y: list.y + row, width: list.width, height: 1), on: &screen)
    }
    for (row, line) in words.prefix(max(0, below.height - 1)).enumerated() {
      screen.put(line, x: below.x + 1, y: below.y + 1 + row, style: .accent, width: below.width - 1)
    }
  }

  /// Where the prompts stand, and below them what to look for in the selected one.
  private static func places(
    _ gallery: GalleryState, _ state: ExplorerState
  ) -> (list: Rect, below: Rect, words: [String]) {
    // Below the title, above the keys.
    let inner = Rect(state.size).inset(top: 2, bottom: 1)
    let entries = gallery.entries(state)
    let look = entries.indices.contains(gallery.selected) ? entries[gallery.selected].look : ""
    let words = Printable.wrapped(state.glyphs.plain(look), max(8, inner.width - 2))
    let foot = min(words.count + 1, max(0, inner.height - 1))
    let (list, below) = inner.splitTop(inner.height - foot)
    return (list, below, words)
  }

  /// The first prompt in sight: the selected one is kept in the middle of a long list.
  private static func first(_ gallery: GalleryState, _ list: Rect, _ state: ExplorerState) -> Int {
    min(
      max(0, gallery.entries(state).count - list.height), max(0, gallery.selected - list.height / 2)
    )
  }

  /// The prompt at a point, by number.
  static func row(at point: Point, _ gallery: GalleryState, _ state: ExplorerState) -> Int? {
    let list = places(gallery, state).list
    let row = first(gallery, list, state) + point.y - list.y
    return list.contains(point) && gallery.entries(state).indices.contains(row)
      ? row : nil
  }

  private static func drawEntry(
    _ entry: GalleryEntry, isSelected: Bool, _ state: ExplorerState, _ rect: Rect,
    on screen: inout Screen
  ) {
    let ellipsis = state.glyphs.ellipsis
    if isSelected { screen.put(state.glyphs.pointer, x: rect.x, y: rect.y, style: .cursor) }
    let task = entry.task.map { name in
      name + (entry.difficulty.map { " \($0)" } ?? "")
    }
    let taskWidth = rect.width >= 40 ? 11 : 0
    if taskWidth > 0 {
      screen.put(
        Printable.clip(task ?? "text", taskWidth - 1, ellipsis: ellipsis), x: rect.x + 2, y: rect.y,
        style: .dim)
    }
    let x = rect.x + 2 + taskWidth
    let promptWidth = rect.width >= 100 ? 44 : rect.maxX - x
    screen.put(
      Printable.padded(entry.prompt, promptWidth, ellipsis: ellipsis), x: x, y: rect.y,
      style: isSelected ? Style.cursor : .text, width: max(0, rect.maxX - x))
    guard rect.width >= 100 else { return }
    let room = rect.maxX - x - promptWidth - 1
    screen.put(
      Printable.clip(state.glyphs.plain(entry.look), room, ellipsis: ellipsis),
      x: x + promptWidth + 1, y: rect.y, style: .dim)
  }
}
