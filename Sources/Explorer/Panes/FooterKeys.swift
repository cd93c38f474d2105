/// The keys the footer lists in the mode we are in, and where: they are drawn and clicked alike.
struct FooterKeys {
  struct Entry {
    /// nil for a command that has none.
    let key: Key?
    let label: String
    let title: String
    let isAvailable: Bool
    fileprivate(set) var x: Int

    /// What it does, with the blank before it.
    var words: String { title.isEmpty ? "" : " " + title }
    var width: Int { Printable.width(label) + Printable.width(words) + 2 }
  }

  private(set) var entries: [Entry] = []
  /// The column before which messages have room.
  private(set) var end: Int
  /// The first column behind them.
  private(set) var last = 1

  init(_ state: ExplorerState) {
    end = state.size.width
    let keys = state.mode.keys
    if let keys, let line = state.mode.line {
      add(keys, besides: Footer.label(line, state) + line.editor.text, state)
    } else if let keys {
      addAll(keys, state)
    } else {
      addCommands(state)
    }
  }

  private mutating func addAll(_ keys: [ModeKey], _ state: ExplorerState) {
    guard state.message == nil else { return }
    for mode in keys {
      let entry = Self.entry(mode, state, x: last)
      guard last + entry.width <= end + 2 else { continue }
      entries.append(entry)
      last += entry.width
    }
  }

  /// At the right of a line that is typed, as many as it leaves room for.
  private mutating func add(_ keys: [ModeKey], besides text: String, _ state: ExplorerState) {
    let room = end - Footer.width(ofTyped: text, state.glyphs) - 3
    var used = -2
    let shown = keys.prefix { mode in
      used += Self.entry(mode, state, x: 0).width
      return used <= room
    }
    var x = end + 1 - shown.reduce(0) { $0 + Self.entry($1, state, x: 0).width }
    for mode in shown {
      entries.append(Self.entry(mode, state, x: x))
      x += entries[entries.count - 1].width
    }
  }

  private static func entry(_ mode: ModeKey, _ state: ExplorerState, x: Int) -> Entry {
    let (label, title) = mode.words(state.glyphs)
    return Entry(key: mode.keys[0], label: label, title: title, isAvailable: true, x: x)
  }

  private static func entry(_ command: Command, _ state: ExplorerState, x: Int) -> Entry {
    Entry(
      key: command.keys.first, label: command.keys.first?.label(ascii: state.glyphs.isASCII) ?? "",
      title: command.title, isAvailable: command.reason(state) == nil, x: x)
  }

  /// How one gets back from what fills the screen; nil where nothing does, or the key sends something else
  /// away first, which says so itself.
  private static func wayBack(_ state: ExplorerState) -> Entry? {
    guard let zoom = state.zoom, state.strip == nil, state.message == nil,
      state.pendingCount == nil,
      state.ownKeys[.escape] == nil, OccasionKey.invocation(.escape, state) == nil,
      let back = Command.bound(to: .escape, in: zoom, isZoomed: true)
    else { return nil }
    // What is being filled is stopped first.
    let stops = zoom == .fan ? state.isFillingFan : zoom == .causes && state.isFillingMap
    return Entry(
      key: .escape, label: Key.escape.label(ascii: state.glyphs.isASCII),
      title: stops || back.only == nil ? back.title : "back",
      isAvailable: true, x: 0)
  }

  private mutating func addCommands(_ state: ExplorerState) {
    // Help and quit stand at the right, whatever else the line has to say, and the way back.
    if state.size.width >= 30 || state.message == nil {
      let fixed =
        (Self.wayBack(state).map { [$0] } ?? [])
        + Command.all.filter(\.isAlwaysInFooter).map { Self.entry($0, state, x: 0) }
      end = state.size.width + 1 - fixed.reduce(0) { $0 + $1.width }
      var x = end
      for var entry in fixed {
        entry.x = x
        entries.append(entry)
        x += entry.width
      }
    }
    guard state.message == nil else { return }
    if let count = state.pendingCount { last += "\(count) then a key   ".count }
    let occasion = OccasionKey.all(state)
    for own in occasion {
      let entry = Entry(
        key: own.key, label: own.key.label(ascii: state.glyphs.isASCII), title: own.title,
        isAvailable: true, x: last)
      guard last + entry.width <= end else { continue }
      entries.append(entry)
      last += entry.width
    }
    if state.presenting != nil, state.zoom == nil {
      for name in ["play", "step-back", "step-forward", "first", "slower", "faster"] {
        guard let command = Command.named(name),
          !occasion.contains(where: { $0.key == command.keys.first })
        else { continue }
        let entry = Self.entry(command, state, x: last)
        guard last + entry.width <= end else { continue }
        entries.append(entry)
        last += entry.width
      }
      return
    }
    // What fills the screen has keys of its own; they come first.
    let alone: Set<PaneName> = [
      .runs, .variants, .inside, .causes, .fan, .exits, .motion, .contraction,
    ]
    let isOwn = state.zoom.map { alone.contains($0) } ?? false
    let pane = isOwn ? state.zoom ?? state.focus : state.focus
    let own = Command.all.filter { command in
      command.panes.contains(pane) && !command.keys.prefix(1).contains { state.ownKeys[$0] != nil }
    }
    let general = Command.all.filter {
      $0.footerRank != nil && !$0.panes.contains(pane) && !$0.isAlwaysInFooter
        && Self.isReached($0, in: pane, state)
    }
    .sorted { ($0.footerRank ?? 0) < ($1.footerRank ?? 0) }
    let first = isOwn ? 0 : state.isComparing ? 3 : 5
    let told = Set(occasion.map(\.key) + entries.compactMap(\.key))
    for command in general.prefix(first) + own + general.dropFirst(first)
    where !command.keys.prefix(1).contains(where: told.contains) {
      let entry = Self.entry(command, state, x: last)
      guard last + entry.width <= end else { continue }
      entries.append(entry)
      last += entry.width
    }
  }

  /// Whether its first key means it here; a pane may have another use for it.
  private static func isReached(
    _ command: Command, in pane: PaneName, _ state: ExplorerState
  ) -> Bool {
    guard let key = command.keys.first, state.ownKeys[key] == nil else { return false }
    return Command.bound(to: key, in: pane, isZoomed: state.zoom != nil)?.name == command.name
  }

  func draw(_ y: Int, on screen: inout Screen) {
    for entry in entries {
      let x = screen.put(entry.label, x: entry.x, y: y, style: entry.isAvailable ? .key : .dim)
      screen.put("\(entry.words)  ", x: x, y: y, style: .dim)
    }
  }
}

extension Footer {
  /// The key that is listed at a point.
  static func key(at point: Point, _ state: ExplorerState) -> Key? {
    guard point.y == state.size.height - 1, !Layout(state).isOneLine else { return nil }
    return FooterKeys(state).entries.first {
      point.x >= $0.x && point.x < $0.x + $0.width - 2
    }?.key
  }
}
