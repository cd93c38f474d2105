/// A line of text being edited, with history.
struct LineEditor: Sendable, Hashable {
  private(set) var characters: [Character] = []
  /// Characters before the caret.
  private(set) var caret = 0
  /// Oldest first.
  private(set) var history: [String] = []
  /// What is looked for in the history; nil while nothing is.
  private(set) var search: HistorySearch?
  private var historyPlace: Int?
  private var draft = ""
  /// What was cut out last.
  private var cut = ""

  init(_ text: String = "", history: [String] = []) {
    self.history = history
    set(text)
  }

  /// A line that was begun and left; the history is that of now.
  init(goingOnWith draft: LineEditor, history: [String]) {
    self.init(draft.text, history: history)
    place(caret: draft.caret)
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
    if search != nil {
      if pressSearch(key) { return true }
      // What the search does not know takes what was found, and does there what it does.
      search = nil
      if key == .enter { return true }
    }
    switch key {
    case .character(let character): insert(String(character))
    case .paste(let text): insert(text)
    case .left, .control("b"): caret = max(0, caret - 1)
    case .right, .control("f"): caret = min(characters.count, caret + 1)
    case .alt(.character("b")), .alt(.left): caret = startOfWord(where: isInWord)
    case .alt(.character("f")), .alt(.right): caret = endOfWord()
    case .home, .control("a"): caret = 0
    case .end, .control("e"): caret = characters.count
    case .backspace, .control("h"): erase(max(0, caret - 1)..<caret, isKept: false)
    case .delete, .control("d"):
      erase(caret..<min(characters.count, caret + 1), isKept: false)
    case .control("k"): erase(caret..<characters.count)
    case .control("u"): erase(0..<caret)
    case .control("w"): erase(startOfWord { !$0.isWhitespace }..<caret)
    case .alt(.backspace), .alt(.control("h")): erase(startOfWord(where: isInWord)..<caret)
    case .alt(.character("d")), .alt(.delete): erase(caret..<endOfWord())
    case .control("y"): insert(cut)
    case .up, .control("p"): recall(older: true)
    case .down, .control("n"): recall(older: false)
    case .control("r") where !history.isEmpty: search = HistorySearch(before: text)
    default: return false
    }
    return true
  }

  /// How many lines a history has at most.
  static let mostRemembered = 1000

  /// A history with one line more, which stands in it once, as the newest.
  static func history(_ history: [String], with line: String) -> [String] {
    guard !line.isEmpty else { return history }
    return (history.filter { $0 != line } + [line]).suffix(mostRemembered)
  }

  private mutating func erase(_ range: Range<Int>, isKept: Bool = true) {
    if isKept, !range.isEmpty { cut = String(characters[range]) }
    characters.removeSubrange(range)
    caret = min(range.lowerBound, characters.count)
  }

  private func isInWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }

  private func startOfWord(where isPart: (Character) -> Bool) -> Int {
    var place = caret
    while place > 0, !isPart(characters[place - 1]) { place -= 1 }
    while place > 0, isPart(characters[place - 1]) { place -= 1 }
    return place
  }

  private func endOfWord() -> Int {
    var place = caret
    while place < characters.count, !isInWord(characters[place]) { place += 1 }
    while place < characters.count, isInWord(characters[place]) { place += 1 }
    return place
  }

  private mutating func recall(older: Bool) {
    if historyPlace == nil {
      guard older, !history.isEmpty else { return }
      draft = text
    }
    var next = (historyPlace ?? history.count) + (older ? -1 : 1)
    // What stands there already is the newest as a rule.
    if older, historyPlace == nil, history[next] == text, next > 0 { next -= 1 }
    if next >= history.count {
      historyPlace = nil
      set(draft)
    } else if next >= 0 {
      historyPlace = next
      set(history[next])
    }
  }
}

/// Looking for a line in a history, the newest first, as it is typed.
struct HistorySearch: Sendable, Hashable {
  /// What the line was before.
  let before: String
  fileprivate(set) var query = ""
  /// The line that is shown, by its place in the history.
  fileprivate(set) var place: Int?

  /// Something was typed that no line has.
  var isFailing: Bool { !query.isEmpty && place == nil }
}

extension LineEditor {
  /// Ends looking with what was found in the line.
  mutating func acceptSearch() { search = nil }

  /// Whether a key belongs to the search.
  private mutating func pressSearch(_ key: Key) -> Bool {
    guard var looking = search else { return false }
    switch key {
    case .character(let character): looking.query.append(character)
    case .paste(let text): looking.query += text
    case .backspace, .control("h"): _ = looking.query.popLast()
    case .control("r"):
      find(&looking, before: looking.place ?? history.count)
      return true
    case .escape, .control("c"), .control("g"):
      set(looking.before)
      search = nil
      return true
    default: return false
    }
    find(&looking, before: history.count)
    return true
  }

  /// Shows the newest line before a place that has what is looked for; where none has it, what is shown
  /// stays.
  private mutating func find(_ looking: inout HistorySearch, before end: Int) {
    defer { search = looking }
    guard !looking.query.isEmpty else {
      looking.place = nil
      set(looking.before)
      return
    }
    let query = looking.query.lowercased()
    let found = history[..<end].lastIndex { $0.lowercased().contains(query) }
    if end == history.count { looking.place = found }
    guard let found else { return }
    looking.place = found
    set(history[found])
  }
}
