/// A set of Unicode scalars as a regular expression writes it: ranges, general categories and the
/// white-space and word classes, possibly negated.
struct ScalarSet: Sendable {
  /// Scalars by range.
  var ranges: [ClosedRange<UInt32>] = []
  /// Bit k: every scalar whose class has bit k (see `ScalarClass`).
  var classes: UInt64 = 0
  /// Sets joined to this one, such as a negated class inside brackets.
  var unions: [ScalarSet] = []
  /// Whether the set holds what the parts above do not name.
  var isNegated = false
  /// Bit k: ASCII scalar k belongs to the set, negation included. Filled by `prepared`.
  private var lowASCII: UInt64 = 0
  private var highASCII: UInt64 = 0

  init(ranges: [ClosedRange<UInt32>] = [], classes: UInt64 = 0, isNegated: Bool = false) {
    self.ranges = ranges
    self.classes = classes
    self.isNegated = isNegated
  }

  /// The set with its table of ASCII members.
  func prepared() -> ScalarSet {
    var result = self
    result.ranges = Self.merged(ranges)
    for value in UInt32(0)..<128
    where result.computedContains(value, classes: ScalarClass.of(value)) {
      if value < 64 { result.lowASCII |= 1 << value } else { result.highASCII |= 1 << (value - 64) }
    }
    return result
  }

  /// Whether the set holds a scalar of which `classes` are the class bits.
  func contains(_ value: UInt32, classes other: UInt64) -> Bool {
    if value < 64 { return lowASCII >> value & 1 == 1 }
    if value < 128 { return highASCII >> (value - 64) & 1 == 1 }
    return computedContains(value, classes: other)
  }

  /// Few ranges stay as they are written.
  private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    if ranges.count <= few { return ranges }
    var result: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  private static let few = 8

  /// Searches many ranges, which are in order, by halves.
  private func isInRange(_ value: UInt32) -> Bool {
    if ranges.count <= Self.few {
      for range in ranges where range.contains(value) { return true }
      return false
    }
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(value)
  }

  private func computedContains(_ value: UInt32, classes other: UInt64) -> Bool {
    var inside = classes & other != 0
    if !inside { inside = isInRange(value) }
    if !inside {
      for set in unions where set.computedContains(value, classes: other) {
        inside = true
        break
      }
    }
    return inside != isNegated
  }
}

/// Classes of Unicode scalars as bits: one for each general category, one each for white space and
/// word characters.
enum ScalarClass {
  static let space: UInt64 = 1 << 40
  /// Word characters as Unicode defines them: alphabetic, marks, decimal digits, connectors.
  static let word: UInt64 = 1 << 41
  /// The same and the Latin-1 numbers ¹²³¼½¾: what Oniguruma takes for a word character outside
  /// brackets, where it looks characters below U+0100 up in a table of their own.
  static let looseWord: UInt64 = 1 << 42

  private static let categories: [(String, Unicode.GeneralCategory)] = [
    ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter),
    ("Lm", .modifierLetter), ("Lo", .otherLetter), ("Mn", .nonspacingMark),
    ("Mc", .spacingMark), ("Me", .enclosingMark), ("Nd", .decimalNumber), ("Nl", .letterNumber),
    ("No", .otherNumber), ("Pc", .connectorPunctuation), ("Pd", .dashPunctuation),
    ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
    ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol),
    ("Sc", .currencySymbol), ("Sk", .modifierSymbol), ("So", .otherSymbol),
    ("Zs", .spaceSeparator), ("Zl", .lineSeparator), ("Zp", .paragraphSeparator),
    ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse),
    ("Cn", .unassigned),
  ]

  /// The bits of a property such as `L` or `Lu`; nil for an unknown one.
  static func property(_ name: String) -> UInt64? {
    var bits: UInt64 = 0
    for (index, category) in categories.enumerated()
    where category.0 == name || String(category.0.prefix(1)) == name {
      bits |= 1 << index
    }
    return bits == 0 ? nil : bits
  }

  /// The bits of digits, `\d`.
  static let digit: UInt64 = 1 << 8

  /// The class bits of a scalar value; a surrogate, which is no scalar, has the bit of `Cs`.
  static func of(_ value: UInt32) -> UInt64 {
    value < 128 ? asciiTable[Int(value)] : computed(value)
  }

  private static let asciiTable: [UInt64] = (UInt32(0)..<128).map(computed)

  private static func computed(_ value: UInt32) -> UInt64 {
    guard let scalar = Unicode.Scalar(value) else { return property("Cs") ?? 0 }
    let properties = scalar.properties
    let category = properties.generalCategory
    var bits: UInt64 = 1 << bit(of: category)
    if properties.isWhitespace { bits |= space }
    switch category {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      bits |= word | looseWord
    case .otherNumber where value < 256: bits |= looseWord
    default: if properties.isAlphabetic { bits |= word | looseWord }
    }
    return bits
  }

  private static func bit(of category: Unicode.GeneralCategory) -> UInt64 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
