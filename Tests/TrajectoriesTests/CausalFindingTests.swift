import LatentModels
import Testing
import Trajectories

/// What a causal map comes to, in words.
@Suite struct CausalFindingTests {
  /// A map of three tokens and iterations 0 to 2; shares by token and iteration, nil for what is missing.
  private func map(
    _ shares: [[Float?]], kind: CausalMap.Kind = .hold, corrupted: Float = -4
  ) -> CausalMap {
    let question = CausalMap.Question(
      clean: Lineage(MadeUp.prompt()), corrupted: Lineage(MadeUp.prompt(seed: 5)), kind: kind,
      last: 2)
    let ends = (
      CausalMap.Effect(probability: 0.9, logitDifference: 6),
      CausalMap.Effect(probability: 0.1, logitDifference: corrupted)
    )
    var map = CausalMap(
      question, iterations: question.iterations, answer: 1, other: 2, cleanEffect: ends.0,
      corruptedEffect: ends.1)
    for (token, row) in shares.enumerated() {
      for (iteration, share) in row.enumerated() {
        guard let share else { continue }
        map.add(
          .init(
            probability: 0.1 + 0.8 * share, logitDifference: corrupted + share * (6 - corrupted)),
          at: .init(token: token, iteration: iteration))
      }
    }
    return map
  }

  private func words(_ map: CausalMap, naming room: Int = 4) -> String {
    CausalFinding(map, by: .logitDifference).words(of: map, label: { "\($0) 't'" }, naming: room)
  }

  @Test func carriersAreNamedWithTheLastIterationThatIsSoonEnough() {
    let one = map([[0, 0, 0], [1, 0.95, 0.4], [0, 0, 0.2]])
    #expect(
      words(one) == "token 1 't' from r 1 alone brings back 95 %, and so it does from before")
    let two = map([[0.92, 0, 0], [1, 0.95, 0.4], [0, 0, 0.2]])
    #expect(words(two) == "one alone brings back 90 %: 0 't' from r 0, 1 't' from r 1")
    #expect(words(two, naming: 1) == "one alone brings back 90 %: 0 't' from r 0 and 1 more")
    let unfinished = map([[nil, 0, 0], [nil, 0.95, 0.4], [nil, 0, 0.2]])
    #expect(words(unfinished).hasPrefix("so far: token 1 't' from r 1"))
    #expect(unfinished.next(9).map(\.token) == [0, 1, 2] && unfinished.computedCount == 6)
  }

  @Test func whatIsForgottenIsSaid() {
    let once = map([[0, 0, 0], [0, 0.02, 0.7], [0, 0, 0.3]], kind: .once)
    #expect(
      words(once) == "most alone: 1 't' at r 2, 70 %; what is put back before r 2 is forgotten")
    #expect(
      words(map([[0, 0, 0], [0, 0.05, 0], [0, 0, 0]])) == "no token alone brings anything back")
    let same = map([[0, 0, 0], [0, 0.05, 0], [0, 0, 0]], corrupted: 3)
    #expect(same.saysTheSame && words(same).hasPrefix("both runs say the same"))
  }

  @Test func sharesAreOfWhatIsMeasured() {
    let found = map([[0.5, 1, 0], [1.2, 0, 0], [-0.4, 0, 0]])
    for measure in CausalMap.Measure.allCases {
      #expect(abs((found.share(token: 1, iteration: 0, by: measure) ?? 0) - 1.2) < 1e-5)
    }
    #expect(CausalFinding.percent(-0.4) == "-40 %" && CausalFinding.percent(.nan) == "undefined")
    // Two runs that say the very same have no share.
    let equal = map([[0.5]], corrupted: 6)
    #expect(equal.share(token: 0, iteration: 0, by: .logitDifference) == nil)
  }
}
