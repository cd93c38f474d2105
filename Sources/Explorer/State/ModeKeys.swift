/// What keys do in a list over the whole screen, stated once: the footer shows it, and what answers the
/// keys reads it.
struct ModeKey: Sendable {
  enum Act: Sendable {
    case down
    case up
    case pageDown
    case pageUp
    case first
    case last
    case take
    case filter
    case leave
  }

  let act: Act
  let keys: [Key]
  /// A word or two for the footer.
  let title: String

  static let help: [ModeKey] =
    moves + [
      ModeKey(act: .filter, keys: [.character("/")], title: "filter"),
      ModeKey(
        act: .leave,
        keys: [.escape, .character("q"), .character("?"), .function(1), .enter, .control("c")],
        title: "close"),
    ]

  /// While a filter is typed.
  static let filter: [ModeKey] = [
    ModeKey(act: .take, keys: [.enter], title: "keep the filter"),
    ModeKey(act: .leave, keys: [.escape, .control("c")], title: "all again"),
  ]

  static let messages: [ModeKey] =
    moves + [
      ModeKey(
        act: .leave, keys: [.escape, .character("q"), .enter, .control("c")], title: "close")
    ]

  static let gallery: [ModeKey] =
    [ModeKey(act: .take, keys: [.enter], title: "ask it")] + moves + [
      ModeKey(
        act: .leave, keys: [.escape, .character("q"), .character("G"), .control("c")],
        title: "back to the run")
    ]

  static let tours: [ModeKey] =
    [ModeKey(act: .take, keys: [.enter], title: "begin it")] + moves + [
      ModeKey(
        act: .leave, keys: [.escape, .character("q"), .character("T"), .control("c")],
        title: "back to the run")
    ]

  private static let moves = [
    ModeKey(act: .down, keys: [.down, .character("j")], title: "down"),
    ModeKey(act: .up, keys: [.up, .character("k")], title: "up"),
    ModeKey(act: .pageDown, keys: [.character(" "), .pageDown], title: "page"),
    ModeKey(act: .pageUp, keys: [.pageUp], title: "page up"),
    ModeKey(act: .first, keys: [.character("0"), .home], title: "first"),
    ModeKey(act: .last, keys: [.character("$"), .end], title: "last"),
  ]
}

extension Mode {
  /// The keys of a list over the whole screen; nil in all other modes.
  var listKeys: [ModeKey]? {
    switch self {
    case .help(let help): help.isFiltering ? ModeKey.filter : ModeKey.help
    case .gallery(let gallery):
      gallery.list == .prompts ? ModeKey.gallery : ModeKey.tours
    case .messages: ModeKey.messages
    case .normal, .prompt, .command, .choosing: nil
    }
  }
}

extension [ModeKey] {
  /// What a key does there; nil for one that does nothing.
  func act(_ key: Key) -> ModeKey.Act? { first { $0.keys.contains(key) }?.act }

  /// What to say of a key that does nothing.
  func words(_ glyphs: Glyphs) -> String {
    map { "\($0.keys[0].label(ascii: glyphs.isASCII)) \($0.title)" }.joined(separator: ", ")
  }
}
