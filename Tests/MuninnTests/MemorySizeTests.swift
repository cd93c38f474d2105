import Testing

@testable import muninn

@Suite struct MemorySizeTests {
  @Test(arguments: [
    ("512", 512), ("64k", 65536), ("512M", 512 << 20), ("2G", 2 << 30), ("1.5GiB", 3 << 29),
    ("10 mb", nil), ("10mb", 10 << 20), ("", nil), ("0", nil), ("-1", nil), ("2X", nil),
    ("1e9", nil), ("99999999T", nil), ("0.1", nil), (".", nil),
  ])
  func readsAmounts(text: String, bytes: Int?) {
    #expect(MemorySize(argument: text)?.bytes == bytes)
  }
}
