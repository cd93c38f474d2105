import Checkpoints
import Glibc
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// The way of a token's stream, line by line, against what the official code has there.
@Suite struct CellTests {
  @Test(arguments: [1, 2, 3, 8, 16]) func linesAreThoseOfTheReference(iteration: Int) throws {
    let golden = try SafetensorsFile.open(Fixtures.path("inside-tiny-a/inside.safetensors"))
    func all(_ name: String) throws -> [Float] {
      try #require(golden.tensors["p0.\(name)"]).floats()
    }
    let model = try EngineTests.workbench("raven-tiny-a").model
    let ids = try golden.integers("p0.ids")
    let (tokens, width, row) = (ids.count, model.facts.width, ids.count - 1)
    let context = try model.begin(ids)
    let start = Matrix(rows: tokens, columns: width, values: try all("s0"))
    var state = try model.initialState([start], in: context)
    for _ in 1..<iteration { state = try model.step(state, in: context, .plain) }
    let reader = BlockReader(model, attention: .row(row), withHalves: true)
    let core = try reader.iteration(after: state, in: context)
    let after = try model.step(state, in: context, .plain)
    let passes = [
      try reader.prelude(ids), core, try reader.coda(of: after, in: context),
    ]
    let watched = Array(0..<model.facts.vocabularySize)
    let cell = try CellPass(
      passes, row: row, model: model, state: state, in: context, candidates: 3, watched: watched,
      vocabulary: .unread)
    #expect(cell.places.map(\.part) == [.prelude, .core, .core, .core, .coda])
    let index = try #require([1, 2, 3, 8, 16].firstIndex(of: iteration))
    func norm(_ values: [Float], _ place: Int) -> Float {
      let from = (place * tokens + row) * width
      return values[from..<from + width].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let blocks = try all("blocks")
    func close(_ line: CellPass.Line?, _ expected: Float) -> Bool {
      line.map { abs($0.norm - expected) < 1e-3 } ?? false
    }
    func line(_ place: BlockPlace) -> CellPass.Line? { cell.lines.last { $0.place == place } }
    #expect(close(line(BlockPlace(.prelude, 1)), norm(try all("prelude_blocks"), 0)))
    if iteration == 16 {
      #expect(close(line(BlockPlace(.coda, 1)), norm(try all("coda_blocks"), 0)))
    }
    for block in 0...2 {
      let here = try #require(line(BlockPlace(.core, block)))
      #expect(close(here, norm(blocks, index * 3 + block)))
      for (lens, name) in ["coda", "logit"].enumerated() {
        let logits = try all("\(name)_lens.logits_last")
        let vocabulary = watched.count
        let from = (index * 3 + block) * vocabulary
        try compare(
          try #require(here.readings[lens]), with: Array(logits[from..<from + vocabulary]))
      }
    }
  }

  /// Ranks and probabilities of all tokens, wherever rounding decides neither.
  private func compare(_ reading: Reading, with logits: [Float]) throws {
    let total = Operations.softmaxStatistics(logits).logSumExp
    let sorted = logits.sorted(by: >)
    var compared = 0
    for (id, logit) in logits.enumerated() {
      let standing = try #require(reading.standing(of: id))
      #expect(abs(standing.probability - Float(exp(Double(logit) - total))) < 1e-4)
      let rank = try #require(sorted.firstIndex(of: logit)) + 1
      let gaps = [rank - 2, rank].filter(sorted.indices.contains).map { abs(sorted[$0] - logit) }
      guard gaps.allSatisfy({ $0 > 2e-3 }) else { continue }
      #expect(standing.rank == rank)
      compared += 1
    }
    #expect(compared > 100)
    #expect(reading.best.flatMap { reading.standing(of: $0.id)?.rank } == 1)
  }
}
