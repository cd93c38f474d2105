/// A regular expression as a tree.
indirect enum RegexNode {
  case set(ScalarSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  case repeated(RegexNode, minimum: Int, maximum: Int?, isLazy: Bool)
  case atomic(RegexNode)
  case lookahead(RegexNode, isNegative: Bool)
  case wordBoundary(isNegated: Bool)
  /// The beginning of a line, or of the text.
  case start(isLine: Bool)
  /// The end of a line, or of the text.
  case end(isLine: Bool)
}

/// Why a regular expression cannot be used.
struct RegexError: Error, Equatable {
  let message: String
}

/// Parses the part of the Oniguruma syntax that published tokenizers use: alternation, groups
/// (capturing ones only group), `(?i:…)`, atomic groups, look-ahead, greedy, lazy and possessive
/// repetition, classes, `\p{…}` of general categories, `\s \S \d \D \w \W \b \B`, anchors.
/// Anything else is an error that names it.
struct RegexParser {
  private let pattern: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false

  init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

  mutating func parse() throws(RegexError) -> RegexNode {
    let node = try alternatives()
    guard index == pattern.count else { throw RegexError(message: "an unmatched ')'") }
    return node
  }

  private var next: Unicode.Scalar? { index < pattern.count ? pattern[index] : nil }

  private mutating func take(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard pattern[index...].starts(with: scalars) else { return false }
    index += scalars.count
    return true
  }

  private mutating func alternatives() throws(RegexError) -> RegexNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < 64 else { throw RegexError(message: "groups nested deeper than 64 levels") }
    var branches: [RegexNode] = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(RegexError) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      nodes.append(try repetition(of: try atom()))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func repetition(of atom: RegexNode) throws(RegexError) -> RegexNode {
    var node = atom
    var count = 0
    while let bounds = try quantifier() {
      count += 1
      guard count <= 4 else { throw RegexError(message: "more than four quantifiers in a row") }
      let isLazy = take("?")
      // After an interval `+` repeats once more; after * + ? it makes the quantifier possessive.
      let isPossessive = !isLazy && !bounds.isInterval && take("+")
      node = .repeated(node, minimum: bounds.minimum, maximum: bounds.maximum, isLazy: isLazy)
      if isPossessive { node = .atomic(node) }
    }
    return node
  }

  private struct Bounds {
    var minimum: Int
    var maximum: Int?
    var isInterval = false
  }

  private mutating func quantifier() throws(RegexError) -> Bounds? {
    switch next {
    case "*":
      index += 1
      return Bounds(minimum: 0)
    case "+":
      index += 1
      return Bounds(minimum: 1)
    case "?":
      index += 1
      return Bounds(minimum: 0, maximum: 1)
    case "{": return try interval()
    default: return nil
    }
  }

  /// `{n}`, `{n,}`, `{n,m}` or `{,m}`; anything else after a brace is a literal brace.
  private mutating func interval() throws(RegexError) -> Bounds? {
    // Nothing longer than this is an interval: a pattern of many braces is not searched again and
    // again.
    guard let close = pattern[index...].prefix(32).firstIndex(of: "}") else { return nil }
    let body = String(String.UnicodeScalarView(pattern[index + 1..<close]))
    let parts = body.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }),
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    let numbers = parts.map { Int($0) }
    let minimum = parts[0].isEmpty ? 0 : numbers[0]
    let maximum = parts.count == 1 ? minimum : parts[1].isEmpty ? nil : numbers[1]
    guard let minimum, minimum <= 1000, maximum ?? 0 <= 1000, minimum <= maximum ?? minimum else {
      throw RegexError(message: "the repetition {\(body)}")
    }
    index = close + 1
    return Bounds(minimum: minimum, maximum: maximum, isInterval: true)
  }

  private mutating func atom() throws(RegexError) -> RegexNode {
    guard let scalar = next else { throw RegexError(message: "a pattern that ends too early") }
    index += 1
    switch scalar {
    case "(": return try group()
    case "[": return .set(try bracket())
    case ".": return .set(ScalarSet(ranges: [10...10], isNegated: true).prepared())
    case "^": return .start(isLine: true)
    case "$": return .end(isLine: true)
    case "\\": return try escape()
    case "*", "+", "?": throw RegexError(message: "'\(scalar)' with nothing to repeat")
    default: return .set(literal(scalar))
    }
  }

  private mutating func group() throws(RegexError) -> RegexNode {
    let outerCase = ignoresCase
    defer { ignoresCase = outerCase }
    let node: RegexNode
    if take("?:") {
      node = try alternatives()
    } else if take("?i:") {
      ignoresCase = true
      node = try alternatives()
    } else if take("?>") {
      node = .atomic(try alternatives())
    } else if take("?=") {
      node = .lookahead(try alternatives(), isNegative: false)
    } else if take("?!") {
      node = .lookahead(try alternatives(), isNegative: true)
    } else if next == "?" {
      let shown = String(String.UnicodeScalarView(pattern[index...].prefix(3)))
      throw RegexError(message: "a group of the kind '(\(shown)'")
    } else {
      node = try alternatives()
    }
    guard take(")") else { throw RegexError(message: "a group without its ')'") }
    return node
  }

  private func literal(_ scalar: Unicode.Scalar) -> ScalarSet {
    var ranges = [scalar.value...scalar.value]
    if ignoresCase {
      for other in Self.caseVariants(of: scalar) { ranges.append(other...other) }
    }
    return ScalarSet(ranges: ranges).prepared()
  }

  /// The other scalars that differ from this one in case only.
  private static func caseVariants(of scalar: Unicode.Scalar) -> [UInt32] {
    let properties = scalar.properties
    var variants = [properties.lowercaseMapping, properties.uppercaseMapping]
      .filter { $0.unicodeScalars.count == 1 }
      .compactMap { $0.unicodeScalars.first?.value }
    // Two letters outside ASCII fold onto ASCII ones.
    if scalar == "s" || scalar == "S" { variants.append(0x17F) }
    if scalar == "k" || scalar == "K" { variants.append(0x212A) }
    return variants
  }

  private mutating func escape() throws(RegexError) -> RegexNode {
    guard let scalar = next else { throw RegexError(message: "a backslash at the end") }
    switch scalar {
    case "b", "B":
      index += 1
      return .wordBoundary(isNegated: scalar == "B")
    case "A":
      index += 1
      return .start(isLine: false)
    case "z":
      index += 1
      return .end(isLine: false)
    default: return .set(try escapedSet(inBrackets: false))
    }
  }

  /// What follows a backslash, inside brackets or outside.
  private mutating func escapedSet(inBrackets: Bool) throws(RegexError) -> ScalarSet {
    guard let scalar = next else { throw RegexError(message: "a backslash at the end") }
    index += 1
    switch scalar {
    case "s", "S": return shorthand(ScalarClass.space, scalar == "S")
    case "d", "D": return shorthand(ScalarClass.digit, scalar == "D")
    case "w", "W":
      return shorthand(inBrackets ? ScalarClass.word : ScalarClass.looseWord, scalar == "W")
    case "p", "P": return try property(isNegated: scalar == "P")
    case "n": return literal("\n")
    case "r": return literal("\r")
    case "t": return literal("\t")
    case "f": return literal("\u{C}")
    case "v": return literal("\u{B}")
    case "a": return literal("\u{7}")
    case "e": return literal("\u{1B}")
    case "x", "u": return literal(try codePoint(scalar))
    default:
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        throw RegexError(message: "the escape '\\\(scalar)'")
      }
      return literal(scalar)
    }
  }

  private func shorthand(_ classes: UInt64, _ isNegated: Bool) -> ScalarSet {
    ScalarSet(classes: classes, isNegated: isNegated).prepared()
  }

  /// `\xHH`, `\x{H…}` or `\uHHHH`.
  private mutating func codePoint(_ kind: Unicode.Scalar) throws(RegexError) -> Unicode.Scalar {
    var digits = ""
    if kind == "x", take("{") {
      while let scalar = next, scalar != "}" {
        digits.unicodeScalars.append(scalar)
        index += 1
      }
      index += 1
    } else {
      let count = kind == "u" ? 4 : 2
      digits.unicodeScalars.append(contentsOf: pattern[index...].prefix(count))
      index += digits.unicodeScalars.count
    }
    guard index <= pattern.count, let value = UInt32(digits, radix: 16),
      let result = Unicode.Scalar(value)
    else { throw RegexError(message: "the code point '\(digits)'") }
    return result
  }

  private mutating func property(isNegated: Bool) throws(RegexError) -> ScalarSet {
    guard take("{"), let close = pattern[index...].firstIndex(of: "}") else {
      throw RegexError(message: "\\p without a property in braces")
    }
    let inverted = take("^")
    let name = String(String.UnicodeScalarView(pattern[index..<close]))
    guard let classes = ScalarClass.property(name) else {
      throw RegexError(message: "the property '\(name)'")
    }
    index = close + 1
    return shorthand(classes, isNegated != inverted)
  }

  private mutating func bracket() throws(RegexError) -> ScalarSet {
    var set = ScalarSet()
    set.isNegated = take("^")
    var isFirst = true
    while let scalar = next, scalar != "]" || isFirst {
      isFirst = false
      index += 1
      if scalar == "[" { throw RegexError(message: "a bracket inside a bracket class") }
      if scalar == "&", next == "&" { throw RegexError(message: "'&&' inside a bracket class") }
      var low = scalar
      if scalar == "\\" {
        let escaped = try escapedSet(inBrackets: true)
        guard escaped.classes == 0, let single = escaped.ranges.first,
          let value = Unicode.Scalar(single.lowerBound)
        else {
          set.unions.append(escaped)
          continue
        }
        low = value
      }
      var high = low
      if next == "-", index + 1 < pattern.count, pattern[index + 1] != "]" {
        index += 1
        high = pattern[index]
        index += 1
        if high == "\\" {
          let escaped = try escapedSet(inBrackets: true)
          guard escaped.classes == 0, let single = escaped.ranges.first,
            let value = Unicode.Scalar(single.lowerBound)
          else { throw RegexError(message: "a range that ends in a class") }
          high = value
        }
      }
      guard low <= high else { throw RegexError(message: "the range '\(low)-\(high)'") }
      set.ranges.append(low.value...high.value)
      if ignoresCase { try addCaseVariants(low, high, to: &set) }
    }
    guard take("]") else { throw RegexError(message: "a bracket class without its ']'") }
    return set.prepared()
  }

  private func addCaseVariants(
    _ low: Unicode.Scalar, _ high: Unicode.Scalar, to set: inout ScalarSet
  ) throws(RegexError) {
    guard high.value - low.value < 256 else {
      throw RegexError(message: "a long range in a group that ignores case")
    }
    for value in low.value...high.value {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for other in Self.caseVariants(of: scalar) { set.ranges.append(other...other) }
    }
  }
}
