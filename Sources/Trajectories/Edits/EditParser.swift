import LatentModels

/// What a run has: what is not there is refused where it is written.
public struct EditLimits: Sendable {
  /// Positions of the tokens that can be edited; nil for any.
  public var tokens: Range<Int>?
  /// Positions a value may come from; nil for any.
  public var text: Range<Int>?
  public var layers: ModelFacts.Layers?
  /// Passes of an iteration, whose blocks can be named by both clocks; nil for none.
  public var passes: ModelFacts.Passes?
  /// Names of other runs; nil for any.
  public var runs: [String]?

  public init(
    tokens: Range<Int>? = nil, text: Range<Int>? = nil, layers: ModelFacts.Layers? = nil,
    passes: ModelFacts.Passes? = nil, runs: [String]? = nil
  ) {
    self.tokens = tokens
    self.text = text
    self.layers = layers
    self.passes = passes
    self.runs = runs
  }
}

extension Edit {
  /// Reads an edit.
  /// - Throws: `EditError` with the column.
  public init(parsing text: String, within limits: EditLimits = EditLimits()) throws(EditError) {
    var parser = EditParser(text, limits)
    self = try parser.edit()
  }

  /// What a text that is not finished could go on to, one step further each; nothing for an edit, and
  /// for what cannot become one.
  public static func completions(
    of text: String, within limits: EditLimits = EditLimits()
  ) -> [String] {
    do {
      _ = try Edit(parsing: text, within: limits)
      return []
    } catch {
      let place = text.index(text.startIndex, offsetBy: error.column - 1)
      let begun = text[place...]
      return error.expected.filter { $0.hasPrefix(begun) && $0 != begun }
        .map { String(text[..<place]) + $0 }
    }
  }
}

/// Reads edits from left to right:
///
///     edit    = "freeze" tokens ":" number | target (":=" | "+=") sum
///     target  = tokens ":" ( moments [ "." site ] | prelude )
///     tokens  = "all" | number [ "-" number ]
///     moments = number [ "+" | "-" number ]
///     prelude = "e" | "p." number [ "." branch ]
///     site    = [ "c." ] number [ "." branch ] | pass [ "." number ] [ "." branch ]
///     pass    = "L" number | "H"
///     branch  = "attention" | "feed-forward"
///     sum     = term { ("+" | "-") term }
///     term    = [ "-" ] ( "0" | factor "*" term | "(" sum ")" | source | "noise" seed )
///     source  = ( "all" | number ) ":" ( ( number | "i" ) [ "." site ] | prelude ) [ "@" name ]
struct EditParser {
  private let text: String
  private let characters: [Character]
  private let limits: EditLimits
  private var place = 0
  /// How deep sums are nested.
  private var depth = 0

  init(_ text: String, _ limits: EditLimits) {
    self.text = text
    self.limits = limits
    characters = Array(text)
  }

  mutating func edit() throws(EditError) -> Edit {
    skipSpaces()
    let edit = takeWord("freeze") ? try freeze() : try assignment()
    skipSpaces()
    if place < characters.count { throw error("the edit should end here") }
    return edit
  }

  private mutating func freeze() throws(EditError) -> Edit {
    skipSpaces()
    let tokens = try tokens()
    try expect(":", "a : and an iteration should follow the token, as in freeze 1:4")
    let iteration = try number("an iteration")
    let token: Int? =
      if case .range(let range) = tokens, range.count == 1 { range.lowerBound } else { nil }
    return Edit(
      EditTarget(tokens, .from(iteration + 1)), .set,
      .source(EditSource(token: token, .iteration(iteration))))
  }

  private mutating func assignment() throws(EditError) -> Edit {
    let target = try target()
    skipSpaces()
    for operation in Edit.Operation.allCases where take(operation.rawValue) {
      return Edit(target, operation, try sum())
    }
    throw error(
      "here should stand := (becomes) or += (is added)",
      expected: Edit.Operation.allCases.map(\.rawValue))
  }

  private mutating func target() throws(EditError) -> EditTarget {
    let tokens = try tokens()
    try expect(":", "a : and an iteration should follow the token, as in 12:8")
    if let site = try prelude() { return EditTarget(tokens, .prelude, site: site) }
    let start = place
    let first = try number("an iteration, e or p.1", or: ["e", "p."])
    var moments = EditTarget.Moments.iterations(first...first)
    if peek == "+", !isNext("+=") {
      place += 1
      moments = .from(first)
    } else if take("-") {
      let last = try number("the last iteration")
      guard last >= first else { throw error("iterations run upwards, as in 4-9", at: start) }
      moments = .iterations(first...last)
    }
    let site = try site()
    if let site, first == 0, site.part == .core {
      throw error("nothing runs at iteration 0, which is the initial state", at: start)
    }
    return EditTarget(tokens, moments, site: site)
  }

  private mutating func tokens() throws(EditError) -> EditTarget.Tokens {
    if takeWord("all") { return .all }
    let start = place
    let first = try number("a token's position, or all,", or: ["all", "freeze "])
    var last = first
    if take("-") { last = try number("the last token's position") }
    guard last >= first else { throw error("tokens run upwards, as in 3-5", at: start) }
    if let tokens = limits.tokens, !tokens.contains(first) || !tokens.contains(last) {
      throw error("this run has the tokens \(Self.words(tokens))", at: start)
    }
    return .range(first...last)
  }

  // MARK: Places

  private mutating func prelude() throws(EditError) -> Site? {
    if takeWord("e") { return .embedded }
    guard take("p.") else { return nil }
    return try block(.prelude, of: limits.layers?.prelude)
  }

  private mutating func site() throws(EditError) -> Site? {
    guard take(".") else { return nil }
    if take("c.") { return try block(.coda, of: limits.layers?.coda) }
    if peek == "0" {
      let start = place
      _ = try number("a block")
      if peek == "." {
        throw error("block 0 is the adapter's output, which has no parts", at: start)
      }
      return .adapter
    }
    return try block(.core, of: limits.layers?.core)
  }

  private mutating func block(_ part: Site.Part, of count: Int?) throws(EditError) -> Site {
    let start = place
    let named = part == .core ? try pass() : nil
    let block = if let named { named } else { try number("a block") }
    guard block >= 1 else { throw error("blocks of \(part.rawValue) count from 1", at: start) }
    if let count, block > count {
      throw error(
        count == 0
          ? "this model has no \(part.rawValue)"
          : "the \(part.rawValue) has \(count) block\(count == 1 ? "" : "s")", at: start)
    }
    guard take(".") else { return Site(part, block, .stream) }
    return try branch(part, block)
  }

  /// The end of a pass or one of its blocks, counted through all passes of an iteration; nil where no pass
  /// is named.
  private mutating func pass() throws(EditError) -> Int? {
    guard let passes = limits.passes, peek == "L" || peek == "H" else { return nil }
    let start = place
    var index = passes.low
    if !take("H") {
      place += 1
      index = try number("which low pass") - 1
      guard (0..<passes.low).contains(index) else {
        throw error("low passes are L1 to L\(passes.low)", at: start)
      }
    }
    guard peek == ".", characters.indices.contains(place + 1), characters[place + 1].isNumber else {
      return (index + 1) * passes.blocks
    }
    place += 1
    let inner = place
    let block = try number("a block of the pass")
    guard (1...passes.blocks).contains(block) else {
      throw error("a pass has blocks 1 to \(passes.blocks)", at: inner)
    }
    return index * passes.blocks + block
  }

  private mutating func branch(_ part: Site.Part, _ block: Int) throws(EditError) -> Site {
    for kind in [Site.Kind.attention, .feedForward] where takeWord(kind.rawValue) {
      return Site(part, block, kind)
    }
    throw error(
      "a block has attention and feed-forward",
      expected: [Site.Kind.attention, .feedForward].map(\.rawValue))
  }

  // MARK: Values

  private mutating func sum() throws(EditError) -> EditValue {
    var sum = try term()
    while true {
      skipSpaces()
      if take("+") {
        sum = .sum(sum, try term())
      } else if take("-") {
        sum = .difference(sum, try term())
      } else {
        return sum
      }
    }
  }

  private mutating func term() throws(EditError) -> EditValue {
    depth += 1
    defer { depth -= 1 }
    if depth > 64 { throw error("this is nested too deeply") }
    skipSpaces()
    if take("-") {
      let negated = try term()
      if case .scaled(let factor, let value) = negated { return .scaled(-factor, value) }
      return .scaled(-1, negated)
    }
    if take("(") {
      let inner = try sum()
      skipSpaces()
      try expect(")", "a ) is missing")
      return inner
    }
    if takeWord("all") { return .source(try source(token: nil)) }
    if takeWord("noise") { return .noise(try seed()) }
    let start = place
    guard let peek, peek.isASCII, peek.isNumber || peek == "." else {
      throw error(
        "here should stand a place such as 12:8, 0, noise 7, or a factor such as 0.5*",
        expected: ["0", "all:", "noise ", "0.5*", "("])
    }
    if let end = characters[start...].firstIndex(where: { !($0.isASCII && $0.isNumber) }),
      characters[end] == ":"
    {
      let token = try number("a token's position")
      if let text = limits.text, !text.contains(token) {
        throw error("the text has the tokens \(Self.words(text))", at: start)
      }
      return .source(try source(token: token))
    }
    let factor = try factor()
    skipSpaces()
    if take("*") { return .scaled(factor, try term()) }
    if factor == 0 { return .zero }
    throw error("a number stands before * and what it multiplies")
  }

  private mutating func source(token: Int?) throws(EditError) -> EditSource {
    try expect(":", "a : and an iteration should follow the token, as in 12:8")
    var source = EditSource(token: token, .same)
    if let site = try prelude() {
      (source.moment, source.site) = (.prelude, site)
    } else {
      let start = place
      var isStart = false
      if !takeWord("i") {
        let iteration = try number("an iteration, i, e or p.1", or: ["i", "e", "p."])
        (source.moment, isStart) = (.iteration(iteration), iteration == 0)
      }
      source.site = try site()
      if isStart, source.site?.part == .core {
        throw error("nothing runs at iteration 0, which is the initial state", at: start)
      }
    }
    guard take("@") else { return source }
    let start = place
    while let peek, peek.isLetter || peek.isNumber || peek == "_" { place += 1 }
    let name = String(characters[start..<place])
    if name.isEmpty {
      throw error("the name of a run should follow @", expected: limits.runs ?? [])
    }
    if let runs = limits.runs, !runs.contains(name) {
      throw error(
        runs.isEmpty
          ? "there is no other run" : "the other runs are \(runs.joined(separator: ", "))",
        at: start, expected: runs)
    }
    source.run = name
    return source
  }

  /// What noise is drawn from.
  private mutating func seed() throws(EditError) -> UInt64 {
    skipSpaces()
    let start = place
    while let peek, peek.isASCII, peek.isNumber { place += 1 }
    if place == start { throw error("the seed of the noise should follow, as in noise 7") }
    guard let seed = UInt64(String(characters[start..<place])) else {
      throw error("this number is too large for a seed", at: start)
    }
    return seed
  }

  private mutating func factor() throws(EditError) -> Float {
    let start = place
    while let peek {
      let isExponent =
        (peek == "e" || peek == "E") && place > start && place + 1 < characters.count
        && (characters[place + 1].isNumber || "+-".contains(characters[place + 1]))
      guard peek.isASCII && peek.isNumber || peek == "." || isExponent else { break }
      place += isExponent && "+-".contains(characters[place + 1]) ? 2 : 1
    }
    guard let value = Float(String(characters[start..<place])), value.isFinite else {
      throw error("this is no number", at: start)
    }
    return value
  }

  // MARK: Characters

  private var peek: Character? { place < characters.count ? characters[place] : nil }

  private mutating func skipSpaces() { while peek == " " || peek == "\t" { place += 1 } }

  private func isNext(_ word: String) -> Bool { characters[place...].starts(with: word) }

  private mutating func take(_ word: String) -> Bool {
    guard isNext(word) else { return false }
    place += word.count
    return true
  }

  /// Takes a word that no letter follows.
  private mutating func takeWord(_ word: String) -> Bool {
    guard isNext(word) else { return false }
    let next = place + word.count
    if next < characters.count, characters[next].isLetter { return false }
    place = next
    return true
  }

  private mutating func expect(_ word: String, _ problem: String) throws(EditError) {
    if !take(word) { throw error(problem) }
  }

  private mutating func number(
    _ what: String, or expected: [String] = []
  ) throws(EditError) -> Int {
    let start = place
    while let peek, peek.isASCII, peek.isNumber { place += 1 }
    if place == start { throw error("\(what) should stand here", expected: expected) }
    guard let value = Int(String(characters[start..<place])), value <= 1_000_000_000 else {
      throw error("this number is too large", at: start)
    }
    return value
  }

  private func error(
    _ problem: String, at place: Int? = nil, expected: [String] = []
  ) -> EditError {
    EditError(
      text: text, column: (place ?? self.place) + 1, problem: problem, expected: expected)
  }

  private static func words(_ range: Range<Int>) -> String {
    range.count == 1
      ? "\(range.lowerBound) alone" : "\(range.lowerBound) to \(range.upperBound - 1)"
  }
}
