import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Engine

/// Noise as an edit: the same numbers wherever a run is made, as large as what it is added to.
@Suite struct NoiseTests {
  private func cause(_ text: String) throws -> EditCause {
    try #require(EditCause(try Edit(parsing: text)))
  }

  @Test(arguments: EngineTests.models) func onEItIsAsLargeAsIsSaid(name: String) throws {
    let engine = Engine(try EngineTests.workbench(name), candidates: 2)
    let start: Start = engine.workbench.model.facts.hasFixedStart ? .usual : .zero
    let clean = Lineage(try engine.begin([.source(.ids([3, 17, 42, 8]), start)])[0].0)
    func state(_ text: String) throws -> Matrix {
      try engine.state(try engine.edit(clean, try cause(text)).0, 3)
    }
    let (e, plain) = (
      try engine.run(clean, .uninterrupted).context.embedded, try engine.state(clean, 3)
    )
    let edited = try engine.edit(clean, cause("all:e += 0.5*noise 7")).0
    let noisy = try engine.run(edited, .uninterrupted).context.embedded
    for row in 0..<4 {
      let signal = e.row(row).reduce(0) { $0 + Double($1) * Double($1) }
      let noise = zip(e.row(row), noisy.row(row)).reduce(0.0) { sum, pair in
        sum + Double(pair.1 - pair.0) * Double(pair.1 - pair.0)
      }
      // A ratio of sums of 32 or more squares.
      #expect(abs((noise / signal).squareRoot() - 0.5) < 0.2, "token \(row)")
    }
    #expect(try state("all:e += 0.5*noise 7") != plain)
    #expect(try state("all:e += 0.5*noise 8") != state("all:e += 0.5*noise 7"))
    // Of no strength it is the run, to the bit.
    #expect(
      try state("all:e += 0*noise 7").values.map(\.bitPattern) == plain.values.map(\.bitPattern))
    // The noise of a token has nothing to do with others.
    let own = try engine.edit(clean, try cause("2:e += 0.5*noise 7")).0
    #expect(
      try engine.run(own, .uninterrupted).context.embedded.row(2) == noisy.row(2))
  }

  @Test func inABatchItIsTheSame() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 2)
    let begun = try engine.begin([
      .source(.ids([3, 17, 42, 8]), .zero), .source(.ids([3, 9, 42]), .seed(4)),
    ])
    for text in ["all:e += noise 3", "all:1+ += 0.1*noise 3", "all:2.1.attention += noise 5"] {
      let noisy = try begun.map { try engine.edit(Lineage($0.0), cause(text)).0 }
      var last: [Step] = []
      for _ in 0..<4 { last = try engine.step(noisy) }
      let together = try noisy.map { try engine.state($0, 4) }
      // A fresh engine, one thread, each alone.
      let alone = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 2)
      for (index, lineage) in noisy.enumerated() {
        #expect(try alone.state(lineage, 4) == together[index], "\(text)")
      }
      #expect(last.count == 2)
    }
    // Another iteration, another draw.
    let both = try engine.edit(Lineage(begun[0].0), cause("all:1-2 := noise 3")).0
    #expect(try engine.state(both, 1) != engine.state(both, 2))
  }

  /// What noise broke comes back with the clean states.
  @Test func noiseIsACorruption() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 2)
    let clean = Lineage(try engine.begin([.source(.ids([3, 17, 42, 8]), .zero)])[0].0)
    let noisy = try engine.edit(clean, try cause("all:e += 2*noise 1")).0
    var map = try engine.causalMap(.init(clean: clean, corrupted: noisy, kind: .hold, last: 4))
    while map.computedCount < map.count { try engine.fill(&map) }
    #expect(map.cleanEffect != map.corruptedEffect)
    let cell = CausalMap.Cell(token: 3, iteration: 2)
    let edited = try engine.edit(noisy, map.cause(of: cell)).0
    let logits = try engine.logits(edited, 4, rows: 3..<4)
    #expect(
      map[3, 2] == CausalMap.Effect(logits.row(0), answer: map.answer, other: map.other))
  }
}
