import Checkpoints
import TestSupport
import Testing

@testable import LatentModels

/// What the weights of a diagonal injection say of how states decay, against numbers worked out by hand.
@Suite struct ContractionTests {
  /// dt = ln 2 at a bias of 0, and ln(1 + e) at 1; exp(A_log) = 1, 1/ln 2 and 0.
  private let injection = DiagonalInjection(
    logRate: [0, 0.366_512_92, -.infinity, 0], stepBias: [0, 0, 0, 1])

  private func near(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-6 * max(1, abs(expected)) } ?? false
  }

  @Test func eachChannelKeepsWhatWasWorkedOutByHand() {
    // exp(−ln 2) = ½, exp(−1), 1, 1 / (1 + e).
    for (channel, keeps) in [0.5, 0.367_879_441, 1, 0.268_941_421].enumerated() {
      #expect(near(Double(injection.decay[channel]), keeps), "\(channel)")
    }
    // ln ½ / ln ½ = 1; ln 2; for ever; ln 2 / ln(1 + e).
    #expect(near(injection.halfLife(of: 0), 1))
    #expect(near(injection.halfLife(of: 1), 0.693_147_18))
    #expect(injection.halfLife(of: 2) == nil)
    #expect(near(injection.halfLife(of: 3), 0.527_805_86))
    #expect(near(injection.left(of: 0, after: 3), 0.125))
    #expect(injection.left(of: 2, after: 1000) == 1 && injection.left(of: 3, after: 0) == 1)
    // ln 2 / (1 − ½), ln 2 / (1 − 1/e); a channel that forgets nothing grows without end.
    #expect(near(injection.gain(of: 0), 1.386_294_36))
    #expect(near(injection.gain(of: 1), 1.096_542_7))
    #expect(injection.gain(of: 2) == nil)
    #expect(injection.slowestFirst == [2, 0, 1, 3] && injection.isContracting)
  }

  @Test func theDistributionIsCountedByHand() {
    // 0.268…, 0.367…, 0.5, 1 in order.
    #expect(injection.histogram(parts: 10) == [0, 0, 1, 1, 0, 1, 0, 0, 0, 1])
    #expect(injection.histogram(parts: 1) == [4])
    #expect(near(injection.kept(at: 0), 0.268_941_421) && injection.kept(at: 1) == 1)
    #expect(near(injection.kept(at: 0.5), (0.367_879_441 + 0.5) / 2))
    #expect(near(DiagonalInjection.halfLife(keeping: 0.25), 0.5))
    #expect(DiagonalInjection.halfLife(keeping: 0) == 0)
    #expect(DiagonalInjection.halfLife(keeping: 1) == nil)
    #expect(DiagonalInjection(rate: [], step: []).kept(at: 0.5) == nil)
  }

  /// A decay that float32 rounds to 1 has its half-life all the same, and numbers that are none are no
  /// contraction.
  @Test func theEndsOfTheScaleAreHeld() {
    let slow = DiagonalInjection(logRate: [-20], stepBias: [0])
    #expect(slow.decay == [1])
    #expect(near(slow.halfLife(of: 0), 485_165_195.4))
    #expect(near(slow.gain(of: 0), 485_165_195.9))
    let fast = DiagonalInjection(logRate: [100], stepBias: [0])
    #expect(fast.decay == [0] && fast.rate[0].isFinite && fast.isContracting)
    #expect(fast.left(of: 0, after: 1) == 0)
    #expect(!DiagonalInjection(logRate: [.nan], stepBias: [0]).isContracting)
    let again = DiagonalInjection(rate: injection.rate, step: injection.step)
    #expect(again == injection)
  }

  @Test func onlyADiagonalInjectionHasOne() throws {
    let plan = try ModelPlan(try Checkpoint.open(Fixtures.path("parcae-tiny")))
    let injection = try #require(plan.facts.injection)
    #expect(injection.decay.count == 48)
    #expect(try plan.open().facts.injection == injection)
    for other in ["nanbeige-tiny", "hrm-text-tiny"] {
      #expect(try ModelPlan(try Checkpoint.open(Fixtures.path(other))).facts.injection == nil)
    }
  }
}
