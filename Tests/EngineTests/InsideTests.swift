import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// What happens inside an iteration, against the whole run.
@Suite struct InsideTests {
  /// The last block is the state, and what the coda lens reads there is what the model says.
  @Test(arguments: EngineTests.models) func theLastBlockIsTheState(name: String) throws {
    let engine = Engine(try EngineTests.workbench(name), candidates: 3)
    let lineages = try engine.begin(EngineTests.beginnings(engine.workbench))
      .map { Lineage($0.0) }
    let model = engine.workbench.model
    for lineage in lineages {
      var last: Step?
      for _ in 0..<3 { last = try engine.step([lineage])[0] }
      let step = try #require(last)
      let pass = try engine.inside(lineage, 3)
      let state = try engine.state(lineage, 3)
      #expect(pass.output == state && pass.blocks.count == model.facts.layers.core)
      let stream = pass.stream(after: pass.blocks.count)
      #expect(model.state(endingWith: stream) == state)
      let table = try engine.read(pass, of: lineage, through: .coda, watched: { [$0, 1] })
      #expect(table.readings.count == pass.blocks.count + 1)
      let readings = try #require(table.readings.last)
      for (token, reading) in readings.enumerated() {
        let said = step.readings[token]
        #expect(reading.entropy == said.entropy && reading.argmax == said.argmax)
        #expect(reading.top.map(reading.probability) == said.top.map(\.probability))
        #expect(reading.watched.map(\.id) == [token, 1])
        #expect(reading.kl != nil && table.readings[0][token].kl == nil)
      }
      // One token of it, without the streams.
      let row = state.rows - 1
      let cell = try engine.cell(lineage, row: row, 3)
      #expect(cell.row == row && cell.iteration == 3 && cell.lenses == StreamLens.all.map(\.name))
      #expect(cell.hasAdapter == (model.facts.family != "looped (Ouro)"), "\(model.facts.family)")
      #expect(cell.blocks.count == pass.blocks.count + 1)
      let end = try #require(cell.blocks.last)
      #expect(end.readings[0].entropy == step.readings[row].entropy)
      #expect(end.readings[0].top.map(\.id) == step.readings[row].top.map(\.id))
      for (index, block) in cell.blocks.enumerated() {
        let norm = StateMetrics.norm(pass.stream(after: index), row)
        #expect(block.norm == norm && block.readings[0].kl == table.readings[index][row].kl)
        guard index > 0 else { continue }
        let inside = pass.blocks[index - 1]
        let before = cell.blocks[index - 1].norm
        #expect(block.attention == StateMetrics.norm(inside.attention, row) / before)
        #expect(block.feedForward == StateMetrics.norm(inside.feedForward, row) / before)
        let weights = try #require(inside.attentionWeights)
        for key in 0..<weights.columns {
          let heads = (0..<model.facts.heads).map { weights[$0 * state.rows + row, key] }
          let mean = heads.reduce(0, +) / Float(heads.count)
          #expect(abs(block.weights[key] - mean) < 1e-6)
        }
      }
      // Weights sum to 1, and no token sees what comes after it.
      let tokens = state.rows
      let weights = try #require(pass.blocks[0].attentionWeights)
      #expect(weights.rows == model.facts.heads * tokens && weights.columns == tokens)
      for row in 0..<weights.rows {
        #expect(abs(weights.row(row).reduce(0, +) - 1) < 1e-5)
        #expect(weights.row(row).dropFirst(row % tokens + 1).allSatisfy { $0 == 0 })
      }
      #expect(try engine.insidePrelude(lineage).blocks.count == model.facts.layers.prelude)
      #expect(try engine.insideCoda(lineage, 3).blocks.count == model.facts.layers.coda)
    }
  }

  /// A token after a text goes through the blocks as it does in the whole text.
  @Test(arguments: EngineTests.models) func anAppendedTokenIsSeenInItsText(name: String) throws {
    let bench = try EngineTests.workbench(name)
    let start: Start = bench.model.facts.hasFixedStart ? .usual : .zero
    let engine = Engine(bench, candidates: 2)
    let text = [3, 17, 42, 8]
    let prompt = Lineage(try engine.begin([.source(.ids(Array(text.dropLast())), start)])[0].0)
    guard case .token(let cause, _) = try engine.next(after: prompt, at: 3, choice: .chosen(8))
    else { return }
    let appended = prompt.appending(cause, at: 3)
    let whole = Lineage(try engine.begin([.source(.ids(text), start)])[0].0)
    for iteration in 1...3 {
      let (one, all) = (try engine.inside(appended, iteration), try engine.inside(whole, iteration))
      for (a, b) in zip(one.streams, all.streams) {
        #expect(zip(a.row(0), b.row(3)).allSatisfy { abs($0 - $1) < 1e-4 })
      }
      for (a, b) in zip(one.blocks, all.blocks) {
        let (mine, theirs) = (try #require(a.attentionWeights), try #require(b.attentionWeights))
        #expect(mine.columns == 4)
        for head in 0..<mine.rows {
          #expect(zip(mine.row(head), theirs.row(4 * head + 3)).allSatisfy { abs($0 - $1) < 1e-5 })
        }
      }
      for lens in StreamLens.all {
        let mine = try engine.read(one, of: appended, through: lens).readings
        let theirs = try engine.read(all, of: whole, through: lens).readings
        // A coda looks at earlier tokens as they ended, whatever block this one is read at.
        let isAlone = lens.name == "logit" || bench.model.facts.layers.coda == 0
        for (a, b) in isAlone ? Array(zip(mine, theirs)) : Array(zip(mine, theirs).suffix(1))
        where isAlone || iteration == 3 {
          #expect(abs((a[0].entropy ?? 9) - (b[3].entropy ?? -9)) < 1e-4)
        }
      }
    }
    let (mine, theirs) = (try engine.insidePrelude(appended), try engine.insidePrelude(whole))
    for (a, b) in zip(mine.streams, theirs.streams) {
      #expect(zip(a.row(0), b.row(3)).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  /// Of a long text the tables are read a part at a time; no number depends on it.
  @Test func longTextsAreReadInParts() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 1)
    let ids = (0..<70).map { $0 * 5 % 500 }
    let lineage = Lineage(try engine.begin([.source(.ids(ids), .zero)])[0].0)
    let pass = try engine.inside(lineage, 2, withAttention: false)
    #expect(pass.blocks.allSatisfy { $0.attentionWeights == nil })
    let table = try engine.read(pass, of: lineage, through: .logit)
    #expect(table.readings.allSatisfy { $0.count == 70 })
    let model = engine.workbench.model
    let logits = model.logits(model.finalNorm(pass.stream(after: 1)), positions: 0..<70)
    for token in [0, 31, 32, 69] {
      #expect(
        table.readings[1][token]
          == LensReading(
            logits.row(token),
            previous: model.logits(model.finalNorm(pass.stream(after: 0)), positions: 0..<70)
              .row(token), candidates: 1, watched: []))
    }
  }
}
