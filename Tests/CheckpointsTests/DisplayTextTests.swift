import Checkpoints
import Testing

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("plain é 中 🙂", "plain é 中 🙂"), ("a\nb\t\r", "a↵b⇥\\r"),
    ("\u{1B}[2J\u{0}\u{7F}", "\\x1b[2J\\x00\\x7f"),
    ("\u{9B}31m", "\\u{9b}31m"), ("e\u{301}", "e\u{301}"), ("\u{301}", "\\u{301}"),
    (" \u{301}", " \\u{301}"), ("\u{200D}\u{202E}x\u{FEFF}", "\\u{200d}\\u{202e}x\\u{feff}"),
    ("\u{2028}\u{A0}\u{AD}", "\\u{2028}\\u{a0}\\u{ad}"), ("\u{E000}\u{3164}", "\\u{e000}\\u{3164}"),
    ("❤\u{FE0F}", "❤\\u{fe0f}"),
  ])
  func escapes(_ text: String, _ expected: String) {
    let shown = DisplayText.escape(text)
    #expect(Array(shown.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test func brokenBytes() {
    #expect(DisplayText.escape(bytes: [0x61, 0xC3, 0x62]) == "a\\xc3b")
    #expect(DisplayText.escape(bytes: [0xE2, 0x82]) == "\\xe2\\x82")
    #expect(DisplayText.escape(bytes: [0xF0, 0x9F, 0x99, 0x82, 0x80]) == "🙂\\x80")
    #expect(
      DisplayText.escape(bytes: [0xED, 0xA0, 0x80, 0xC0, 0xAF]) == "\\xed\\xa0\\x80\\xc0\\xaf")
  }
}
