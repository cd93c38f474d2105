import Foundation
import Testing

@testable import Trajectories

@Suite struct SamplingTests {
  /// Probabilities 0.5, 0.25, 0.125, 0.125.
  private let logits = [0.5, 0.25, 0.125, 0.125].map { Float(log($0)) }

  private func kept(_ change: (inout Sampling) -> Void) -> [Double] {
    var sampling = Sampling()
    sampling.temperature = 1
    change(&sampling)
    return sampling.probabilities(logits).map { ($0 * 1000).rounded() / 1000 }
  }

  @Test func filtersKeepWhatThePublishedCodeKeeps() {
    #expect(kept { _ in } == [0.5, 0.25, 0.125, 0.125])
    #expect(kept { $0.topK = 2 } == [0.667, 0.333, 0, 0])
    #expect(kept { $0.topK = 3 } == [0.5, 0.25, 0.125, 0.125], "ties stay")
    // The token that crosses 0.7 goes; others would keep it.
    #expect(kept { $0.topP = 0.7 } == [1, 0, 0, 0])
    #expect(kept { $0.topP = 0.8 } == [0.667, 0.333, 0, 0])
    #expect(kept { $0.topP = 0.1 } == [1, 0, 0, 0], "the likeliest always stays")
    #expect(kept { $0.minP = 0.4 } == [0.667, 0.333, 0, 0])
    // top-k is not followed by normalising: 0.5 + 0.25 stays under 0.8.
    #expect(
      kept {
        $0.topK = 2
        $0.topP = 0.8
      } == [0.667, 0.333, 0, 0])
    #expect(kept { $0.temperature = 0.5 } == [0.727, 0.182, 0.045, 0.045])
  }

  @Test func tokensThatOccurredAreMadeLessLikely() throws {
    var sampling = Sampling()
    sampling.repetitionPenalty = 2
    #expect(sampling.penalized([4, -4, 4, -4], after: [0, 1, 0]) == [2, -8, 4, -4])
    var sampler = Sampler(sampling)
    #expect(try sampler.choose([4, 3, 1, 0], after: [0]) == 1)
    #expect(try sampler.choose([4, 3, 1, 0], after: []) == 0)
    sampling.repetitionPenalty = 1e-38
    sampling.temperature = 1
    sampler = Sampler(sampling)
    #expect(throws: PenaltyTooStrong.self) { try sampler.choose([4, 3000, 1, 0], after: [1]) }
  }

  @Test func drawsFollowTheDistributionAndTheSeed() throws {
    func draws(_ seed: UInt64) throws -> [Int] {
      var sampling = Sampling()
      sampling.temperature = 1
      sampling.seed = seed
      var sampler = Sampler(sampling)
      return try (0..<2000).map { _ in try sampler.choose(logits, after: []) }
    }
    let first = try draws(1)
    let (again, other) = (try draws(1), try draws(2))
    #expect(first == again && first != other)
    for (id, share) in [0.5, 0.25, 0.125, 0.125].enumerated() {
      #expect(abs(Double(first.filter { $0 == id }.count) / 2000 - share) < 0.04)
    }
  }
}
