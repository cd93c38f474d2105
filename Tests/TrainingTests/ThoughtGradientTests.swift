import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// A model that thinks: loss and gradient against a float64 run that reads the whole text again for every
/// thought, and predictions against what inference writes.
@Suite struct ThoughtGradientTests {
  private static let tokens = ThoughtTokens(start: 5, latent: 7, end: 6)

  private static func configuration(
    tied: Bool = true
  ) throws -> ContinuousThoughtConfiguration {
    let json = """
      {"model_type": "gpt2", "vocab_size": 8, "n_positions": 16, "n_embd": 6, "n_layer": 2,
       "n_head": 2, "n_inner": 10, "tie_word_embeddings": \(tied), "layer_norm_epsilon": 0.001,
       "latent_start_id": 5, "latent_end_id": 6, "latent_id": 7}
      """
    return try ContinuousThoughtConfiguration(
      try JSONValue(parsing: Array(json.utf8)), backbone: .gpt2, hasLatentHead: false)
  }

  /// Questions of two lengths, and answers of several.
  private static var batch: TrainingBatch {
    let rows: [[Int32]] = [
      [1, 2, 5, 6, 3, 4, 0, 0], [3, 1, 2, 5, 6, 4, 0, 0], [4, 4, 5, 6, 2, 0, 0, 0],
      [2, 1, 5, 6, 1, 3, 2, 0],
    ]
    var weights = [Float](repeating: 0, count: 32)
    for (row, ids) in rows.enumerated() {
      for place in (ids.firstIndex(of: 6) ?? 0)...(ids.lastIndex { $0 != 0 } ?? 0) {
        weights[row * 8 + place] = Float(place + row) / 5
      }
    }
    let targets = rows.flatMap { $0.dropFirst() + [0] }
    return TrainingBatch(
      rows: 4, length: 8, tokens: rows.flatMap { $0 }, targets: targets, weights: weights)
  }

  /// The loss in float64: every thought is read out of the whole text before it, run from its beginning.
  private struct Twin {
    let configuration: ContinuousThoughtConfiguration
    let backbone: ThoughtBackbone<DoubleMathematics>
    let embedding: ParameterVector
    let positions: ParameterVector

    init(_ configuration: ContinuousThoughtConfiguration) throws {
      self.configuration = configuration
      let names = ThoughtTensorNames(configuration)
      var source = ParameterSource<DoubleMathematics>(layout: ParameterLayout(configuration))
      backbone = try ThoughtBackbone(names, from: &source)
      embedding = try source.vector(names.embedding)
      positions = try source.vector(names.positions)
    }

    private func hidden(_ inputs: [[Double]], _ parameters: [Double]) -> DoubleMathematics {
      let twin = DoubleMathematics(parameters: parameters, rows: 1, length: inputs.count)
      twin[.stream] = .init(columns: configuration.width, values: inputs.flatMap { $0 })
      twin.addPositions(positions)
      backbone.blocks.apply(of: .core, using: twin)
      backbone.normalize(using: twin)
      return twin
    }

    private func last(_ twin: DoubleMathematics) -> [Double] {
      Array(twin[.stream].values.suffix(configuration.width))
    }

    func loss(_ parameters: [Double], _ batch: TrainingBatch, thoughts: Int) -> Double {
      let width = configuration.width
      var (sum, total) = (0.0, 0.0)
      for row in 0..<batch.rows {
        let places = row * batch.length..<(row + 1) * batch.length
        let used = places.filter { batch.tokens[$0] != 0 }
        var inputs = used.map { place -> [Double] in
          let start = embedding.offset + Int(batch.tokens[place]) * width
          return Array(parameters[start..<start + width])
        }
        let question = used.firstIndex { batch.tokens[$0] == 5 }! + 1
        for thought in 0..<thoughts {
          let before = Array(inputs.prefix(question + thought))
          inputs.insert(last(hidden(before, parameters)), at: question + thought)
        }
        let twin = hidden(inputs, parameters)
        backbone.predict(using: twin)
        let weights = used.map { batch.weights[$0] }
        var all = Array(weights.prefix(question)) + Array(repeating: Float(0), count: thoughts)
        all += weights.dropFirst(question)
        let targets = used.map { batch.targets[$0] }
        let wanted =
          Array(targets.prefix(question)) + Array(repeating: Int32(0), count: thoughts)
          + targets.dropFirst(question)
        let weight = all.reduce(0.0) { $0 + Double($1) }
        sum += twin.loss(targets: wanted, weights: all) * weight
        total += weight
      }
      return sum / total
    }
  }

  @Test(arguments: [(0, true), (1, true), (3, false)])
  func gradientsAgreeWithDifferences(thoughts: Int, tied: Bool) throws {
    let configuration = try Self.configuration(tied: tied)
    let engine = try ThoughtGradients(
      configuration, tokens: Self.tokens, numerics: .exact, shards: 2, rowsTogether: 2,
      team: .single)
    let parameters = someParameters(engine.layout, seed: 8)
    var gradient: [Float] = []
    let report = engine.gradients(
      of: parameters, batch: Self.batch,
      recurrence: RecurrenceDraw(iterations: thoughts, differentiated: thoughts), start: .zero,
      into: &gradient)
    let twin = try Twin(configuration)
    let doubles = parameters.map(Double.init)
    #expect(abs(report.loss - twin.loss(doubles, Self.batch, thoughts: thoughts)) < 1e-5)
    for entry in engine.layout.entries {
      let step = max(1, (entry.count - 1) / 6)
      let places = stride(from: entry.offset, to: entry.offset + entry.count, by: step)
      let wanted = places.map { place in
        var (above, below) = (doubles, doubles)
        above[place] += 1e-4
        below[place] -= 1e-4
        return
          (twin.loss(above, Self.batch, thoughts: thoughts)
          - twin.loss(below, Self.batch, thoughts: thoughts)) / 2e-4
      }
      let found = places.map { gradient[$0] }
      // Keys have no use for a bias: what it adds to all scores of a query the softmax takes away.
      let size = max(1e-4, wanted.map(abs).max() ?? 0)
      let error = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(error < 1e-3 * size, "\(entry.name): \(found) not \(wanted)")
    }
  }

  @Test(arguments: Numerics.allCases) func threadsChangeNothing(numerics: Numerics) throws {
    let configuration = try Self.configuration()
    var results: [[Float]] = []
    for threads in [1, 3] {
      let engine = try ThoughtGradients(
        configuration, tokens: Self.tokens, numerics: numerics, shards: 3, rowsTogether: 2,
        team: ThreadTeam(count: threads))
      var gradient: [Float] = []
      for _ in 0..<2 {
        _ = engine.gradients(
          of: someParameters(engine.layout, seed: 8), batch: Self.batch,
          recurrence: RecurrenceDraw(iterations: 2, differentiated: 2), start: .zero,
          into: &gradient)
        results.append(gradient)
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func rowsOfOneQuestionLengthGoTogether() {
    let dealt = ThoughtRows.groups(
      Self.batch.tokens, length: 8, start: 5, rowsTogether: 2, shards: 2)
    #expect(dealt.flatMap { $0 }.flatMap(\.rows).sorted() == [0, 1, 2, 3])
    #expect(dealt.flatMap { $0 }.map(\.question).sorted() == [3, 3, 4])
    #expect(dealt[0].first == ThoughtRows(rows: [0, 2], question: 3, rest: 3))
    #expect(dealt.allSatisfy { !$0.isEmpty })
  }

  /// A published layout, matrices [inputs, outputs]: after any number of thoughts the likeliest tokens are
  /// those that the reference wrote.
  @Test func agreesWithTheReference() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("coconut-tiny"))
    let configuration = try ContinuousThoughtConfiguration(
      checkpoint.configuration, backbone: .gpt2, hasLatentHead: false)
    let golden = try JSONValue(readingFile: Fixtures.path("coconut-tiny/golden.json"))
    let tokens = ThoughtTokens(
      start: configuration.statedTokens.start, latent: configuration.statedTokens.latent,
      end: configuration.statedTokens.end)
    let engine = try ThoughtGradients(configuration, tokens: tokens, numerics: .exact)
    let weights = try #require(engine.layout.weights(of: checkpoint.tensors))
    let end = Int32(try #require(tokens.end))
    for prompt in golden["prompts"]?.array ?? [] {
      let question = (prompt["input_ids"]?.array ?? []).compactMap(\.integer).map(Int32.init)
      for member in prompt["deterministic"]?.members ?? [] {
        // Beside them are numbers of other kinds.
        guard let count = Int(member.name) else { continue }
        let text = member.value
        let written = (text["ids"]?.array ?? []).compactMap(\.integer).map(Int32.init)
        #expect(written.count == 16)
        let row = question + [end] + written.dropLast()
        let found = engine.predictions(
          of: weights, tokens: row, rows: 1, length: row.count, readouts: [count],
          start: .zero)
        #expect(Array(found[0].suffix(16)) == written, "\(count) thoughts")
      }
    }
  }
}
