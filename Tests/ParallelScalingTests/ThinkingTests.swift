import LatentModels
import Testing

@testable import ParallelScaling

/// Partial runs that are taken further, and forked.
@Suite struct ThinkingTests {
  private func runner(
    _ name: String, _ kinds: [String], tokens: Int = 3
  ) throws -> EnsembleRunner {
    let model = try EnsembleTests.model(name)
    let plan = EnsemblePlan(
      ids: [10, 51, 43, 52, 45, 50, 63],
      perturbations: try kinds.map {
        try Perturbation(
          try #require(PerturbationKind.named($0)), strength: 0.2, of: model)
      },
      start: model.facts.usualStart, seed: 5, iterations: 4, tokens: tokens)
    return EnsembleRunner(model: model, plan: plan)
  }

  private func advanced(
    _ runner: EnsembleRunner, _ start: Thinking, by count: Int
  ) throws -> Thinking {
    var thinking = start
    for _ in 0..<count { try runner.advance(&thinking) }
    return thinking
  }

  private func expectSame(_ a: [EnsembleRunner.Copy], _ b: [EnsembleRunner.Copy]) {
    #expect(a.map(\.path) == b.map(\.path))
    #expect(a.map(\.thoughts) == b.map(\.thoughts))
    #expect(a.map(\.residuals) == b.map(\.residuals))
    #expect(a.map(\.written) == b.map(\.written))
    #expect(a.map(\.entropy) == b.map(\.entropy))
  }

  /// One prompt, taken three times with the numbers of three copies, is those copies.
  @Test(arguments: [("", "relative-noise"), ("coconut-tiny", "noise"), ("codi-tiny", "noise")])
  func aForkIsTheCopyWhoseNumberItHas(_ name: String, _ kind: String) throws {
    let runner = try runner(name, [kind])
    var forks = try runner.begin([0]).selecting([0, 0, 0])
    forks.numbers = [4, 0, 2]
    forks = try advanced(runner, forks, by: 4)
    #expect(forks.iteration == 4)
    expectSame(try runner.finish(forks), try runner.run([4, 0, 2]))
    #expect(forks.copies[0].path[2] != forks.copies[1].path[2])
  }

  /// From the middle on: what came before is kept, what is drawn is that of the number, whatever the
  /// company; and going back is keeping the earlier value.
  @Test(arguments: [("", "dropout"), ("coconut-tiny", "noise"), ("codi-tiny", "dropout-both")])
  func forksGoTheirOwnWaysFromTheMiddle(_ name: String, _ kind: String) throws {
    let runner = try runner(name, [kind])
    let middle = try advanced(runner, try runner.begin([1, 3]), by: 2)
    var forks = middle.selecting([1, 0, 1, 1])
    forks.numbers = [3, 9, 9, 8]
    let all = try runner.finish(try advanced(runner, forks, by: 2))
    expectSame([all[0]], try runner.run([3]))
    for (lane, copy) in all.enumerated() {
      #expect(Array(copy.path.prefix(3)) == forks.copies[lane].path)
      expectSame([copy], try runner.finish(try advanced(runner, forks.selecting([lane]), by: 2)))
    }
    #expect(all[2].path[4] != all[3].path[4] && all[0].path[4] != all[3].path[4])
    expectSame(try runner.finish(try advanced(runner, middle, by: 2)), try runner.run([1, 3]))
  }

  /// What is said to be fed back next is what is fed back.
  @Test(arguments: ["coconut-tiny", "codi-tiny"])
  func nextThoughtsAreThoseOfTheIteration(name: String) throws {
    let runner = try runner(name, ["noise", "dropout"])
    var thinking = try runner.begin([2, 5])
    for iteration in 0..<4 {
      let next = try #require(try runner.nextThoughts(thinking))
      try runner.advance(&thinking)
      for lane in thinking.lanes {
        #expect(Array(next.row(lane)) == thinking.copies[lane].thoughts[iteration])
      }
    }
    #expect(thinking.copies[0].thoughts != thinking.copies[1].thoughts)
    // Without noise thoughts are what the states become, with it they are not.
    let plain = try self.runner(name, [])
    let copy = try plain.run([0])[0]
    if name == "coconut-tiny" { #expect(copy.thoughts == Array(copy.path.prefix(4))) }
    #expect(copy.thoughts.count == 4 && copy.thoughts[0] != thinking.copies[0].thoughts[0])
    let demo = try self.runner("", [])
    #expect(try demo.nextThoughts(demo.begin([0])) == nil)
    #expect(try demo.run([0])[0].thoughts.isEmpty)
  }
}
