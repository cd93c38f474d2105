/// What keys do in a list over the whole screen and in a line that is typed, stated once: the footer shows
/// it, and what answers the keys reads it.
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
    /// Leaves, and keeps nothing of what was typed.
    case drop
    case newLine
    case complete
    /// Looks in what was typed before: the editor of the line does that itself.
    case history
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

  static let about: [ModeKey] =
    moves + [
      ModeKey(
        act: .leave,
        keys: [.escape, .function(1), .character("q"), .enter, .control("c")], title: "back"),
      ModeKey(act: .filter, keys: [.character("?")], title: "all keys"),
    ]

  /// While a prompt is typed.
  static let prompt: [ModeKey] = [
    ModeKey(act: .take, keys: [.enter], title: "asks"),
    ModeKey(act: .leave, keys: [.escape], title: "keeps it for later"),
    ModeKey(act: .newLine, keys: [.control("j"), .alt(.enter)], title: "new line"),
    ModeKey(act: .history, keys: [.control("r")], title: "history"),
    ModeKey(act: .drop, keys: [.control("c")], title: "drops it"),
  ]

  /// While a command is typed.
  static let command: [ModeKey] = [
    ModeKey(act: .take, keys: [.enter], title: "runs"),
    ModeKey(act: .complete, keys: [.tab], title: "completes"),
    ModeKey(act: .leave, keys: [.escape], title: "keeps it for later"),
    ModeKey(act: .down, keys: [.down, .control("n")], title: "chooses"),
    ModeKey(act: .up, keys: [.up, .control("p")], title: "before"),
    ModeKey(act: .pageDown, keys: [.pageDown], title: "page"),
    ModeKey(act: .pageUp, keys: [.pageUp], title: "page up"),
    ModeKey(act: .history, keys: [.control("r")], title: "history"),
    ModeKey(act: .drop, keys: [.control("c")], title: "drops it"),
  ]

  /// While a token is chosen.
  static let choosing: [ModeKey] = [
    ModeKey(act: .take, keys: [.enter], title: "takes it"),
    ModeKey(act: .leave, keys: [.escape, .control("c")], title: "leaves"),
    ModeKey(act: .down, keys: [.down, .control("n"), .tab], title: "down"),
    ModeKey(act: .up, keys: [.up, .control("p"), .backTab], title: "up"),
    ModeKey(act: .pageDown, keys: [.pageDown], title: "page"),
    ModeKey(act: .pageUp, keys: [.pageUp], title: "page up"),
  ]

  /// While a line is looked for among those typed before.
  static let search: [ModeKey] = [
    ModeKey(act: .history, keys: [.control("r")], title: "older"),
    ModeKey(act: .take, keys: [.enter], title: "takes it"),
    ModeKey(act: .leave, keys: [.escape, .control("c"), .control("g")], title: "goes back"),
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

extension ModeKey {
  /// Its key and what it does, as a footer lists it: a key that is called what it does is said once.
  func words(_ glyphs: Glyphs) -> (label: String, title: String) {
    let label = keys[0].label(ascii: glyphs.isASCII)
    return (label, label == title ? "" : title)
  }
}

extension Mode {
  /// The keys that mean something of their own in it; nil where the panes' keys do.
  var keys: [ModeKey]? {
    switch self {
    case .help(let help): help.isFiltering ? ModeKey.filter : ModeKey.help
    case .gallery(let gallery):
      gallery.list == .prompts ? ModeKey.gallery : ModeKey.tours
    case .messages: ModeKey.messages
    case .about: ModeKey.about
    case .prompt(let editor): editor.search == nil ? ModeKey.prompt : ModeKey.search
    case .command(let editor): editor.search == nil ? ModeKey.command : ModeKey.search
    case .choosing: ModeKey.choosing
    case .normal: nil
    }
  }

  /// The line that is typed at the foot of the screen, and what stands before it.
  var line: (label: String, editor: LineEditor)? {
    switch self {
    case .prompt(let editor): ("prompt> ", editor)
    case .command(let editor): (":", editor)
    case .choosing(let chooser): ("token> ", chooser.editor)
    case .normal, .help, .gallery, .messages, .about: nil
    }
  }
}

extension [ModeKey] {
  /// What a key does there; nil for one that does nothing.
  func act(_ key: Key) -> ModeKey.Act? { first { $0.keys.contains(key) }?.act }

  /// What to say of a key that does nothing.
  func words(_ glyphs: Glyphs) -> String {
    map { key in
      let (label, title) = key.words(glyphs)
      return title.isEmpty ? label : "\(label) \(title)"
    }.joined(separator: ", ")
  }
}
