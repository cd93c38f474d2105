import Trajectories

/// What a command was given, checked against its parameters.
struct Arguments: Sendable, Hashable {
  /// All of it as it was typed; nil where nothing was.
  var argument: String?
  /// The whole number among it, if there is one.
  var number: Int?
  var seed: UInt64?
  /// The word among it, in full.
  var choice: String?
}

extension Arguments {
  /// Reads what follows a command's name.
  /// - Parameter state: the session it is for; nil where there is none yet: then all is checked that is so in
  ///   every session.
  /// - Throws: `ArgumentProblem`, where something is wrong, missing or too much.
  init(
    _ text: String?, for command: Command, _ state: ExplorerState?
  ) throws(ArgumentProblem) {
    let given = text.flatMap { $0.isEmpty ? nil : $0 }
    argument = given
    var rest = (given ?? "")[...]
    for parameter in command.parameters {
      let isText = if case .line = parameter.kind { true } else { false }
      if !isText { rest = rest.drop { $0 == " " } }
      guard !rest.isEmpty else {
        guard parameter.isRequired else { continue }
        throw ArgumentProblem(
          "\(command.name) takes \(Self.article(parameter.name)): \(parameter.doc)")
      }
      let word = isText ? rest : rest.prefix { $0 != " " }
      rest = rest[word.endIndex...]
      try read(String(word), as: parameter, of: command.name, state)
    }
    rest = rest.drop { $0 == " " }
    guard rest.isEmpty else { throw Self.surplus(String(rest), command) }
  }

  private static func surplus(_ text: String, _ command: Command) -> ArgumentProblem {
    let text = "\"\(Printable.clip(text, 24))\""
    guard let last = command.parameters.last else {
      return ArgumentProblem("\(command.name) takes nothing after it, not \(text)")
    }
    return ArgumentProblem("\(command.name) takes nothing after the \(last.name), not \(text)")
  }

  private mutating func read(
    _ word: String, as parameter: Parameter, of command: String, _ state: ExplorerState?
  ) throws(ArgumentProblem) {
    let shown = "\"\(Printable.clip(word, 24))\""
    let takes = "\(command) takes \(Self.article(parameter.name))"
    switch parameter.kind {
    case .whole(let range):
      number = Int(word)
      guard let state else {
        guard number == nil else { break }
        throw ArgumentProblem("\(takes), a whole number, not \(shown)")
      }
      let range = range(state)
      guard let value = number, range.contains(value) else {
        throw ArgumentProblem(
          "\(takes) from \(range.lowerBound) to \(range.upperBound), not \(shown)")
      }
    case .seed:
      guard let value = UInt64(word) else {
        throw ArgumentProblem("\(takes), a whole number from 0 on, not \(shown)")
      }
      seed = value
    case .run:
      guard let value = Int(word), state?.runs.tree.contains(NodeID(value)) != false else {
        throw ArgumentProblem(
          "\(command) takes the number of another run, not \(shown); t lists them")
      }
      number = value
    case .choice(let choices):
      guard let found = state.map(choices) ?? parameter.fixedChoices else { break }
      choice = try Self.choice(word, found, takes, shown)
    case .line(let check, _):
      if let state, let problem = check(word, state) { throw problem }
    }
  }

  /// The one of some words that is meant: that word, the only one that begins so, or the only one whose
  /// explanation has a word that does.
  private static func choice(
    _ word: String, _ choices: [Parameter.Choice], _ takes: String, _ shown: String
  ) throws(ArgumentProblem) -> String {
    let names = choices.map(\.name)
    if names.contains(word) { return word }
    // Of numbers the beginning is another number.
    guard Int(word) == nil else {
      throw ArgumentProblem("\(takes), one of \(names.joined(separator: ", ")), not \(shown)")
    }
    var matches = names.filter { $0.hasPrefix(word) }
    if matches.isEmpty {
      matches = choices.filter { $0.words.hasPrefix(word) }.map(\.name)
    }
    if matches.isEmpty {
      matches = choices.filter { choice in
        choice.words.split(separator: " ").contains { $0.hasPrefix(word) }
      }.map(\.name)
    }
    if matches.count == 1 { return matches[0] }
    if matches.count > 1 {
      throw ArgumentProblem("\(shown) may be \(matches.joined(separator: ", ")): say which")
    }
    let meant = Spelling.nearest(to: word, among: names).map { "; \($0)?" } ?? ""
    throw ArgumentProblem(
      "\(takes), one of \(names.joined(separator: ", ")), not \(shown)\(meant)")
  }

  static func article(_ noun: String) -> String {
    noun.hasSuffix("s") ? noun : "aeiou".contains(noun.prefix(1)) ? "an \(noun)" : "a \(noun)"
  }
}
