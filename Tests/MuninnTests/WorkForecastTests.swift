import Testing

@testable import LatentModels
@testable import muninn

/// What commands take besides weights, with numbers worked out by hand.
@Suite struct WorkForecastTests {
  /// Of Huginn's size.
  private var facts: ModelFacts {
    ModelFacts(
      family: "f", layers: .init(prelude: 2, core: 4, coda: 2), width: 5_280, heads: 55,
      vocabularySize: 65_536, maximumTokens: 4_096, defaultIterations: 32, parameters: 1,
      packedBytes: 1, keyWidth: 5_280)
  }

  /// 132 layers of 2 · 5280 floats: 5.58 MB a token, twice that while lists grow.
  @Test func aFullCacheBoundsTheText() throws {
    func fitting(_ available: Int?, _ strategy: String = "full") throws -> Int {
      try WorkForecast.tokens(
        facts, strategy: CacheStrategy(parsing: strategy), iterations: 32, prompt: 10,
        wanted: 4_000, available: available)
    }
    #expect(try fitting(nil) == 4_000)
    #expect(try fitting(64_000_000_000) == 4_000)
    #expect(try fitting(4_000_000_000) == 348)
    #expect(try fitting(4_000_000_000, "latest-compress-s4") == 4_000)
    do {
      _ = try fitting(100_000_000)
      Issue.record("it was taken")
    } catch let error as NotEnoughRoom {
      #expect(error.description.contains("100.00 MB are available"), "\(error)")
      #expect(error.description.contains("11.15 MB a token at 32 iterations"), "\(error)")
      #expect(error.description.contains("latest-compress-s4"), "\(error)")
    }
  }

  @Test func aTraceHoldsTheTablesOfTwoIterations() throws {
    #expect(throws: Never.self) {
      try WorkForecast.checkTrace(
        facts, tokens: 1_000, withLogits: false, available: 1_500_000_000)
    }
    #expect(throws: NotEnoughRoom.self) {
      try WorkForecast.checkTrace(
        facts, tokens: 1_000, withLogits: false, available: 1_000_000_000)
    }
  }

  @Test func statesMustFitTheDisk() throws {
    func check(_ available: Int) throws {
      try WorkForecast.checkSave(
        facts, to: "states.safetensors", tokens: 100, iterations: 1_000, withLogits: false,
        available: available)
    }
    #expect(throws: Never.self) { try check(4_300_000_000) }
    #expect(throws: NotEnoughRoom.self) { try check(4_100_000_000) }
  }
}
