import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn --plain` as a script uses it, on the embedded model.
@Suite struct PlainTests {
  private func run(_ lines: String, _ options: [String] = [], then bytes: [UInt8] = []) throws -> (
    status: Int32, out: String, error: String
  ) {
    try Program.run(["explore", "--plain"] + options, input: Data(lines.utf8) + Data(bytes))
  }

  @Test func linesAreAnsweredWithoutATerminal() throws {
    let (status, out, error) = try run(
      "goto 16:4\nextend 8\nmetric entropy\nshow exits\nshow predictions\n")
    #expect(status == 0 && error.isEmpty, "\(error)")
    #expect(out.contains("answer: '2' since r") && out.contains("right (mod 10)"))
    #expect(out.contains("iteration: 20 of 20") && out.contains("argmax-stability"))
    #expect(!out.contains("\u{1b}") && !out.contains("\r"))
  }

  @Test func whatIsNotUnderstoodMakesTheStatusOne() throws {
    let (status, out, error) = try run(
      "exted 4\n", ["7+8?", "--steps", "3"], then: [0xff, 0x0a])
    #expect(status == 1 && out.contains("did you mean extend"))
    #expect(error.contains("2 lines"))
    let empty = try run("")
    #expect(empty.status == 0 && empty.out.contains("answer: '2'"))
  }
}
