import Checkpoints
import Generation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// Continuous thoughts, run for somebody else.
@Suite struct ThoughtTests {
  /// Prompts of the reference, which end where thinking begins, and what it wrote after 6 thoughts.
  private static let references: [(String, [Int], [Int])] = [
    ("coconut-tiny", [39, 72, 198, 509], []),
    (
      "codi-tiny", [373, 420, 292, 16, 17, 13, 509],
      [54, 65, 362, 362, 297, 95, 14, 14, 423, 423, 50, 418, 22, 165, 236, 297]
    ),
  ]

  @Test(arguments: references, [1 << 30, 0])
  func aTextIsTheGenerators(_ reference: (String, [Int], [Int]), budget: Int) throws {
    let (name, ids, expected) = reference
    let bench = try EngineTests.workbench(name)
    let engine = Engine(bench, candidates: 3, budget: budget)
    let (cause, _) = try engine.begin([.source(.ids(ids), .usual)])[0]
    var lineage = Lineage(cause)
    for _ in 0..<8 { _ = try engine.step([lineage]) }
    // Taken where six thoughts were had, though more came after.
    var iteration = 6
    for _ in 0..<17 {
      let next = try engine.next(after: lineage, at: iteration, choice: .said(Sampling()))
      guard case .token(let token, _) = next else { break }
      lineage = lineage.appending(token, at: iteration)
      iteration = 0
    }
    var generator = try Generator(
      model: bench.model, prompt: ids,
      options: GenerationOptions(iterations: .fixed(6), start: .usual, cache: Engine.strategy))
    let written = try (0..<17).map { _ in try generator.next().id }
    #expect(lineage.ids == ids + written && written[0] == 510)
    if !expected.isEmpty { #expect(Array(written.dropFirst()) == expected) }
  }

  @Test func anEditedThoughtChangesThoseAfterItAlone() throws {
    let bench = try EngineTests.workbench("codi-tiny")
    let engine = Engine(bench, candidates: 1)
    let (cause, _) = try engine.begin([.source(.ids([373, 420, 509]), .usual)])[0]
    let plain = Lineage(cause)
    for text in ["2:2.0 := 0", "2:3.1.attention := 0", "2:2 := 2:1"] {
      let edit = EditCause(try Edit(parsing: text)) { _ in plain }
      let (edited, _) = try engine.edit(plain, edit)
      for _ in 0..<4 { _ = try engine.step([edited]) }
      let first = edit.edit.target.firstIteration
      for iteration in 0...4 {
        let same =
          try engine.state(edited, iteration) == engine.state(plain, iteration)
        #expect(same == (iteration < first), "\(text) at \(iteration)")
      }
    }
  }

  @Test func insideAThoughtTheLastTokenAloneIsThere() throws {
    let bench = try EngineTests.workbench("coconut-tiny")
    let engine = Engine(bench, candidates: 1)
    let (cause, _) = try engine.begin([.source(.ids([373, 420, 509]), .usual)])[0]
    let plain = Lineage(cause)
    let pass = try engine.inside(plain, 3)
    let state = try engine.state(plain, 3)
    #expect(pass.blocks.count == 3 && pass.output == state)
    for block in pass.blocks {
      #expect(block.stream.rows == 3 && block.stream.row(1).allSatisfy(\.isNaN))
      #expect(Operations.isFinite(block.stream.row(2)))
      // It looks at the prompt, at the thoughts before it and at itself.
      let weights = try #require(block.attentionWeights)
      #expect(weights.rows == 4 * 3 && weights.columns == 3 + 3)
      #expect(abs(weights.row(11).reduce(0, +) - 1) < 1e-5)
    }
    // Behind the final norm the last block is the state, and the lens reads what is read there.
    let table = try engine.read(pass, of: plain, through: .coda, rows: 2..<3)
    let logits = try engine.logits(plain, 3, rows: 2..<3)
    #expect(table.readings.last?[0].argmax == Operations.topK(logits.row(0), count: 1)[0].id)
  }
}
