/// Reads conditions.
///
///     either    both ( "||" both )*                          also: or
///     both      single ( "&&" single )*                      also: and
///     single    "!" single | "(" either ")"                  also: not
///             | "any" "(" either ")" | "all" "(" either ")"
///             | "nonfinite"
///             | "argmax" ( "changes" | "stable" count | "==" token | "!=" token )
///             | "exit" "(" rule [ "," threshold ] ")"
///             | quantity ( comparison number | "jumps" factor )
///     quantity  metric | "iteration" | "rank" "(" token ")" | "p" "(" token ")"
///     token     "text" | #id
///
/// Metrics are those of the table, by their names.
public struct ConditionParser {
  /// Short names for metrics one types often.
  public static let aliases: [String: String] = [
    "gate": Metric.gateChance.name, "angle": Metric.angle.name,
    "distance": Metric.distanceToLast.name,
    "probability": Metric.topProbability.name,
  ]

  private let text: String
  private let words: [ConditionWord]
  private let token: (String) -> [Int]?
  private let metrics: [Metric]
  private let rules: [ExitRule]
  private var place = 0
  private var depth = 0

  /// Reads a condition.
  /// - Parameters:
  ///   - parts: what the model has beside plain states, such as an exit gate to ask.
  ///   - token: the ids that a text is; nil where there is no tokenizer.
  /// - Throws: `ConditionError`.
  public static func parse(
    _ text: String, _ parts: MetricParts, token: (String) -> [Int]?
  ) throws(ConditionError) -> Condition {
    let words = try ConditionWord.all(text)
    return try withoutActuallyEscaping(token) { token throws(ConditionError) in
      var parser = ConditionParser(
        text: text, words: words, token: token, metrics: Metric.all(parts),
        rules: ExitRule.rules(hasGate: parts.contains(.gate)))
      guard words.count > 1 else { throw parser.failure("a condition, such as entropy < 0.5") }
      let condition = try parser.either()
      guard parser.next.kind == .end else { throw parser.failure("&& or || before another part") }
      return condition
    }
  }

  private init(
    text: String, words: [ConditionWord], token: @escaping (String) -> [Int]?, metrics: [Metric],
    rules: [ExitRule]
  ) {
    self.text = text
    self.words = words
    self.token = token
    self.metrics = metrics
    self.rules = rules
  }

  private var next: ConditionWord { words[place] }

  private func failure(_ expected: String, at word: ConditionWord? = nil) -> ConditionError {
    let word = word ?? next
    let found = word.kind == .end ? "" : ", not \(word.text)"
    return ConditionError(
      text: text, column: word.column, problem: "here goes \(expected)\(found)")
  }

  private mutating func take(_ sign: String, or name: String? = nil) -> Bool {
    let isThere = next.kind == .sign(sign) || name.map { next.kind == .name($0) } ?? false
    if isThere { place += 1 }
    return isThere
  }

  private mutating func expect(_ sign: String) throws(ConditionError) {
    guard take(sign) else { throw failure(sign) }
  }

  private mutating func either() throws(ConditionError) -> Condition {
    var condition = try both()
    while take("||", or: "or") { condition = .either(condition, try both()) }
    return condition
  }

  private mutating func both() throws(ConditionError) -> Condition {
    var condition = try single()
    while take("&&", or: "and") { condition = .both(condition, try single()) }
    return condition
  }

  private mutating func single() throws(ConditionError) -> Condition {
    // What is nested without end would take the stack with it.
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else {
      throw ConditionError(
        text: text, column: next.column, problem: "this is nested more than 64 deep")
    }
    if take("!", or: "not") { return .not(try single()) }
    if take("(") { return try closed(try either()) }
    guard case .name(let name) = next.kind else {
      throw failure("a metric, argmax, rank(…), p(…), exit(…) or nonfinite")
    }
    switch name {
    case "any", "all":
      place += 1
      try expect("(")
      let inner = try closed(try either())
      return name == "any" ? .any(inner) : .every(inner)
    case "nonfinite":
      place += 1
      return .notFinite
    case "argmax":
      place += 1
      return try argmax()
    case "exit":
      place += 1
      return try exit()
    default: return try comparison(of: try quantity(name))
    }
  }

  private mutating func closed(_ condition: Condition) throws(ConditionError) -> Condition {
    try expect(")")
    return condition
  }

  private mutating func argmax() throws(ConditionError) -> Condition {
    switch next.kind {
    case .name("changes"):
      place += 1
      return .argmaxChanges
    case .name("stable"):
      place += 1
      guard case .number(let count) = next.kind, count >= 2, count <= 1e6,
        count == count.rounded()
      else { throw failure("how many iterations, 2 or more") }
      place += 1
      return .argmaxStable(Int(count))
    case .sign("=="), .sign("!="):
      let isThat = next.kind == .sign("==")
      place += 1
      return .says(try namedToken(), isThat: isThat)
    default: throw failure("changes, stable N, or == and a token")
    }
  }

  private mutating func exit() throws(ConditionError) -> Condition {
    try expect("(")
    guard case .name(let name) = next.kind else { throw failure("the name of an exit rule") }
    guard rules.contains(where: { $0.name == name }) else {
      let names = rules.map(\.name)
      throw failure(
        Spelling.nearest(to: name, among: names) ?? "one of \(names.joined(separator: ", "))")
    }
    place += 1
    var threshold: Float?
    if take(",") {
      guard case .number(let number) = next.kind else { throw failure("its threshold") }
      place += 1
      threshold = Float(number)
    }
    try expect(")")
    return .exits(rule: name, threshold: threshold)
  }

  private mutating func quantity(_ name: String) throws(ConditionError) -> Condition.Quantity {
    switch name {
    case "iteration":
      place += 1
      return .iteration
    case "rank", "p":
      place += 1
      try expect("(")
      let token = try namedToken()
      try expect(")")
      return name == "rank" ? .rank(token) : .probability(token)
    default:
      let full = Self.aliases[name] ?? name
      guard metrics.contains(where: { $0.name == full }) else { throw unknown(name) }
      place += 1
      return .metric(full)
    }
  }

  /// No metric of this name: what is near it, or that the model lacks what it would need.
  private func unknown(_ name: String) -> ConditionError {
    if let metric = Metric.named(Self.aliases[name] ?? name) {
      return ConditionError(
        text: text, column: next.column, problem: "\(name) needs \(metric.needs.lack)")
    }
    let names = Self.names(metrics)
    let meant = Spelling.nearest(to: name, among: names).map { "did you mean \($0)?" }
    return ConditionError(
      text: text, column: next.column,
      problem:
        "there is no \(name); \(meant ?? "such as \(names.prefix(6).joined(separator: ", "))")")
  }

  private mutating func comparison(
    of quantity: Condition.Quantity
  ) throws(ConditionError) -> Condition {
    if case .name("jumps") = next.kind {
      place += 1
      guard case .number(let factor) = next.kind, factor > 1 else {
        throw failure("by which factor, above 1")
      }
      place += 1
      return .jumps(quantity, factor)
    }
    guard case .sign(let sign) = next.kind,
      let comparison = Condition.Comparison(rawValue: sign == "=" ? "==" : sign)
    else { throw failure("<, <=, >, >=, ==, != or jumps") }
    place += 1
    guard case .number(let number) = next.kind else { throw failure("a number") }
    place += 1
    return .compares(quantity, comparison, number)
  }

  private mutating func namedToken() throws(ConditionError) -> Condition.NamedToken {
    let word = next
    switch word.kind {
    case .id(let id):
      place += 1
      return Condition.NamedToken(id: id, words: word.text)
    case .quoted(let text):
      guard let ids = token(text) else {
        throw failure("a token's id such as #55: there is no tokenizer")
      }
      guard ids.count == 1 else {
        let parts = ids.isEmpty ? "no token" : ids.map { "#\($0)" }.joined(separator: " ")
        throw failure("one token, and \(word.text) is \(parts)")
      }
      place += 1
      return Condition.NamedToken(id: ids[0], words: word.text)
    case .number, .name: throw failure("a token in quotes, as \"\(word.text)\", or its id as #55")
    default: throw failure("a token in quotes, or its id as #55")
    }
  }

  /// Everything a condition may begin with, for completion and help.
  public static func names(_ parts: MetricParts) -> [String] { names(Metric.all(parts)) }

  private static func names(_ metrics: [Metric]) -> [String] {
    let known = Set(metrics.map(\.name))
    return ["argmax", "iteration", "rank(", "p(", "exit(", "any(", "all(", "nonfinite"]
      + metrics.map(\.name) + aliases.filter { known.contains($0.value) }.keys.sorted()
  }

  /// What is typed with its last word completed as far as the possibilities agree; nil where there are
  /// none.
  public static func completion(of text: String, _ parts: MetricParts) -> String? {
    let tail = text.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    let word = String(tail.reversed())
    guard !word.isEmpty else { return nil }
    let before = text.dropLast(word.count)
    let kept = before.filter { !$0.isWhitespace }
    let choices: [String] =
      if kept.hasSuffix("exit(") {
        ExitRule.rules(hasGate: parts.contains(.gate)).map { $0.name + ")" }
      } else if kept.hasSuffix("argmax") {
        ["changes", "stable "]
      } else {
        names(parts)
      }
    let matches = choices.filter { $0.hasPrefix(word) }
    guard var common = matches.first else { return nil }
    for match in matches.dropFirst() {
      while !match.hasPrefix(common) { common.removeLast() }
    }
    return common.count > word.count ? before + common : nil
  }
}
