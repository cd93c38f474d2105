import Trajectories

/// What is wrong with what a command was given, and what would be right.
struct ArgumentProblem: Error, Sendable, Hashable {
  /// The character after the command's name that is wrong, from 1, where that can be told: the line is
  /// opened again there.
  var column: Int?
  /// As a sentence without its point; of one that has a column, without the command's name.
  let words: String

  init(column: Int? = nil, _ words: String) { (self.column, self.words) = (column, words) }

  /// With the command's name, for the footer.
  func sentence(_ command: String) -> String {
    column.map { "\(command), column \($0): \(words)" } ?? words
  }
}

/// One thing that a command takes, stated once: help, palette, completion and checking read it.
struct Parameter: Sendable {
  /// A word that can be given, and what it stands for.
  struct Choice: Sendable, Hashable {
    let name: String
    let words: String
    /// A sentence more, for the list; nobody means the choice by a word of it.
    let explanation: String

    init(_ name: String, _ words: String = "", explanation: String = "") {
      (self.name, self.words, self.explanation) = (name, words, explanation)
    }

    /// What the list says beside the name.
    var listed: String {
      guard !explanation.isEmpty else { return words }
      return words.isEmpty || words == name ? explanation : "\(words): \(explanation)"
    }
  }

  enum Kind: Sendable {
    /// A whole number in a range, which may depend on what there is.
    case whole(@Sendable (ExplorerState) -> ClosedRange<Int>)
    /// A whole number from 0 on, of 64 bits.
    case seed
    /// The number of a run in the tree.
    case run
    /// One of these words, or a beginning of it that no other has.
    case choice(@Sendable (ExplorerState) -> [Choice])
    /// All that follows, in a grammar of its own.
    case line(
      check: @Sendable (String, ExplorerState) -> ArgumentProblem?,
      complete: @Sendable (String, ExplorerState) -> String?)
  }

  let name: String
  let kind: Kind
  /// What it is, as the end of a sentence.
  let doc: String
  /// What holds where nothing is given.
  var usual: String?
  var isRequired = false
  /// A count typed before the key is this.
  var takesCount = false
  /// The words that can be given, where they are the same in every session.
  var fixedChoices: [Choice]?

  /// In the line of a command: `<text>` where it must be given, `[count]` where it may.
  var usage: String { isRequired ? "<\(name)>" : "[\(name)]" }

  /// What it is and what holds without it, on one line.
  func explanation(_ state: ExplorerState) -> String {
    var words = "\(name): \(doc)"
    if case .whole(let range) = kind {
      words += ", \(range(state).lowerBound) to \(range(state).upperBound)"
    }
    return words + (usual.map { "; without: \($0)" } ?? "")
  }

  /// What can stand there, where that can be listed.
  func choices(_ state: ExplorerState) -> [Choice] {
    switch kind {
    case .choice(let choices): choices(state)
    case .run:
      state.runs.tree.nodes.map {
        Choice("\($0.id)", state.runs.words($0.id, isASCII: state.glyphs.isASCII))
      }
    case .whole, .seed, .line: []
    }
  }

  /// A word completed as far as those that begin so agree; nil where there is nothing to add.
  static func completion(of text: String, among names: [String]) -> String? {
    let common = Spelling.beginning(of: names.filter { $0.hasPrefix(text) })
    return common.flatMap { $0.count > text.count ? $0 : nil }
  }
}

extension Parameter.Choice {
  init(_ metric: Metric) {
    self.init(metric.name, metric.title, explanation: metric.explanation)
  }
}

// MARK: The kinds that commands use

extension Parameter {
  static func whole(
    _ name: String, _ range: ClosedRange<Int>, _ doc: String, usual: String? = nil,
    isRequired: Bool = false, takesCount: Bool = false
  ) -> Parameter {
    whole(
      name, { _ in range }, doc, usual: usual, isRequired: isRequired, takesCount: takesCount)
  }

  static func whole(
    _ name: String, _ range: @escaping @Sendable (ExplorerState) -> ClosedRange<Int>,
    _ doc: String, usual: String? = nil, isRequired: Bool = false, takesCount: Bool = false
  ) -> Parameter {
    Parameter(
      name: name, kind: .whole(range), doc: doc, usual: usual, isRequired: isRequired,
      takesCount: takesCount)
  }

  /// How many steps a move takes.
  static func steps(_ what: String) -> Parameter {
    whole("count", 1...100_000, "how many \(what)", usual: "1", takesCount: true)
  }

  static func seed(_ doc: String, usual: String) -> Parameter {
    Parameter(name: "seed", kind: .seed, doc: doc, usual: usual, takesCount: true)
  }

  static func run(_ doc: String, usual: String? = nil, isRequired: Bool = false) -> Parameter {
    Parameter(
      name: "run", kind: .run, doc: doc, usual: usual, isRequired: isRequired, takesCount: true)
  }

  static func choice(
    _ name: String, _ names: [String], _ doc: String, usual: String? = nil,
    isRequired: Bool = false
  ) -> Parameter {
    let choices = names.map { Choice($0) }
    var parameter = choice(name, { _ in choices }, doc, usual: usual, isRequired: isRequired)
    parameter.fixedChoices = choices
    return parameter
  }

  static func choice(
    _ name: String, _ choices: @escaping @Sendable (ExplorerState) -> [Choice], _ doc: String,
    usual: String? = nil, isRequired: Bool = false
  ) -> Parameter {
    Parameter(
      name: name, kind: .choice(choices), doc: doc, usual: usual, isRequired: isRequired)
  }

  /// A text as it is.
  static func text(
    _ name: String, _ doc: String, usual: String? = nil, isRequired: Bool = false
  ) -> Parameter {
    line(name, doc, usual: usual, isRequired: isRequired)
  }

  static func line(
    _ name: String, _ doc: String, usual: String? = nil, isRequired: Bool = false,
    takesCount: Bool = false,
    check: @escaping @Sendable (String, ExplorerState) -> ArgumentProblem? = { _, _ in nil },
    complete: @escaping @Sendable (String, ExplorerState) -> String? = { _, _ in nil }
  ) -> Parameter {
    Parameter(
      name: name, kind: .line(check: check, complete: complete), doc: doc, usual: usual,
      isRequired: isRequired, takesCount: takesCount)
  }

  /// Something that becomes so of a token, or an address, as breakpoints take it.
  static func stop(_ doc: String, usual: String) -> Parameter {
    line(
      "condition", doc, usual: usual, check: StopParameter.check,
      complete: ConditionParameter.complete)
  }
}
