import Checkpoints
import Glibc
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Kinds of motion of systems whose answers are known.
@Suite struct MotionTests {
  static let width = 24

  /// Numbers from −1 to 1.
  struct Noise {
    var dice: Dice
    init(_ seed: UInt64) { dice = Dice(seed: seed) }
    mutating func next() -> Double { Double(dice.below(2_000_001)) / 1_000_000 - 1 }
  }

  /// A path around a centre of length about 12, as float32: `x(i)` along fixed orthonormal directions.
  static func path(
    _ iterations: ClosedRange<Int>, noise: Double = 0, seed: UInt64 = 1,
    centre: Double = 12 / Double(width).squareRoot(), _ x: (Double) -> [Double]
  ) -> Motion {
    var dice = Noise(seed)
    let values = iterations.flatMap { iteration -> [Float] in
      let place = x(Double(iteration))
      return (0..<width).map { column in
        let own = place.indices.contains(column) ? place[column] : 0
        return Float(centre + own + noise * dice.next())
      }
    }
    return Motion(
      Matrix(rows: iterations.count, columns: width, values: values),
      first: iterations.lowerBound)
  }

  static func turned(_ angle: Double, _ radius: Double = 1) -> [Double] {
    [radius * cos(angle), radius * sin(angle)]
  }

  @Test(arguments: [0.5, 0.8, 0.9, -0.9, -0.6])
  func aRealContractionIsAFixedPoint(rate: Double) throws {
    let motion = Self.path(8...24) { [2 * pow(rate, $0), pow(rate * 0.7, $0)] }
    #expect(motion.kind == .fixedPoint, "\(motion.reasons)")
    let fit = try #require(motion.fit)
    #expect(abs(fit.slope - log(abs(rate))) < 0.01, "\(fit)")
  }

  @Test(arguments: [0.3, 0.86, 1.7, 3.0]) func aSpiralIntoItIsAFixedPoint(angle: Double) {
    let motion = Self.path(12...32) { Self.turned(angle * $0, 3 * pow(0.85, $0)) }
    #expect(motion.kind == .fixedPoint, "\(motion.reasons)")
    #expect((motion.fit?.interval.upperBound ?? 1) < 0)
  }

  @Test func theFloorOfFloat32IsRest() throws {
    let motion = Self.path(10...60) { [pow(0.6, $0)] }
    #expect(motion.kind == .fixedPoint)
    let since = try #require(motion.restsSince)
    #expect(motion.since == since && (16...19).contains(since), "\(since)")
    #expect(motion.reasons[0].contains("float32's floor"))
    // Above the floor the rate is seen, below it nothing is fitted.
    let fit = try #require(motion.fit)
    #expect(abs(fit.slope - log(0.6)) < 0.02 && fit.count < 10)
    let still = Self.path(3...12) { _ in [1] }
    #expect(still.kind == .fixedPoint && still.since == 4)
    let zero = Motion(Matrix(rows: 9, columns: 4), first: 0)
    #expect(zero.kind == .fixedPoint && zero.path?.finalDirected == nil)
  }

  @Test(arguments: [2, 3, 7]) func cyclesHaveTheirPeriod(period: Int) {
    var dice = Noise(UInt64(period))
    let places = (0..<period).map { _ in (0..<Self.width).map { _ in dice.next() } }
    for window in [16...32, 7...39] {
      let motion = Self.path(window) { places[Int($0) % period] }
      #expect(motion.kind == .cycle(period), "\(motion.reasons) \(motion.returns.debugDescription)")
      #expect(motion.since == window.lowerBound)
    }
    #expect(
      Self.path(16...48, noise: 0.05) { places[Int($0) % period] }.kind == .cycle(period))
    let turn = Self.path(16...48) { Self.turned(2 * .pi * $0 / Double(period)) }
    #expect(turn.kind == .cycle(period), "\(turn.reasons)")
  }

  @Test func shortestWindowsSeeShortCycles() {
    #expect(Self.path(6...12) { [cos(.pi * $0)] }.kind == .cycle(2))
    #expect(Self.path(6...12) { Self.turned(2 * .pi * $0 / 3) }.kind == .cycle(3))
    #expect(Self.path(6...12) { Self.turned(2 * .pi * $0 / 5) }.kind == .unclear)
  }

  @Test(arguments: [7.3, 3.4, 2.6180339887, 11.7])
  func rotationsHaveTheirsInParts(period: Double) throws {
    let motion = Self.path(20...60) { Self.turned(2 * .pi * $0 / period) }
    guard case .orbit(let found) = motion.kind else {
      Issue.record("\(motion.kind) \(motion.reasons)")
      return
    }
    #expect(abs(found - period) < 0.02 * period, "\(found)")
    // Two turns in five iterations come back to the bit: that is a cycle.
    #expect(Self.path(20...60) { Self.turned(2 * .pi * $0 / 2.5) }.kind == .cycle(5))
  }

  @Test(arguments: [1, 2, 3, 4, 5]) func aNoisyLimitCycleIsOne(seed: UInt64) {
    let motion = Self.path(32...64, noise: 0.04, seed: seed) { Self.turned(2 * .pi * $0 / 6) }
    #expect(motion.kind == .cycle(6), "\(motion.reasons)")
    #expect(motion.fit?.interval.contains(0) == true)
  }

  @Test func aDriftIsASlide() {
    for noise in [0, 0.002] {
      let motion = Self.path(32...64, noise: noise) { [0.05 * $0, -0.02 * $0] }
      #expect(motion.kind == .slide, "\(motion.reasons)")
    }
    let motion = Self.path(6...12) { [0.3 * $0] }
    #expect(motion.kind == .slide)
    #expect((motion.path?.straightness ?? 0) > 0.999 && (motion.path?.finalDirected ?? 0) > 0.999)
  }

  /// Its steps shrink as 1/r, and so add up without end: no fixed point, however small they are.
  @Test func aSlowingSlideIsNoFixedPoint() {
    for window in [16...32, 32...64, 8...64] {
      let motion = Self.path(window) { [2 * log($0)] }
      #expect(motion.kind == .slide, "\(window) \(motion.reasons)")
      #expect((motion.fit?.interval.upperBound ?? 1) < 0 && abs((motion.fit?.power ?? 0) + 1) < 0.1)
    }
  }

  @Test func growthIsDivergence() {
    #expect(Self.path(16...32) { [0.01 * pow(1.2, $0)] }.kind == .diverging)
    #expect(
      Self.path(16...40) { Self.turned(0.9 * $0, 0.01 * pow(1.15, $0)) }.kind == .diverging)
    let lost = Self.path(4...20) { [$0 < 9 ? 1 / $0 : .nan] }
    #expect(lost.kind == .diverging && lost.since == 9 && lost.path == nil)
    #expect(lost.reasons == ["the state after r 9 is not finite"])
    #expect(Self.path(4...5) { [$0 < 5 ? 1 : .infinity] }.kind == .diverging)
  }

  @Test(arguments: 1...20) func aRandomWalkIsUnclear(seed: Int) {
    for width in [3, Self.width] {
      var dice = Noise(UInt64(seed) + 100)
      var place = [Double](repeating: 0, count: width)
      let places = (0...40).map { _ in
        for i in place.indices { place[i] += 0.1 * dice.next() }
        return place
      }
      let motion = Self.path(0...40) { places[Int($0)] }
      #expect(motion.kind == .unclear, "\(motion.kind) \(motion.reasons)")
      #expect(!motion.reasons.isEmpty)
    }
  }

  @Test(arguments: 1...10) func whiteNoiseIsUnclear(seed: Int) {
    let motion = Self.path(10...40, noise: 1, seed: UInt64(seed)) { _ in [] }
    #expect(motion.kind == .unclear, "\(motion.kind) \(motion.reasons)")
  }

  @Test func tooShortAWindowIsUnclear() {
    for last in 4...9 {
      let motion = Self.path(4...last) { [pow(0.5, $0)] }
      #expect(motion.kind == .unclear && motion.reasons[0].contains("needs 6"))
    }
    #expect(Self.path(4...10) { [pow(0.5, $0)] }.kind == .fixedPoint)
  }

  /// Neither at rest nor even: what turns and shrinks a little is said to, and not more.
  @Test func aSlowSpiralIsUnclear() {
    let motion = Self.path(20...52) { Self.turned(0.9 * $0, pow(0.988, $0)) }
    #expect(motion.kind == .unclear)
    #expect(motion.reasons.contains { $0.contains("a longer window would tell") })
    #expect(motion.reasons.contains { $0.contains("states turn, once in 7") })
  }

  /// What fell at first and then kept its pace has not come to rest.
  @Test func aTransientOntoACycleIsNoFixedPoint() {
    let motion = Self.path(0...32) {
      Self.turned(2 * .pi * $0 / 4, 0.2 + 5 * exp(-$0))
    }
    #expect(motion.kind != .fixedPoint, "\(motion.reasons)")
    let later = Self.path(16...32) { Self.turned(2 * .pi * $0 / 4, 0.2 + 5 * exp(-$0)) }
    #expect(later.kind == .cycle(4))
  }

  @Test func longWindowsAreLookedAtFromTheirEnd() {
    #expect(Motion.lookedAt(0...1000) == 745...1000 && Motion.lookedAt(3...9) == 3...9)
    #expect(Motion.usualWindow(upTo: 12) == 6...12 && Motion.usualWindow(upTo: 0) == 0...0)
  }

  // MARK: Definitions

  @Test func thePathMeasuresAreThoseOfTheReference() throws {
    let json = try JSONValue(readingFile: Fixtures.path("trajectory-metrics.json"))
    let rows = try #require(json["trajectory"]?.array).map {
      try #require($0.array).compactMap(\.number)
    }
    let path = PathMeasures(
      Matrix(
        rows: rows.count, columns: rows[0].count, values: rows.joined().map { Float($0) }))
    let expected = try #require(json["metrics"])
    // The states are rounded to float32.
    func near(_ name: String, _ ours: [Double?], _ key: JSONValue?) throws {
      let values = try #require(key?.array?.compactMap(\.number) ?? key?.number.map { [$0] })
      #expect(values.count == ours.count && !values.isEmpty, "\(name)")
      for (a, b) in zip(ours, values) { #expect(abs((a ?? .nan) - b) < 3e-6, "\(name)") }
    }
    try near("entropy", [path.matrixEntropy], expected["matrix_entropy_nats"])
    try near("rank", [path.effectiveRank], expected["effective_rank_singular_values"])
    try near("anisotropy", [path.anisotropy], expected["anisotropy_centred_top_fraction"])
    try near("steps", path.steps, expected["step_sizes"])
    try near("relative", path.relativeResiduals, expected["relative_residuals"])
    try near("turns", path.turns, expected["cosine_distance_consecutive"])
    try near("cosines", path.stepCosines, expected["cosine_of_consecutive_updates"])
    try near("bends", path.secondDifferences, expected["second_difference_norms"])
    try near(
      "relative bends", path.relativeSecondDifferences, expected["second_difference_normalised"])
    try near("length", [path.length], expected["path_length"])
    try near("straightness", [path.straightness], expected["straightness"])
    let chain = try #require(path.chain)
    let embedding = expected["chain_of_embedding"]
    try near("magnitudes", chain.magnitudes, embedding?["normalised_magnitudes"])
    try near("angles", chain.angles, embedding?["normalised_angles"])
    try near("CoE-R", [chain.real], embedding?["coe_r"])
    try near("CoE-C", [chain.complex], embedding?["coe_c"])
  }

  @Test func whatIsUndefinedIsNil() {
    let still = PathMeasures(Matrix(rows: 3, columns: 2, values: [1, 2, 1, 2, 1, 2]))
    #expect(still.net == 0 && still.straightness == nil && still.finalDirected == nil)
    #expect(still.chain == nil && still.anisotropy == nil && still.stepCosines == [nil])
    #expect(abs((still.effectiveRank ?? 0) - 1) < 1e-6)
    let zero = PathMeasures(Matrix(rows: 2, columns: 2))
    #expect(zero.matrixEntropy == nil && zero.turns == [nil] && zero.relativeResiduals == [nil])
    let back = PathMeasures(Matrix(rows: 3, columns: 1, values: [1, 2, 1]))
    #expect(back.net == 0 && back.length == 2 && back.straightness == 0)
  }

  @Test func intervalsHoldTheSlope() throws {
    var held = 0
    for seed in 1...200 as ClosedRange<UInt64> {
      var dice = Noise(seed)
      let steps = (0..<20).map { exp(-0.1 * Double($0) + 0.3 * dice.next()) }
      let fit = try #require(StepFit(steps, first: 1, floor: 0))
      held += fit.interval.contains(-0.1) ? 1 : 0
    }
    #expect(held >= 180 && held < 200, "\(held)")
    #expect(StepFit([1, 0.5], first: 1, floor: 0) == nil)
    #expect(StepFit([1, 0.5, 1e-9, 1], first: 1, floor: 1e-6) == nil)
    for (freedom, value) in [(1, 12.706), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042)] {
      #expect(abs(StepFit.quantile(freedom) - value) < 0.01)
    }
  }
}
