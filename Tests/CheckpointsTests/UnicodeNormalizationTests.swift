import TestSupport
import Testing

@testable import Checkpoints

/// The forms of Unicode against Python's `unicodedata`; how the digests are made says
/// `Assets/unicode/make_tables.py`.
@Suite struct UnicodeNormalizationTests {
  private static func document() throws -> JSONValue {
    try TokenizerCases.document("unicode-normalization.json")
  }

  private static func forms(_ document: JSONValue) throws -> [UnicodeNormalization.Form] {
    try #require(document["forms"]?.array).map {
      try #require(UnicodeNormalization.Form(rawValue: $0.string ?? ""))
    }
  }

  private static func digest(_ texts: [[UInt32]]) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in texts {
      for byte in ScalarText.utf8(text) + [10] {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    return String(value, radix: 16)
  }

  @Test func allLetters() throws {
    let document = try Self.document()
    #expect(document["unicode"]?.string == NormalizationData.version)
    let forms = try Self.forms(document)
    for block in UInt32(0)..<0x110 {
      let texts = (block << 12..<(block + 1) << 12).filter { Unicode.Scalar($0) != nil }.map {
        [$0]
      }
      if texts.isEmpty { continue }
      let wanted = document["letters"]?[String(block, radix: 16)]?.array?.compactMap(\.string)
      for (index, form) in forms.enumerated() {
        let found = texts.map { UnicodeNormalization.apply(form, to: $0) }
        let isRight = wanted.map { $0[index] == Self.digest(found) } ?? (found == texts)
        #expect(isRight, "\(form) of the letters from U+\(String(block << 12, radix: 16))")
      }
    }
  }

  @Test func randomSequences() throws {
    let document = try Self.document()
    let ranges = try #require(document["ranges"]?.array).map { range in
      let ends = try #require(range.string).split(separator: "-").map { UInt32($0, radix: 16)! }
      return ends[0]...ends[1]
    }
    var state: UInt64 = 9
    func below(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
    func letter() -> UInt32 {
      let range = ranges[below(ranges.count)]
      return range.lowerBound + UInt32(below(range.count))
    }
    let forms = try Self.forms(document)
    let batches = try #require(document["sequences"]?.array)
    #expect(batches.count == 40)
    for (number, batch) in batches.enumerated() {
      let texts = (0..<500).map { _ in (0...below(8)).map { _ in letter() } }
      for (form, wanted) in zip(forms, try #require(batch.array)) {
        let found = Self.digest(texts.map { UnicodeNormalization.apply(form, to: $0) })
        #expect(found == wanted.string, "\(form), batch \(number)")
      }
    }
  }

  @Test(arguments: [
    ([0xAC00, 0x11A8], "NFC", [0xAC01]),
    ([0x65, 0xF73, 0x300], "NFC", [0xE8, 0xF71, 0xF72]),
    ([0x1100, 0x1161, 0x11A8], "NFC", [0xAC01]), ([0xAC01, 0x11A8], "NFC", [0xAC01, 0x11A8]),
    ([0xAC00, 0x11A7], "NFC", [0xAC00, 0x11A7]), ([0x61, 0x315, 0x300], "NFC", [0xE0, 0x315]),
    ([0x61, 0x34F, 0x301], "NFC", [0x61, 0x34F, 0x301]), ([0x958], "NFC", [0x915, 0x93C]),
    ([0xFB01], "NFKC", [0x66, 0x69]), ([0x212B], "NFC", [0xC5]),
    ([0x1E9B, 0x323], "NFKC", [0x1E69]),
  ])
  func knownCases(_ text: [UInt32], _ form: String, _ expected: [UInt32]) throws {
    let form = try #require(UnicodeNormalization.Form(rawValue: form))
    #expect(UnicodeNormalization.apply(form, to: text) == expected)
  }
}
