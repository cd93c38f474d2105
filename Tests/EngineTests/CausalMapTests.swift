import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// Causal maps against runs edited one by one.
@Suite struct CausalMapTests {
  private struct Pair {
    let engine: Engine
    let clean: Lineage
    let corrupted: Lineage

    init(_ name: String) throws {
      engine = Engine(try EngineTests.workbench(name), candidates: 2)
      let start: Start = engine.workbench.model.facts.hasFixedStart ? .usual : .zero
      let begun = try engine.begin([
        .source(.ids([3, 17, 42, 8]), start), .source(.ids([3, 9, 42, 8]), start),
      ])
      (clean, corrupted) = (Lineage(begun[0].0), Lineage(begun[1].0))
    }
  }

  @Test(arguments: EngineTests.models) func cellsAreEditedRuns(name: String) throws {
    let pair = try Pair(name)
    let engine = pair.engine
    for (kind, site) in [
      (CausalMap.Kind.once, nil), (.hold, nil), (.once, Site(.core, 1, .attention)),
      (.hold, Site(.core, 1, .feedForward)),
    ] as [(CausalMap.Kind, Site?)] {
      let iterations = site == nil ? [0, 2, 4] : [1, 4]
      var map = try engine.causalMap(
        clean: pair.clean, corrupted: pair.corrupted, kind: kind, site: site,
        iterations: iterations, last: 4)
      #expect(map.count == 4 * iterations.count && map.next(9).map(\.iteration) == [4, 4, 4, 4])
      #expect(map.next(3).count == 3 && map.blank == map)
      var uneven = map
      while map.computedCount < map.count { try engine.fill(&map) }
      while uneven.computedCount < uneven.count { try engine.fill(&uneven, most: 3) }
      for token in 0..<4 {
        for iteration in iterations {
          let effect = try #require(map[token, iteration])
          #expect(uneven[token, iteration] == effect, "whoever is beside it")
          let cell = CausalMap.Cell(token: token, iteration: iteration)
          let edited = try engine.edit(pair.corrupted, map.cause(of: cell)).0
          let logits = try engine.logits(edited, 4, rows: 3..<4)
          let alone = CausalMap.Effect(logits.row(0), answer: map.answer, other: map.other)
          #expect(effect == alone, "\(kind) \(token):\(iteration)")
        }
      }
      // The last token's state at the end is all of the answer; that of the first is the same in both.
      if site == nil {
        let share = map.share(token: 3, iteration: 4, by: .logitDifference)
        if engine.workbench.model.facts.layers.coda == 0 { #expect(abs((share ?? 0) - 1) < 1e-3) }
        #expect(map[0, 2] == map.corruptedEffect)
      }
    }
  }

  @Test func whatCannotBeComparedSaysWhy() throws {
    let pair = try Pair("raven-tiny-a")
    let engine = pair.engine
    let longer = Lineage(try engine.begin([.source(.ids([1, 2, 3, 4, 5]), .zero)])[0].0)
    func map(
      _ clean: Lineage, _ iterations: [Int] = [1], site: Site? = nil, answer: Int? = nil
    ) throws -> CausalMap {
      try engine.causalMap(
        clean: clean, corrupted: pair.corrupted, site: site, iterations: iterations, last: 4,
        answer: answer)
    }
    for (wrong, words) in [
      ({ try map(longer) }, "5 and 4 tokens"), ({ try map(pair.clean, [5]) }, "0 and 4"),
      ({ try map(pair.clean, site: Site(.coda, 1, .stream)) }, "coda.1"),
      ({ try map(pair.clean, [0], site: .adapter) }, "iteration 0"),
      ({ try map(pair.clean, site: Site(.core, 9, .stream)) }, "no core.9"),
      ({ try map(pair.clean, answer: 512) }, "511"),
    ] as [(() throws -> CausalMap, String)] {
      #expect {
        try wrong()
      } throws: {
        "\($0)".contains(words)
      }
    }
    // Stopped, a map is what it was, and goes on.
    var stopped = try map(pair.clean)
    let control = StepControl(isCancelled: { true })
    #expect(throws: CancellationRequested.self) { try engine.fill(&stopped, control: control) }
    #expect(stopped.computedCount == 0)
    try engine.fill(&stopped)
    #expect(stopped.computedCount == stopped.count && stopped.next(4).isEmpty)
  }

  /// Derivatives of edited runs are those of what runs.
  @Test func dynamicsKnowEdits() throws {
    let pair = try Pair("raven-tiny-a")
    let engine = pair.engine
    let edit = try Edit(parsing: "all:3.1 := 0")
    let cut = try engine.edit(pair.clean, try #require(EditCause(edit))).0
    #expect(try engine.largestSingularValue(cut, after: 2) == 0)
    #expect(try engine.spectrum(cut, after: 2).radius == 0)
    let (a, b) = (
      try engine.spectrum(pair.clean, after: 2), try engine.spectrum(cut, after: 1)
    )
    #expect((a.radius ?? 0) > 0.1 && (b.radius ?? 0) > 0.1 && a.isComplete)
    let sigma = try #require(try engine.largestSingularValue(pair.clean, after: 2))
    #expect(sigma >= a.radius ?? .infinity)
  }
}
