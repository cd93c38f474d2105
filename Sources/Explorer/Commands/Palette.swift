/// What a line begun after the colon can become: commands by name, title or explanation, then what can be
/// given to the one that was named.
struct Palette {
  struct Row: Hashable {
    /// The whole line, when this is taken.
    let text: String
    let label: String
    let words: String
  }

  let rows: [Row]
  /// How the command named is written, and what its parameter is that is being typed; a line each.
  private(set) var hint: [String] = []
  /// What is wrong with what is typed so far.
  private(set) var problem: String?

  init(_ text: String, _ state: ExplorerState) {
    guard let (command, rest) = CommandLine.commandAndRest(text) else {
      rows = Self.commands(text).map { command in
        Row(text: command.name, label: command.usage, words: command.doc)
      }
      if rows.isEmpty { problem = CommandLine.unknown(text) }
      return
    }
    var choices: [Row] = []
    hint = ["\(command.usage)  \(command.doc)"]
    if let (parameter, before, word) = Self.parameter(of: command, at: rest) {
      hint.append(parameter.explanation(state))
      choices = parameter.choices(state).filter {
        word.isEmpty || $0.name.hasPrefix(word)
          || $0.words.split(separator: " ").contains { $0.hasPrefix(word) }
      }.map {
        Row(text: "\(command.name) \(before)\($0.name)", label: $0.name, words: $0.listed)
      }
    }
    rows = choices
    let argument = Invocation(parsing: text)?.argument
    guard argument != nil else { return }
    do throws(ArgumentProblem) {
      _ = try Arguments(argument, for: command, state)
    } catch {
      // A word that can still become one of several is not wrong yet.
      if rows.count < 2 { problem = error.sentence(command.name) }
    }
  }

  /// The parameter that the end of a text belongs to, what stands before its word, and that word.
  static func parameter(
    of command: Command, at rest: String
  ) -> (Parameter, before: String, word: String)? {
    var start = rest.startIndex
    for (number, parameter) in command.parameters.enumerated() {
      if case .line = parameter.kind {
        return (parameter, String(rest[..<start]), String(rest[start...]))
      }
      guard let space = rest[start...].firstIndex(of: " "), number + 1 < command.parameters.count
      else {
        let word = String(rest[start...])
        return (parameter, String(rest[..<start]), word)
      }
      start = rest.index(after: space)
    }
    return nil
  }

  /// Commands that fit, the best first; in the order of the table where they fit alike. Of several words
  /// each must begin one of the title or the explanation.
  static func commands(_ text: String) -> [Command] {
    let words = text.lowercased().split(separator: " ").map(String.init)
    guard let first = words.first else { return Command.all }
    let found = Command.all.enumerated().compactMap { index, command -> (Int, Int, Command)? in
      let rank =
        words.count == 1
        ? rank(of: command, first)
        : words.allSatisfy { hasWord($0, "\(command.title) \(command.doc)") } ? 0 : nil
      return rank.map { ($0, index, command) }
    }
    return found.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
  }

  /// How well a command fits a word, the lower the better; nil where it does not. Names come before titles,
  /// beginnings of words before what is inside of them, and both before explanations.
  private static func rank(of command: Command, _ word: String) -> Int? {
    if command.name == word { return 0 }
    if command.name.hasPrefix(word) { return 1 }
    let parts = command.name.split(separator: "-")
    if word.count > 1, String(parts.compactMap(\.first)).hasPrefix(word) { return 2 }
    if parts.contains(where: { $0.hasPrefix(word) }) { return 3 }
    if hasWord(word, command.title) { return 4 }
    if word.count > 2, command.name.contains(word) { return 5 }
    if word.count > 2, isSubsequence(word, of: command.name) { return 6 }
    return isSaid(word, command.doc) ? 7 : nil
  }

  /// Whether a word of a text begins so.
  private static func hasWord(_ beginning: String, _ text: String) -> Bool {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.contains { $0.hasPrefix(beginning) }
  }

  /// Whether an explanation says it: few letters begin too many words, and must be a whole one that says
  /// something.
  private static func isSaid(_ word: String, _ doc: String) -> Bool {
    if word.count > 3 { return hasWord(word, doc) }
    return word.count > 1 && !commonWords.contains(word)
      && doc.lowercased().split { !$0.isLetter && !$0.isNumber }.contains { $0 == word }
  }

  private static let commonWords: Set<String> = [
    "a", "all", "an", "and", "are", "as", "at", "by", "for", "how", "in", "is", "it", "its", "not",
    "of", "on", "one", "or", "out", "so", "the", "to", "what",
  ]

  /// Whether letters come in a name in this order, the first of them at the beginning of a word.
  private static func isSubsequence(_ letters: String, of name: String) -> Bool {
    let parts = name.split(separator: "-")
    guard let first = letters.first,
      let start = parts.firstIndex(where: { $0.first == first })
    else { return false }
    var rest = parts[start...].joined(separator: "-")[...]
    for letter in letters {
      guard let place = rest.firstIndex(of: letter) else { return false }
      rest = rest[rest.index(after: place)...]
    }
    return true
  }
}
