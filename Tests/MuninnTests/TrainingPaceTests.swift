import Testing

@testable import muninn

/// The pace is that of the last 20 seconds.
@Suite struct TrainingPaceTests {
  @Test func slowFirstStepsAreForgotten() {
    var pace = TrainingPace()
    #expect(pace.tokensPerSecond == 0 && pace.secondsPerStep == 0)
    pace.add(seconds: 30, tokens: 3_000)
    #expect(pace.tokensPerSecond == 100 && pace.secondsPerStep == 30)
    for _ in 0..<10 { pace.add(seconds: 1, tokens: 3_000) }
    #expect(pace.tokensPerSecond < 1_000, "ten of the twenty seconds are still of the first step")
    for _ in 0..<10 { pace.add(seconds: 1, tokens: 3_000) }
    #expect(pace.tokensPerSecond == 3_000 && pace.secondsPerStep == 1)
    for _ in 0..<40 { pace.add(seconds: 0.5, tokens: 3_000) }
    #expect(pace.tokensPerSecond == 6_000 && pace.secondsPerStep == 0.5)
  }
}
