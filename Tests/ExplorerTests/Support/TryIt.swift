import Glibc
import Testing

@testable import Explorer

/// Not a test of anything by itself: with `MUNINN_TRY=1` it lets a person use the explorer on the
/// scripted run in the terminal the tests were started from.
@Suite struct TryIt {
  @Test(.enabled(if: getenv("MUNINN_TRY") != nil)) func explorer() {
    var options = ExplorerOptions(prompt: .text(ScriptedRun.prompt), start: .seed(7))
    if let theme = getenv("MUNINN_THEME") {
      options.theme = Theme(rawValue: String(cString: theme))
    }
    let seconds = getenv("MUNINN_STEP").flatMap { Double(String(cString: $0)) } ?? 0
    #expect(ExplorerApp.run(options, service: ScriptedCompute(stepSeconds: seconds)) == 0)
  }
}
