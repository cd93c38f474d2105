import Glibc
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
      #expect(
        cell.hasAdapter == !model.facts.family.hasPrefix("looped"), "\(model.facts.family)")
      let core = cell.lines.filter { $0.place.part == .core }
      #expect(core.count == 2 * pass.blocks.count + 1)
      let end = try #require(core.last?.readings[0])
      #expect(end.entropy == step.readings[row].entropy)
      #expect(end.top.map(\.id) == step.readings[row].top.map(\.id))
      for (index, line) in core.enumerated() where line.half != .attention {
        let block = line.place.block
        #expect(line.norm == StateMetrics.norm(pass.stream(after: block), row))
        #expect(line.readings[0]?.entropy == table.readings[block][row].entropy)
        guard block > 0 else { continue }
        let inside = pass.blocks[block - 1]
        let (half, before) = (core[index - 1], core[index - 2].norm)
        #expect(half.added == StateMetrics.norm(inside.attention, row) / before)
        #expect(line.added == StateMetrics.norm(inside.feedForward, row) / half.norm)
        #expect((line.gate != nil) == (model.exitGate != nil))
        let weights = try #require(inside.attentionWeights)
        for key in 0..<weights.columns {
          let heads = (0..<model.facts.heads).map { weights[$0 * state.rows + row, key] }
          let mean = heads.reduce(0, +) / Float(heads.count)
          #expect(abs((cell.weights[line.place]?[key] ?? 9) - mean) < 1e-6)
        }
      }
      if let gate = core.last?.gate, let logit = step.gates?[row] {
        #expect(abs(gate - 1 / (1 + exp(-logit))) < 1e-6)
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

  /// What was told of tokens when the step was made, and when they were asked for later, is one thing.
  @Test(arguments: EngineTests.models) func watchedTokensStandWhereTheyDo(name: String) throws {
    let engine = Engine(try EngineTests.workbench(name), candidates: 2)
    let lineages = try engine.begin(EngineTests.beginnings(engine.workbench))
      .map { Lineage($0.0) }
    let vocabulary = engine.workbench.vocabulary.count
    let ids = [0, 3, vocabulary - 1]
    // One that does not exist is left out.
    engine.watched = ids + [vocabulary, -1]
    for lineage in lineages {
      for iteration in 1...2 {
        let step = try engine.step([lineage], to: iteration)[0]
        let rows = 0..<step.readings.count
        let later = try engine.standings(of: ids, lineage, iteration, rows: rows)
        let logits = try engine.logits(lineage, iteration, rows: rows)
        for row in rows {
          let reading = step.readings[row]
          #expect(reading.watched == later[row] && reading.watched.map(\.id) == ids)
          let sorted = logits.row(row).sorted(by: >)
          for standing in reading.watched {
            let own = logits[row, standing.id]
            #expect(sorted.firstIndex(of: own) == standing.rank - 1)
          }
          let top = reading.top[0]
          let all = try engine.standings(
            of: Array(0..<vocabulary), lineage, iteration, rows: row..<row + 1)[0]
          #expect(abs(all.reduce(0) { $0 + Double($1.probability) } - 1) < 1e-4)
          #expect(all[top.id].rank == 1 && all[top.id].probability == top.probability)
        }
      }
    }
  }

  /// The map of a block is what the pass has, head by head; what comes later is not seen.
  @Test func attentionMaps() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 1)
    let lineage = Lineage(try engine.begin([.source(.ids([3, 17, 42, 8]), .zero)])[0].0)
    let pass = try engine.inside(lineage, 2)
    let weights = try #require(pass.blocks[1].attentionWeights)
    let map = try #require(try engine.attention(of: BlockPlace(.core, 2), lineage, 2))
    #expect(map.queries == 4 && map.keys == 4 && map.heads * 4 == weights.rows)
    for query in 0..<4 {
      for key in 0..<4 {
        for head in 0..<map.heads {
          let weight = map.weight(query: query, key: key, head: head)
          #expect(weight == (key <= query ? weights[4 * head + query, key] : nil))
        }
      }
      let sum = (0...query).reduce(Float(0)) {
        $0 + (map.weight(query: query, key: $1, head: nil) ?? 9)
      }
      #expect(abs(sum - 1) < 1e-5)
    }
    #expect(map.weight(query: 0, key: 0, head: map.heads) == nil)
    #expect(try engine.attention(of: BlockPlace(.prelude, 1), lineage, 2) != nil)
    #expect(try engine.attention(of: BlockPlace(.coda, 1), lineage, 2) != nil)
    #expect(try engine.attention(of: BlockPlace(.core, 3), lineage, 2) == nil)
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
    let pass = try engine.inside(lineage, 2, attention: .none)
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
