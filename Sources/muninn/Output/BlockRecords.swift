import Checkpoints
import Engine
import Exports
import LatentModels
import Tensors
import Trajectories

/// Writes what happens inside iterations as JSON lines, in the schema of `RunRecords`.
struct BlockRecords {
  private let file: OutputFile
  private let engine: Engine
  private let lenses: [StreamLens]
  /// Tokens of the vocabulary whose standing is recorded.
  private let watched: [Int]

  init(
    _ file: OutputFile, _ engine: Engine, _ inside: InsideOptions, watched: [Int] = []
  ) throws {
    self.watched = watched
    self.file = file
    self.engine = engine
    lenses = try inside.lenses()
  }

  /// The records of one iteration of one run: lens by lens, block by block, then attention.
  func write(_ pass: BlockPass, run: Int, of lineage: Lineage) throws {
    for lens in lenses {
      let watched = watched
      let table = try engine.read(pass, of: lineage, through: lens, watched: { _ in watched })
      for (block, readings) in table.readings.enumerated() {
        for (token, reading) in readings.enumerated() {
          try file.write(line: record(pass, reading, run, token, block, lens.name))
        }
      }
    }
    for (index, block) in pass.blocks.enumerated() {
      guard let weights = block.attentionWeights else { continue }
      let tokens = pass.output.rows
      for token in 0..<tokens {
        var line = begin(pass, run, token, index + 1)
        let heads = stride(from: token, to: weights.rows, by: tokens).map { row in
          let whole = weights.row(row)
          let back = whole.prefix(weights.columns - tokens + token + 1)
          // Tokens of a prompt that look both ways see those behind them, too.
          let seen = whole.dropFirst(back.count).contains { $0 != 0 } ? whole : back
          return "[" + seen.map { JSONLine.number($0) }.joined(separator: ",") + "]"
        }
        line.add("attention", raw: "[" + heads.joined(separator: ",") + "]")
        try file.write(line: line.line)
      }
    }
  }

  private func begin(_ pass: BlockPass, _ run: Int, _ token: Int, _ block: Int) -> JSONLine {
    var line = JSONLine()
    line.add("schema", RunRecords.schema)
    line.add("run", run)
    line.add("iteration", pass.iteration)
    line.add("token", token)
    line.add("block", block)
    if block > 0, let passes = engine.workbench.model.facts.passes {
      line.add("pass", passes.name(ofBlock: block))
    }
    return line
  }

  private func record(
    _ pass: BlockPass, _ reading: LensReading, _ run: Int, _ token: Int, _ block: Int,
    _ lens: String
  ) -> String {
    var line = begin(pass, run, token, block)
    line.add("lens", lens)
    let added = block > 0 ? pass.blocks[block - 1] : nil
    line.add("stream_norm", StateMetrics.norm(pass.stream(after: block), token))
    line.add("attention_norm", added.map { StateMetrics.norm($0.attention, token) })
    line.add("feed_forward_norm", added.map { StateMetrics.norm($0.feedForward, token) })
    line.add("entropy", reading.entropy)
    line.add("kl", reading.kl)
    line.add("argmax", reading.argmax)
    line.add("margin", reading.margin)
    line.add("top", reading.top.map { candidate($0, reading) })
    if !watched.isEmpty {
      let texts = TokenTexts(engine.workbench.codec)
      line.add(
        "watched",
        watched.map { RunRecords.standing(of: $0, in: reading.watched, texts) })
    }
    return line.line
  }

  private func candidate(_ candidate: RankedLogit, _ reading: LensReading) -> JSONLine {
    let codec = engine.workbench.codec
    var line = JSONLine()
    line.add("id", candidate.id)
    line.add("text", codec.decode(candidate.id))
    if let bytes = codec.partialBytes(candidate.id) { line.add("bytes", bytes) }
    line.add("p", reading.probability(candidate))
    return line
  }
}
