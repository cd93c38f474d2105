import Trajectories

/// A token being chosen out of the whole vocabulary for a place in the text.
struct TokenChooser: Sendable, Hashable {
  /// Of the text that is looked at.
  let position: Int
  /// What stands there.
  let old: Token
  /// What the model says there, likeliest first: listed first while nothing is typed.
  let said: [Candidate]
  private(set) var editor = LineEditor()
  /// The best of those that fit what is typed.
  private(set) var ids: [Int] = []
  /// How many fit.
  private(set) var count = 0
  private(set) var selected = 0

  /// As many are listed as anybody would move through.
  static let most = 400

  init(position: Int, old: Token, said: [Candidate], in vocabulary: Vocabulary) {
    self.position = position
    self.old = old
    self.said = said
    search(vocabulary)
  }

  /// The one that enter takes; nil where none fits.
  var chosen: Int? { ids.indices.contains(selected) ? ids[selected] : nil }

  mutating func select(_ row: Int) { selected = min(max(0, row), max(0, ids.count - 1)) }

  /// Answers an editing key; false for one that means nothing here.
  mutating func press(_ key: Key, in vocabulary: Vocabulary) -> Bool {
    let before = editor.text
    guard editor.press(key) else { return false }
    if editor.text != before { search(vocabulary) }
    return true
  }

  private mutating func search(_ vocabulary: Vocabulary) {
    selected = 0
    let (best, count) = vocabulary.search.matches(editor.text, most: Self.most)
    self.count = count
    ids = best.map(\.id)
    guard editor.text.isEmpty else { return }
    let first = said.map(\.id).filter { $0 != old.id }
    ids = Array((first + ids.filter { !first.contains($0) }).prefix(Self.most))
  }
}

extension TokenChooser {
  /// Opens the list for a token of the text.
  static func open(_ position: Int, _ state: inout ExplorerState) {
    guard let vocabulary = state.vocabulary, let branch = state.branch else { return }
    // What comes at a place is said at the one before.
    let before = branch.passages[branch.passage(of: position - 1)]
    let said = branch.reading(Address(token: position - 1, iteration: before.iterations))
    let chooser = TokenChooser(
      position: position, old: branch.token(position),
      said: said.map { Array($0.top.prefix(16)) } ?? [],
      in: vocabulary)
    state.mode = .choosing(chooser)
  }
}

/// What the mouse does meanwhile: a click selects, another on the same takes it.
func pointChooser(
  _ mouse: MouseEvent, _ chooser: TokenChooser, _ state: inout ExplorerState
) -> [Effect] {
  var chooser = chooser
  switch mouse.action {
  case .wheelUp: chooser.select(chooser.selected - 3)
  case .wheelDown: chooser.select(chooser.selected + 3)
  case .drag: return []
  case .press:
    let area = TokenChooserList.area(state)
    let row = TokenChooserList.first(chooser, state) + mouse.at.y - area.y
    guard area.contains(mouse.at), chooser.ids.indices.contains(row) else { return [] }
    if row == chooser.selected { return pressChooser(.enter, chooser, &state) }
    chooser.select(row)
  }
  state.mode = .choosing(chooser)
  return []
}

/// What a key means while a token is chosen.
func pressChooser(
  _ key: Key, _ chooser: TokenChooser, _ state: inout ExplorerState
) -> [Effect] {
  guard let vocabulary = state.vocabulary else {
    state.mode = .normal
    return []
  }
  var chooser = chooser
  let page = max(1, TokenChooserList.rows(state) - 1)
  if key == .backspace, chooser.editor.text.isEmpty {
    state.mode = .normal
    return []
  }
  switch ModeKey.choosing.act(key) {
  case .down: chooser.select(chooser.selected + 1)
  case .up: chooser.select(chooser.selected - 1)
  case .pageDown: chooser.select(chooser.selected + page)
  case .pageUp: chooser.select(chooser.selected - page)
  case .leave:
    state.mode = .normal
    state.say("token \(chooser.position) stays '\(state.visible(chooser.old.text))'")
    return []
  case .take:
    guard let id = chooser.chosen else {
      state.complain("no token fits '\(chooser.editor.text)'; esc leaves the text as it is")
      return []
    }
    return invoke(Invocation("token", "\(chooser.position) #\(id)"), &state)
  default:
    if !chooser.press(key, in: vocabulary) {
      state.say("type a text or an id; " + ModeKey.choosing.words(state.glyphs))
    }
  }
  state.mode = .choosing(chooser)
  return []
}
