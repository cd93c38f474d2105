/// A line of text being edited, with history.
struct LineEditor: Sendable, Hashable {
  private(set) var characters: [Character] = []
  /// Characters before the caret.
  private(set) var caret = 0
  private(set) var history: [String] = []
  private var historyPlace: Int?
  private var draft = ""

  init(_ text: String = "", history: [String] = []) {
    self.history = history
    set(text)
  }

  var text: String { String(characters) }
  /// Whether a line of the history is looked at.
  var isRecalling: Bool { historyPlace != nil }
  var beforeCaret: String { String(characters[..<caret]) }
  var afterCaret: String { String(characters[caret...]) }

  mutating func set(_ text: String) {
    characters = Array(text)
    caret = characters.count
  }

  /// Puts the caret before a character, counted from 0.
  mutating func place(caret: Int) { self.caret = min(max(0, caret), characters.count) }

  /// Inserts at the caret. A mark that combines joins the character before it.
  mutating func insert(_ text: String) {
    let before = beforeCaret + text
    let after = afterCaret
    characters = Array(before + after)
    caret = min(before.count, characters.count)
  }

  /// Answers an editing key; false for one that means nothing here.
  mutating func press(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .paste(let text): insert(text)
    case .left, .control("b"): caret = max(0, caret - 1)
    case .right, .control("f"): caret = min(characters.count, caret + 1)
    case .home, .control("a"): caret = 0
    case .end, .control("e"): caret = characters.count
    case .backspace, .control("h"): erase(max(0, caret - 1)..<caret)
    case .delete, .control("d"): erase(caret..<min(characters.count, caret + 1))
    case .control("k"): erase(caret..<characters.count)
    case .control("u"): erase(0..<caret)
    case .control("w"): erase(startOfWord()..<caret)
    case .up, .control("p"): recall(older: true)
    case .down, .control("n"): recall(older: false)
    default: return false
    }
    return true
  }

  /// Keeps the line in the history.
  mutating func remember() {
    guard !characters.isEmpty, history.last != text else { return }
    history.append(text)
    if history.count > 200 { history.removeFirst() }
  }

  private mutating func erase(_ range: Range<Int>) {
    characters.removeSubrange(range)
    caret = min(range.lowerBound, characters.count)
  }

  private func startOfWord() -> Int {
    var place = caret
    while place > 0, characters[place - 1].isWhitespace { place -= 1 }
    while place > 0, !characters[place - 1].isWhitespace { place -= 1 }
    return place
  }

  private mutating func recall(older: Bool) {
    if historyPlace == nil {
      guard older, !history.isEmpty else { return }
      draft = text
    }
    let next = (historyPlace ?? history.count) + (older ? -1 : 1)
    if next >= history.count {
      historyPlace = nil
      set(draft)
    } else if next >= 0 {
      historyPlace = next
      set(history[next])
    }
  }
}
