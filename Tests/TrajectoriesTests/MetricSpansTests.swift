import Testing

@testable import Trajectories

/// What metrics span over a run, kept as iterations come, against a look through all of it.
@Suite struct MetricSpansTests {
  /// A run whose numbers jump about, some of them not finite.
  private static func step(_ iteration: Int, tokens: Int) -> Step {
    func number(_ token: Int, _ salt: Int) -> Float {
      Float((iteration * 37 + token * 101 + salt * 53) % 97) / 97
    }
    return Step(
      iteration: iteration,
      measures: (0..<tokens).map { token in
        StateMeasure(
          norm: token == 1 && iteration == 3 ? .nan : 5 + number(token, 1),
          residual: iteration == 0 ? nil : number(token, 2),
          relativeResidual: iteration == 0 ? nil : number(token, 3),
          cosine: iteration == 0 ? nil : 2 * number(token, 4) - 1,
          acceleration: iteration < 2 ? nil : number(token, 5))
      },
      readings: (0..<tokens).map { token in
        let best = number(token, 6)
        return token == 2 && iteration == 4
          ? .diverged
          : Reading(
            entropy: number(token, 7), kl: iteration == 0 ? nil : number(token, 8),
            filteredKL: iteration == 0 ? nil : number(token, 9),
            top: [
              Candidate(id: (iteration + token) % 3, text: "a", probability: best),
              Candidate(id: 9, text: "b", probability: best / 2),
            ])
      },
      duration: .zero, gates: iteration == 0 ? nil : (0..<tokens).map { number($0, 10) - 0.5 })
  }

  private static func looked(_ metric: Metric, _ run: Trajectory) -> ValueSpan {
    ValueSpan(
      (1..<max(1, run.steps.count)).flatMap { iteration in
        run.tokens.indices.compactMap {
          metric.drawn(run, iteration: iteration, token: $0)
        }
      })
  }

  private func expectAll(_ run: NodeRun, _ what: String) {
    for metric in Metric.all {
      let kept = run.spans[metric]
      if metric.range != nil {
        #expect(kept == nil, "\(metric.name) has a scale of its own")
      } else {
        #expect(kept == Self.looked(metric, run.trajectory), "\(metric.name) \(what)")
      }
    }
  }

  @Test func theyAreThoseOfALookThroughAllOfIt() {
    let tokens = (0..<5).map { Token(id: $0, text: "t\($0)", isSpecial: false) }
    var run = NodeRun(
      Trajectory(
        prompt: "", tokens: tokens, start: "made up", initial: Self.step(0, tokens: 5)),
      rules: [])
    expectAll(run, "at s₀")
    for iteration in 1...7 {
      run.extend { $0.append(Self.step(iteration, tokens: 5)) }
      expectAll(run, "after \(iteration)")
      guard iteration != 5 else { continue }
      // Distances are measured anew, and those of before do not count any more.
      run.extend {
        $0.measured(
          distanceToLast: (0...iteration).map { now in
            tokens.indices.map { Float((iteration - now) * ($0 + 1)) / Float(iteration) }
          })
      }
      expectAll(run, "measured to \(iteration)")
    }
    // Several at once, as of a file.
    expectAll(NodeRun(run.trajectory, rules: []), "of a whole run")
  }

  @Test func whatIsNotFiniteDoesNotCountAndWhatIsNotPositiveIsApart() {
    #expect(ValueSpan([.nan, .infinity]) == ValueSpan())
    let span = ValueSpan([3, -2, 0, .nan, 0.5])
    #expect(span.range == -2...3 && span.positive == 0.5...3)
    var sum = ValueSpan([-7])
    #expect(sum.range == -7...(-7) && sum.positive == nil)
    sum.add(span)
    #expect(sum.range == -7...3 && sum.positive == 0.5...3)
  }

  @Test func theLongestTextIsKept() {
    let tokens = ["a", "abc", "ab"].enumerated().map {
      Token(id: $0.offset, text: $0.element, isSpecial: false)
    }
    let run = NodeRun(
      Trajectory(
        prompt: "", tokens: tokens, start: "made up", initial: Self.step(0, tokens: 3)), rules: [])
    #expect(run.longestText == "abc")
  }
}
