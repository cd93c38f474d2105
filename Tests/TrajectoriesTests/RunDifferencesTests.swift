import Testing

@testable import Trajectories

/// All that two runs differ in, on made-up runs whose differences are known.
@Suite struct RunDifferencesTests {
  private func branch(
    _ ids: [Int], _ answers: [[Int]], arrival: [[Float?]]? = nil
  ) throws -> Branch {
    var runs = Runs()
    var trajectory = MadeUp.trajectory(ids, answers)
    if let arrival { trajectory.measured(Arrival(divergence: arrival)) }
    let id = try runs.add(MadeUp.prompt(ids), trajectory)
    return try #require(runs.branch(to: id))
  }

  private func differences(
    _ a: Branch, _ b: Branch, distances: BranchDistances? = nil, tolerance: Double = 0
  ) -> RunDifferences {
    RunDifferences(BranchComparison(a, b, distances: distances), tolerance: tolerance)
  }

  @Test func whatIsTheSameDiffersInNothing() throws {
    let run = try branch([1, 2], [[9, 9], [3, 7], [3, 5]])
    let found = differences(run, run)
    #expect(found.isSame && found.first == nil && found.answers.isEmpty)
    #expect(found.metrics.allSatisfy { $0.differing == 0 && $0.largestAt == nil })
    #expect(found.tokens.map(\.first) == [nil, nil])
  }

  /// Entropies here are a tenth of the token that is said.
  @Test func everyMetricSaysWhereAndHowMuch() throws {
    let a = try branch([1, 2], [[9, 9], [3, 7], [3, 7]])
    let b = try branch([1, 2], [[9, 9], [3, 7], [4, 3]])
    let found = differences(a, b)
    #expect(!found.isSame)
    #expect(found.first == Address(token: 0, iteration: 2))
    #expect(
      found.answers == [Address(token: 0, iteration: 2), Address(token: 1, iteration: 2)])
    let entropy = try #require(found.metrics.first { $0.name == "entropy" })
    #expect(entropy.places == 6 && entropy.differing == 2)
    #expect(entropy.first == Address(token: 0, iteration: 2))
    #expect(entropy.largestAt == Address(token: 1, iteration: 2))
    #expect(abs((entropy.largest ?? 0) - 0.4) < 1e-6 && entropy.typical == 0)
    #expect(found.tokens.map(\.parts) == [2, 2])
    #expect(found.tokens[1].a.says?.id == 7 && found.tokens[1].b.says?.id == 3)
    #expect(found.tokens[1].a.since == 1 && found.tokens[1].b.since == 2)
    // Numbers within the tolerance are the same; other answers are not.
    let norm = try #require(found.metrics.first { $0.name == "norm" })
    #expect(norm.differing == 0)
    let tolerant = differences(a, b, tolerance: 1)
    #expect(tolerant.metrics.first { $0.name == "entropy" }?.differing == 0)
    #expect(!tolerant.isSame)
  }

  /// What only one of them has is a difference.
  @Test func whatOneHasAloneDiffers() throws {
    let a = try branch([1, 2], [[9, 9], [3, 7]])
    let diverged = try branch([1, 2], [[9, 9], [3, MadeUp.nothing]])
    let found = differences(a, diverged)
    let entropy = try #require(found.metrics.first { $0.name == "entropy" })
    #expect(entropy.first == Address(token: 1, iteration: 1) && entropy.differing == 1)
    #expect(entropy.largest == 0, "nothing can be said of how much")
    #expect(!differences(a, try branch([1, 2], [[9, 9], [3, 7], [3, 7]])).isSame)
    #expect(!differences(a, try branch([1, 2, 3], [[9, 9, 9], [3, 7, 7]])).isSame)
    let other = differences(a, try branch([1, 4], [[9, 9], [3, 7]]))
    #expect(!other.isSame && other.first == nil, "the text alone differs")
  }

  @Test func whatSettlesOtherwiseIsTold() throws {
    let answers = [[9, 9], [3, 7], [3, 7], [3, 7]]
    let a = try branch(
      [1, 2], answers, arrival: [[5, 5], [0.0005, 2], [0.0001, 0.5], [0, 0]])
    let b = try branch(
      [1, 2], answers, arrival: [[5, 5], [0.002, 0.0009], [0.001, 0], [0, 0]])
    let found = differences(a, b)
    #expect(found.tokens.map(\.a.arrives) == [1, nil], "the last is compared with itself")
    #expect(found.tokens.map(\.b.arrives) == [2, 1])
    #expect(found.settlingOtherwise.map(\.index) == [0, 1])
    #expect(found.tokens[0].later == 1 && found.tokens[1].later == nil)
    // An arrival of another edge is none of this one's.
    let old = try branch([1, 2], answers, arrival: [[5, 5], [0, 0]])
    #expect(differences(old, a).tokens[0].a.arrives == nil)
  }

  @Test func distancesAreDifferencesAlready() throws {
    let run = try branch([1, 2], [[9, 9], [3, 7]])
    let distances = BranchDistances([
      .init(divergence: [0, 0], distance: [0, 0]),
      .init(divergence: [0, 0.25], distance: [.nan, 2]),
    ])
    let found = differences(run, run, distances: distances)
    let divergence = try #require(found.metrics.first { $0.name == "kl_ab" })
    #expect(divergence.largest == 0.25 && divergence.first == Address(token: 1, iteration: 1))
    #expect(found.tokens.map(\.largestDivergence) == [0, 0.25])
    #expect(found.metrics.first { $0.name == "state_distance" }?.places == 3)
    #expect(!found.isSame)
  }
}
