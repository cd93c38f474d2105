import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// Edited runs, against the model stepped by hand, under any budget.
@Suite struct EditedRunTests {
  private struct Bench {
    let engine: Engine
    let plain: Lineage
    let other: Lineage

    init(_ name: String, budget: Int? = nil) throws {
      engine = Engine(try EngineTests.workbench(name), candidates: 3, budget: budget)
      let hasStarts = !engine.workbench.model.facts.hasFixedStart
      let begun = try engine.begin([
        .source(.ids([3, 17, 42, 8, 5]), hasStarts ? .seed(1) : .usual),
        .source(.ids([3, 17, 42, 9, 6]), hasStarts ? .seed(2) : .usual),
      ])
      (plain, other) = (Lineage(begun[0].0), Lineage(begun[1].0))
    }

    func edit(_ text: String, _ lineage: Lineage? = nil) throws -> Lineage {
      try engine.edit(lineage ?? plain, EditCause(try Edit(parsing: text)) { _ in other }).0
    }
  }

  /// States are changed as the grammar says, and go on from there.
  @Test(arguments: EngineTests.models) func statesGoOnFromWhatIsWritten(name: String) throws {
    let bench = try Bench(name)
    let engine = bench.engine
    let model = engine.workbench.model
    let context = try model.begin([3, 17, 42, 8, 5])
    var state = context.start(try engine.state(bench.plain, 0))
    let edited = try bench.edit("3:2 := 0.5*3:1 - 0.25*2:4@B")
    let (a, b) = (try engine.state(bench.plain, 1), try engine.state(bench.other, 4))
    for iteration in 1...4 {
      state = try model.step(state, in: context, .plain)
      if iteration == 2 {
        for column in 0..<a.columns {
          state.rows[3, column] = 0.5 * a[3, column] - 0.25 * b[2, column]
        }
      }
      let ours = try engine.state(edited, iteration)
      #expect(zip(ours.values, state.rows.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    #expect(try engine.state(edited, 1) == engine.state(bench.plain, 1))
    // What comes before the token is untouched, to the bit.
    let (ours, plain) = (try engine.state(edited, 4), try engine.state(bench.plain, 4))
    #expect(ours.rows(0..<3) == plain.rows(0..<3) && ours.row(4) != plain.row(4))
  }

  @Test(arguments: EngineTests.models) func aFrozenTokenStays(name: String) throws {
    let bench = try Bench(name)
    let frozen = try bench.edit("freeze 1:2")
    let engine = bench.engine
    let kept = try engine.state(bench.plain, 2).row(1)
    for iteration in 2...6 {
      #expect(Array(try engine.state(frozen, iteration).row(1)) == Array(kept))
    }
    #expect(try engine.state(frozen, 6).row(0) == engine.state(bench.plain, 6).row(0))
    #expect(try engine.state(frozen, 4).row(2) != engine.state(bench.plain, 4).row(2))
    // Held to another run at every iteration.
    let held = try bench.edit("2:1+ := 2:i@B")
    for iteration in 1...4 {
      #expect(
        try engine.state(held, iteration).row(2) == engine.state(bench.other, iteration).row(2))
    }
  }

  /// Sites are rewritten where they are: what is zeroed adds nothing, what is put in is there.
  @Test(arguments: EngineTests.models) func sitesAreRewritten(name: String) throws {
    let bench = try Bench(name)
    let engine = bench.engine
    let facts = engine.workbench.model.facts
    let without = try bench.edit("2-3:2.1.attention := 0")
    let pass = try engine.inside(without, 2)
    for token in 0..<5 {
      #expect(pass.blocks[0].attention.row(token).allSatisfy { $0 == 0 } == (2...3).contains(token))
    }
    #expect(try engine.state(without, 1) == engine.state(bench.plain, 1))
    #expect(try engine.state(without, 2).row(3) != engine.state(bench.plain, 2).row(3))
    let patched = try bench.edit("all:3.\(facts.layers.core) := all:2.1@B")
    #expect(
      try engine.inside(patched, 3).stream(after: facts.layers.core)
        == engine.inside(bench.other, 2).stream(after: 1))
    // Putting back what is there changes nothing but how sums round.
    let same = try bench.edit("4:2.1.feed-forward := 4:2.1.feed-forward")
    let (a, b) = (try engine.state(same, 4).values, try engine.state(bench.plain, 4).values)
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 })
    if facts.layers.coda > 0 {
      let blind = try bench.edit("4:2.c.1 := 0")
      #expect(try engine.state(blind, 3) == engine.state(bench.plain, 3))
      let rows = 4..<5
      #expect(
        try engine.logits(blind, 2, rows: rows) != engine.logits(bench.plain, 2, rows: rows))
      #expect(
        try engine.logits(blind, 3, rows: rows) == engine.logits(bench.plain, 3, rows: rows))
      let stepped = try engine.step([blind], to: 2)[0]
      #expect(stepped.readings[4] != (try engine.step([bench.plain], to: 2)[0]).readings[4])
    }
    // e of another prompt: the same run from the same start.
    let moved = try bench.edit("all:e := all:e@B")
    #expect(try engine.insidePrelude(moved).output == engine.insidePrelude(bench.other).output)
    #expect(try engine.state(moved, 2).row(3) != engine.state(bench.plain, 2).row(3))
  }

  /// Whatever was let go comes back with the same bits, whoever runs beside it, and a text goes on.
  @Test(arguments: EngineTests.models) func aSmallBudgetChangesNoNumber(name: String) throws {
    let (free, tight) = (try Bench(name, budget: 1 << 30), try Bench(name, budget: 0))
    func lineages(_ bench: Bench) throws -> [Lineage] {
      let first = try bench.edit("3:2 := 0.5*3:1 + 0.5*3:2@B")
      let second = try bench.edit("1:1+.1 := all:i.1@B", first)
      let held = try bench.edit("4:3+ := 4:i@B")
      guard
        case .token(let cause, _) = try bench.engine.next(
          after: second, at: 4, choice: .said(Sampling()))
      else { return [] }
      return [bench.plain, first, second, held, second.appending(cause, at: 4)]
    }
    let all = try lineages(free)
    #expect(try lineages(tight) == all && all.count == 5)
    for iteration in 1...5 {
      let together = try tight.engine.step(all, to: iteration)
      for (lineage, step) in zip(all, together) {
        let alone = try free.engine.step([lineage], to: iteration)[0]
        EngineTests.expectSame(step, alone, "\(lineage.links.count) at \(iteration)")
        #expect(
          try tight.engine.state(lineage, iteration) == free.engine.state(lineage, iteration))
      }
    }
    // One that has seen nothing knows all of it from the causes.
    let fresh = Engine(free.engine.workbench, candidates: 3)
    for lineage in all.reversed() {
      #expect(try fresh.state(lineage, 5) == free.engine.state(lineage, 5))
      #expect(
        try fresh.logits(lineage, 3, rows: 0..<1) == free.engine.logits(lineage, 3, rows: 0..<1))
    }
  }

  @Test(arguments: [
    ("9:2 := 0", "tokens 0 to 4"), ("3:2 := 9:1", "5 tokens"), ("3:2.7 := 0", "core has 2"),
    ("3:2 := 3:1.7", "core has 2"), ("3:p.4 := 0", "prelude has 1"),
    ("3:0+ := 3:i.1", "iteration 0"),
  ])
  func whatDoesNotFitIsRefused(text: String, problem: String) throws {
    let bench = try Bench("raven-tiny-a")
    #expect {
      try bench.edit(text)
    } throws: {
      "\($0)".contains(problem) && $0 is EditDoesNotFit
    }
    // Nothing of it stays in the way.
    #expect(try bench.engine.state(bench.plain, 2).rows == 5)
  }
}
