import TestSupport
import Testing

@testable import muninn

/// `muninn replay` as a script sees it, on the embedded model.
@Suite struct ReplayTests {
  private func replay(
    _ text: String, _ options: [String] = []
  ) throws -> (status: Int32, out: String, error: String) {
    let folder = try TemporaryFolder()
    let path = try folder.write("session.log", text)
    return try withExtendedLifetime(folder) { try Program.run(["replay", path] + options) }
  }

  private static let log = """
    muninn-log 1 size 100x30
    begin "3+4-2+9-5+1+8-6?"
    # The answer is there before the run ends.
    expect answer 2
    expect r 12
    goto 16:4
    extend 8
    expect edge 20
    seed 5
    token 5 8
    expect runs 3
    edit 16:8 := 0
    compare 1
    copies 4
    expect screen contains copies
    fan-down 2
    unzoom
    ask "7+8?"
    expect answer 5
    metric nonsense
    expect refusal

    """

  @Test func aLogLeadsToTheSameScreenEveryTime() throws {
    let (first, second) = (try replay(Self.log), try replay(Self.log))
    #expect(first.status == 0, "\(first.error)")
    #expect(first.out == second.out)
    #expect(first.out.split(separator: "\n").first?.contains("7+8?") == true)
    #expect(first.out.split(separator: "\n", omittingEmptySubsequences: false).count == 31)
  }

  @Test func whatIsOtherwiseIsAnErrorWithItsLine() throws {
    let (status, out, error) = try replay(Self.log + "expect answer 4\n")
    #expect(status == 1 && out.isEmpty)
    #expect(error.contains("line 22: the answer is '5', not '4'"), "\(error)")
    let wrong = try replay("exted 4\n")
    #expect(wrong.status != 0 && wrong.error.contains("line 1") && wrong.error.contains("extend"))
    let missing = try Program.run(["replay", "/nowhere/at/all.log"])
    #expect(missing.status != 0 && missing.error.contains("/nowhere/at/all.log"))
    let start = try replay("play\n", ["--seed", "5"])
    #expect(start.status != 0 && start.error.contains("where its session starts"))
  }
}
