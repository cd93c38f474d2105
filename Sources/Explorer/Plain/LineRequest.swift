import Trajectories

/// What a line asks for in the line mode.
enum LineRequest: Sendable, Hashable {
  /// Where one is.
  case place
  /// What a pane shows.
  case pane(PaneName)
  case keys([Key])
  case invocation(Invocation)

  /// What is wrong with a line.
  struct Problem: Error, Sendable, Hashable {
    /// As a sentence without its point.
    let words: String
  }

  /// Reads a line: a command as after the colon, a key with a count before it (`3l`), a place (`12:8`),
  /// `where`, or `show` and the name of a pane.
  init(_ line: String, _ state: ExplorerState) throws(Problem) {
    var text = line[...]
    if text.hasPrefix(":") { text = text.dropFirst() }
    let word = String(text.prefix { $0 != " " })
    let rest = String(text.dropFirst(word.count).drop { $0 == " " })
    if word == "where", rest.isEmpty {
      self = .place
    } else if word == "show", !rest.isEmpty, Int(rest) == nil {
      self = .pane(try Self.pane(rest))
    } else if rest.isEmpty, let keys = Self.keys(word) {
      self = .keys(keys)
    } else if word.first?.isNumber == true {
      self = .invocation(try Self.checked(Invocation("goto", String(text)), state))
    } else if let invocation = Invocation(parsing: String(text)) {
      self = .invocation(try Self.checked(invocation, state))
    } else {
      throw Problem(words: "there is nothing after the colon")
    }
  }

  private static func pane(_ name: String) throws(Problem) -> PaneName {
    let names = PaneName.allCases.map { "\($0)" }
    if let pane = PaneName.named(name) { return pane }
    let begun = PaneName.allCases.filter { "\($0)".hasPrefix(name) }
    if begun.count == 1 { return begun[0] }
    let meant = Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
    throw Problem(
      words: "show takes the number of a run or one of \(names.joined(separator: ", ")), "
        + "not \"\(Printable.clip(name, 24))\"\(meant)")
  }

  /// A count and a key; nil where that is no key, or the name of a command.
  private static func keys(_ word: String) -> [Key]? {
    guard !Command.all.contains(where: { $0.name == word }) else { return nil }
    let digits = word.prefix { $0.isASCII && $0.isNumber }
    let name = String(word.dropFirst(digits.count))
    guard let key = name == "esc" ? .escape : Key(named: name), digits.count <= 7,
      !name.isEmpty
    else { return nil }
    return digits.map { Key.character($0) } + [key]
  }

  /// - Throws: where there is no such command, or it takes something else.
  private static func checked(
    _ invocation: Invocation, _ state: ExplorerState
  ) throws(Problem) -> Invocation {
    guard let command = Command.named(invocation.command) else {
      throw Problem(words: CommandLine.unknown(invocation.command))
    }
    do throws(ArgumentProblem) {
      _ = try Arguments(invocation.argument, for: command, state)
    } catch {
      throw Problem(words: error.sentence(command.name))
    }
    return invocation
  }
}
