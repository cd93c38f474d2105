/// The normalisation forms of Unicode, exactly as the standard defines them, over scalar values.
///
/// The system's own functions are not used: they leave some sequences as they are, such as a Hangul
/// syllable with a trailing consonant behind it.
enum UnicodeNormalization {
  /// The four forms, by the names tokenizers use.
  enum Form: String, Sendable {
    case composed = "NFC"
    case decomposed = "NFD"
    case compatibilityComposed = "NFKC"
    case compatibilityDecomposed = "NFKD"

    var isCompatible: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }
    var isComposed: Bool { self == .composed || self == .compatibilityComposed }
  }

  /// The text in a form.
  static func apply(_ form: Form, to text: [UInt32]) -> [UInt32] {
    // Nothing below U+0300 composes or changes places, nothing in ASCII decomposes.
    let inert: UInt32 = form == .composed ? 0x300 : 0x80
    if text.allSatisfy({ $0 < inert }) { return text }
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    for value in text { decompose(value, form.isCompatible, into: &result) }
    order(&result)
    return form.isComposed ? composed(result) : result
  }

  private static func decompose(
    _ value: UInt32, _ isCompatible: Bool, into result: inout [UInt32]
  ) {
    if value < 0x80 {
      result.append(value)
    } else if let parts = Hangul.parts(of: value) {
      result += parts
    } else if let parts = isCompatible
      ? tables.compatible[value] ?? tables.canonical[value] : tables.canonical[value]
    {
      result += parts
    } else {
      result.append(value)
    }
  }

  /// Sorts every run of marks by class; marks of one class keep their order.
  private static func order(_ text: inout [UInt32]) {
    var start = 0
    while start < text.count {
      guard combiningClass(text[start]) != 0 else {
        start += 1
        continue
      }
      var run: [(order: Int, value: UInt32)] = []
      var end = start
      while end < text.count {
        let order = combiningClass(text[end])
        if order == 0 { break }
        run.append((order << 32 | run.count, text[end]))
        end += 1
      }
      if run.count > 1 {
        run.sort { $0.order < $1.order }
        text.replaceSubrange(start..<end, with: run.map(\.value))
      }
      start = end
    }
  }

  /// Joins each letter with the marks behind it that nothing of the same class stands before.
  private static func composed(_ text: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    var starter: Int?
    var last = 0  // class of the letter before, 0 right behind the starter
    for value in text {
      let order = combiningClass(value)
      if let index = starter, last < order || last == 0 && index == result.count - 1,
        let joined = composite(result[index], value)
      {
        result[index] = joined
        continue
      }
      if order == 0 { starter = result.count }
      last = order
      result.append(value)
    }
    return result
  }

  private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.joined(first, second) ?? tables.composites[UInt64(first) << 32 | UInt64(second)]
  }

  private static func combiningClass(_ value: UInt32) -> Int {
    value < 0x300 ? 0 : Int(tables.classes[value] ?? 0)
  }

  private static let tables = Tables()

  /// The syllables of Hangul, which follow from the letters they are made of.
  private enum Hangul {
    static let (syllable, leading, vowel, trailing): (UInt32, UInt32, UInt32, UInt32) =
      (0xAC00, 0x1100, 0x1161, 0x11A7)
    static let (vowels, trails): (UInt32, UInt32) = (21, 28)

    static func parts(of value: UInt32) -> [UInt32]? {
      guard (syllable..<syllable + 19 * vowels * trails).contains(value) else { return nil }
      let index = value - syllable
      let pair = [leading + index / (vowels * trails), vowel + index / trails % vowels]
      return index % trails == 0 ? pair : pair + [trailing + index % trails]
    }

    static func joined(_ first: UInt32, _ second: UInt32) -> UInt32? {
      if (leading..<leading + 19).contains(first), (vowel..<vowel + vowels).contains(second) {
        return syllable + ((first - leading) * vowels + second - vowel) * trails
      }
      guard (syllable..<syllable + 19 * vowels * trails).contains(first),
        (first - syllable) % trails == 0, (trailing + 1..<trailing + trails).contains(second)
      else { return nil }
      return first + second - trailing
    }
  }

  private struct Tables {
    /// Full decompositions.
    var canonical: [UInt32: [UInt32]] = [:]
    /// Those that differ from the canonical ones.
    var compatible: [UInt32: [UInt32]] = [:]
    /// What a pair becomes, by first and second scalar.
    var composites: [UInt64: UInt32] = [:]
    var classes: [UInt32: UInt8] = [:]

    init() {
      var direct: [UInt32: (targets: [UInt32], isCompatible: Bool)] = [:]
      for (source, kind, targets) in Self.entries(NormalizationData.decompositions) {
        direct[source] = (targets, kind == UInt8(ascii: "~"))
        if kind == UInt8(ascii: "="), targets.count == 2 {
          composites[UInt64(targets[0]) << 32 | UInt64(targets[1])] = source
        }
      }
      func full(_ value: UInt32, _ isCompatible: Bool) -> [UInt32] {
        guard let entry = direct[value], isCompatible || !entry.isCompatible else {
          return [value]
        }
        return entry.targets.flatMap { full($0, isCompatible) }
      }
      for (source, entry) in direct {
        if !entry.isCompatible { canonical[source] = full(source, false) }
        let all = full(source, true)
        if all != canonical[source] { compatible[source] = all }
      }
      for (source, _, order) in Self.entries(NormalizationData.classes, runsCount: false) {
        classes[source] = UInt8(order[0])
      }
    }

    /// The words of a table, runs laid out. In a run of decompositions the targets run too.
    private static func entries(
      _ text: String, runsCount: Bool = true
    ) -> [(source: UInt32, kind: UInt8, targets: [UInt32])] {
      var result: [(source: UInt32, kind: UInt8, targets: [UInt32])] = []
      var source: UInt32 = 0
      var numbers: [UInt32] = [0]
      var run: UInt32 = 1
      var kind: UInt8 = 0
      func number(_ digit: UInt8) -> UInt32 { UInt32(digit < 0x3A ? digit - 0x30 : digit - 0x37) }
      for byte in Array(text.utf8) + [0x20] {
        switch byte {
        case 0x30...0x39, 0x41...0x46:
          numbers[numbers.count - 1] = numbers[numbers.count - 1] << 4 | number(byte)
        case UInt8(ascii: "+"):
          source += numbers[0]
          numbers = [0]
          kind = byte
        case UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: ":"):
          if kind == UInt8(ascii: "+") { run = numbers[0] } else { source += numbers[0] }
          numbers = [0]
          kind = byte
        case UInt8(ascii: ","): numbers.append(0)
        default:
          guard kind != 0 else { continue }
          for offset in 0..<run {
            result.append((source, kind, runsCount ? numbers.map { $0 + offset } : numbers))
            source += 1
          }
          (numbers, run, kind) = ([0], 1, 0)
        }
      }
      return result
    }
  }
}
