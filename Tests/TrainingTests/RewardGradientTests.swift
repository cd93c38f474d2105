import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// A judge of steps: loss and gradient against float64, scores against what inference reads.
@Suite struct RewardGradientTests {
  private static func configuration(
    _ backbone: ContinuousThoughtConfiguration.Backbone
  ) throws -> ContinuousThoughtConfiguration {
    let sizes =
      backbone == .gpt2
      ? """
      "n_positions": 12, "n_embd": 6, "n_layer": 1, "n_head": 2, "n_inner": 10,
      "layer_norm_epsilon": 0.001
      """
      : """
      "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
      "intermediate_size": 10, "max_position_embeddings": 12
      """
    let json = """
      {"vocab_size": 8, "tie_word_embeddings": false, \(sizes)}
      """
    return try ContinuousThoughtConfiguration(
      try JSONValue(parsing: Array(json.utf8)), backbone: backbone, hasLatentHead: false)
  }

  /// Prompts of three lengths.
  private static func batch(width: Int, seed: UInt64 = 4) -> RewardBatch {
    var numbers = Numbers(seed: seed)
    let (candidates, steps) = (3, 2)
    let prompts: [[Int32]] = [[1, 2, 5, 3], [7, 1], [4, 4, 6]]
    return RewardBatch(
      questions: prompts.map {
        .init(ids: $0, states: numbers.floats(candidates * steps * width, scale: 1.5))
      },
      labels: StepTable(
        questions: 3, candidates: candidates, steps: steps,
        values: numbers.floats(18).map { Double(abs($0)) }), width: width)
  }

  /// Scores in float64, one row at a time.
  private struct Twin {
    let configuration: ContinuousThoughtConfiguration
    let layout: ParameterLayout
    let backbone: ThoughtBackbone<DoubleMathematics>
    let embedding: ParameterVector
    let positions: ParameterVector?
    let frequencies: [Float]

    init(_ given: ContinuousThoughtConfiguration) throws {
      var configuration = given
      configuration.tiedEmbeddings = true
      self.configuration = configuration
      layout = ParameterLayout(judge: configuration)
      let names = ThoughtTensorNames(configuration)
      var source = ParameterSource<DoubleMathematics>(layout: layout)
      backbone = try ThoughtBackbone(names, from: &source)
      embedding = try source.vector(names.embedding)
      positions = given.backbone == .gpt2 ? try source.vector(names.positions) : nil
      frequencies =
        configuration.rotary?.frequencies(headDimension: configuration.headDimension) ?? []
    }

    func scores(_ parameters: [Double], _ batch: RewardBatch) -> StepTable {
      let width = configuration.width
      var table = StepTable(like: batch.labels)
      for (number, question) in batch.questions.enumerated() {
        for candidate in 0..<table.candidates {
          var rows = question.ids.flatMap { id in
            let start = embedding.offset + Int(id) * width
            return Array(parameters[start..<start + width])
          }
          let first = candidate * table.steps * width
          rows += question.states[first..<first + table.steps * width].map(Double.init)
          let twin = DoubleMathematics(
            parameters: parameters, rows: 1, length: rows.count / width,
            frequencies: frequencies)
          twin[.stream] = .init(columns: width, values: rows)
          if let positions { twin.addPositions(positions) }
          backbone.blocks.apply(of: .core, using: twin)
          backbone.normalize(using: twin)
          let weight = layout.entries[layout.entries.count - 2]
          for step in 0..<table.steps {
            table[number, candidate, step] = (0..<width).reduce(parameters[weight.offset + width]) {
              $0 + parameters[weight.offset + $1] * twin[.stream][question.ids.count + step, $1]
            }
          }
        }
      }
      return table
    }
  }

  /// Every parameter tensor of an engine against differences of a loss in float64.
  private func check(
    _ engine: some RewardEngine, _ batch: RewardBatch, loss: some StepLoss,
    _ scores: ([Double]) -> StepTable
  ) -> (wrong: [String], wrongTurned: [String]) {
    let parameters = someParameters(engine.layout, seed: 8)
    var gradient: [Float] = []
    let found = engine.gradients(of: parameters, batch: batch, loss: loss, into: &gradient)
    let doubles = parameters.map(Double.init)
    func value(_ parameters: [Double]) -> Double {
      loss.value(scores(parameters), labels: batch.labels).value
    }
    #expect(abs(found - value(doubles)) < 1e-5)
    var (wrong, wrongTurned): ([String], [String]) = ([], [])
    for entry in engine.layout.entries {
      let step = max(1, (entry.count - 1) / 4)
      let places = Array(stride(from: entry.offset, to: entry.offset + entry.count, by: step))
      let wanted = GradientCheck.differences(doubles, at: places, value)
      let size = max(1e-4, wanted.map(abs).max() ?? 0)
      func error(_ sign: Double) -> Double {
        zip(places, wanted).map { abs(Double(gradient[$0]) * sign - $1) }.max() ?? 0
      }
      if error(1) > 1e-3 * size { wrong.append(entry.name) }
      if error(-1) > 1e-3 * size { wrongTurned.append(entry.name) }
    }
    return (wrong, wrongTurned)
  }

  @Test(arguments: [ContinuousThoughtConfiguration.Backbone.gpt2, .llama])
  func gradientsAgreeWithDifferences(
    backbone: ContinuousThoughtConfiguration.Backbone
  ) throws {
    let configuration = try Self.configuration(backbone)
    let engine = try RewardGradients(configuration, numerics: .exact, shards: 2, team: .single)
    let (batch, twin) = (Self.batch(width: configuration.width), try Twin(configuration))
    #expect(
      check(engine, batch, loss: ContrastiveLoss()) { twin.scores($0, batch) }.wrong == [])
    guard backbone == .gpt2 else { return }
    let (wrong, wrongTurned) = check(engine, batch, loss: BinaryLoss()) { twin.scores($0, batch) }
    // What is turned round is seen.
    #expect(wrong == [] && wrongTurned.count > 5)
  }

  /// Scores of recurrent depth in float64: steps behind the prompt, the core three times from zeros.
  @Test(arguments: [BlockFlavour.sandwich, .preNorm])
  func gradientsOfDepthAgreeWithDifferences(flavour: BlockFlavour) throws {
    let given = try tinyConfiguration(
      vocabulary: 8, layers: (1, 1, 1), tied: false, flavour: flavour)
    let engine = try RewardGradients(given, iterations: 3, numerics: .exact, team: .single)
    var configuration = given
    configuration.tiedEmbeddings = true
    let (width, layout) = (configuration.width, engine.layout)
    var source = ParameterSource<DoubleMathematics>(layout: layout)
    let network = try RecurrentDepthNetwork(configuration, from: &source)
    let embedding = try source.vector(TensorNames.embedding)
    let frequencies = configuration.rotary.frequencies(
      headDimension: configuration.headDimension)
    let head = layout.entries[layout.entries.count - 2]
    func scores(_ parameters: [Double], _ batch: RewardBatch) -> StepTable {
      var table = StepTable(like: batch.labels)
      for (number, question) in batch.questions.enumerated() {
        for candidate in 0..<table.candidates {
          var rows = question.ids.flatMap { id in
            let start = embedding.offset + Int(id) * width
            return parameters[start..<start + width].map { $0 * configuration.embeddingScale }
          }
          let first = candidate * table.steps * width
          rows += question.states[first..<first + table.steps * width].map(Double.init)
          let twin = DoubleMathematics(
            parameters: parameters, rows: 1, length: rows.count / width, frequencies: frequencies)
          twin[.stream] = .init(columns: width, values: rows)
          network.prelude.apply(of: .prelude, using: twin)
          network.inject(using: twin)
          twin[.state] = .init(columns: width, values: rows.map { _ in 0 })
          for _ in 0..<3 {
            network.adapt(using: twin)
            network.core.apply(of: .core, using: twin)
            twin[.state] = twin[.stream]
          }
          network.normalizeBeforeCoda(using: twin)
          network.coda.apply(of: .coda, using: twin)
          network.normalize(using: twin)
          for step in 0..<table.steps {
            table[number, candidate, step] = (0..<width).reduce(parameters[head.offset + width]) {
              $0 + parameters[head.offset + $1] * twin[.stream][question.ids.count + step, $1]
            }
          }
        }
      }
      return table
    }
    let batch = Self.batch(width: width)
    let (wrong, wrongTurned) = check(engine, batch, loss: ContrastiveLoss()) { scores($0, batch) }
    #expect(wrong == [] && wrongTurned.count > 5)
  }

  @Test func gradientsOfTheProbeAgreeWithDifferences() {
    let engine = ProbeGradients(steps: 2, width: 5)
    let batch = Self.batch(width: 5)
    func scores(_ parameters: [Double]) -> StepTable {
      var table = StepTable(like: batch.labels)
      for index in table.values.indices {
        let (row, step) = (index % 6, index % 2)
        let state = batch.questions[index / 6].states[row * 5..<(row + 1) * 5].map(Double.init)
        var sum = parameters[10 + step]
        for column in 0..<5 { sum += parameters[step * 5 + column] * state[column] }
        table.values[index] = sum
      }
      return table
    }
    #expect(check(engine, batch, loss: ContrastiveLoss(labels: .best), scores).wrong == [])
    #expect(check(engine, batch, loss: BinaryLoss(), scores).wrong == [])
  }

  @Test(arguments: Numerics.allCases) func threadsChangeNothing(numerics: Numerics) throws {
    let configuration = try Self.configuration(.gpt2)
    let batch = Self.batch(width: configuration.width)
    var results: [[Float]] = []
    var scores: [StepTable] = []
    for threads in [1, 3] {
      let engine = try RewardGradients(
        configuration, numerics: numerics, shards: 3, team: ThreadTeam(count: threads))
      let parameters = someParameters(engine.layout, seed: 8)
      var gradient: [Float] = []
      for _ in 0..<2 {
        _ = engine.gradients(
          of: parameters, batch: batch, loss: ContrastiveLoss(), into: &gradient)
        results.append(gradient)
        scores.append(engine.scores(of: parameters, batch: batch))
      }
    }
    #expect(results.allSatisfy { $0 == results[0] } && results[0].contains { $0 != 0 })
    #expect(scores.allSatisfy { $0 == scores[0] })
  }

  /// The published layout: scores are those that inference reads, thought after thought.
  @Test func scoresAreThoseOfInference() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("latentrm-tiny"))
    let engine = try RewardGradients(
      try ContinuousThoughtConfiguration(
        checkpoint.configuration, backbone: .gpt2, hasLatentHead: false), numerics: .exact)
    let weights = try #require(engine.layout.weights(of: checkpoint.tensors))
    var numbers = Numbers(seed: 3)
    let ids = [10, 51, 43, 52, 45]
    let (candidates, steps, width) = (3, 4, 64)
    let states = numbers.floats(candidates * steps * width, scale: 2)
    let labels = StepTable(
      questions: 1, candidates: candidates, steps: steps,
      values: Array(repeating: 0, count: candidates * steps))
    let found = engine.scores(
      of: weights,
      batch: RewardBatch(
        questions: [.init(ids: ids.map(Int32.init), states: states)], labels: labels, width: width))
    let reward = try LatentReward(checkpoint)
    var reading = try reward.begin(ids).selecting([0, 0, 0])
    for step in 0..<steps {
      let rows = (0..<candidates).flatMap { candidate -> ArraySlice<Float> in
        let first = (candidate * steps + step) * width
        return states[first..<first + width]
      }
      let wanted = try reward.read(
        Matrix(rows: candidates, columns: width, values: rows), in: &reading)
      for (candidate, score) in wanted.enumerated() {
        #expect(abs(found[0, candidate, step] - score) < 1e-5)
      }
    }
  }
}
