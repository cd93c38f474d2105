import LatentModels
import Synchronization
import Tensors

/// Loss and gradients of a latent reward model (arXiv 2510.07745): a language model's blocks over the
/// prompt, which it embeds with its own table, and the steps of a candidate as rows in the place of what
/// follows; a linear head of one output reads the score of a step where that stands.
///
/// All steps are given, so that one pass scores them all. Nothing goes back to them: they belong to
/// another model.
public final class RewardGradients: RewardEngine {
  public let layout: ParameterLayout
  /// Parts of a batch that are computed each on one thread.
  public let shards: Int
  private let program: Program
  private let width: Int
  private let maximumTokens: Int
  private let embedding: ParameterVector
  private let tapes: ShardedTapes

  /// Whose blocks read the rows.
  private enum Program {
    case thoughts(ThoughtBackbone<Tape>, positions: ParameterVector?)
    case depth(RecurrentDepthNetwork<Tape>, iterations: Int, scale: Float)
  }

  /// - Parameters:
  ///   - configuration: of the backbone; whether its head was tied does not matter.
  ///   - shards: how many parts each batch is split in; part of the result's bits.
  /// - Throws: `TrainingModelError` for a backbone that feeds back something else than its hidden vector.
  public init(
    _ configuration: ContinuousThoughtConfiguration, numerics: Numerics = .fast, shards: Int = 2,
    team: ThreadTeam = ThreadTeam()
  ) throws {
    precondition(shards >= 1, "at least one shard")
    guard configuration.feedback == .hidden else { throw TrainingModelError.otherThoughts }
    var configuration = configuration
    configuration.tiedEmbeddings = true
    (width, maximumTokens) = (configuration.width, configuration.maximumTokens)
    self.shards = shards
    layout = ParameterLayout(judge: configuration)
    let names = ThoughtTensorNames(configuration)
    var source = JudgeSource(
      parameters: ParameterSource<Tape>(layout: layout), head: names.embedding)
    program = .thoughts(
      try ThoughtBackbone(names, from: &source),
      positions: configuration.backbone == .gpt2 ? try source.vector(names.positions) : nil)
    embedding = try source.vector(names.embedding)
    let frequencies = configuration.rotary?.frequencies(headDimension: configuration.headDimension)
    tapes = ShardedTapes(
      count: shards, layout: layout, matrices: source.parameters.matrices, numerics: numerics,
      angles: RotationAngles(
        frequencies: frequencies ?? [], positions: configuration.maximumTokens), team: team)
  }

  /// A backbone of recurrent depth, whose core runs so many times from zeros; gradients go back through all
  /// of them.
  /// - Parameters:
  ///   - configuration: of the backbone; whether its head was tied does not matter.
  ///   - shards: how many parts each batch is split in; part of the result's bits.
  /// - Throws: `TrainingModelError` where the network asks for what the layout does not have.
  public init(
    _ configuration: RecurrentDepthConfiguration, iterations: Int, numerics: Numerics = .fast,
    shards: Int = 2, team: ThreadTeam = ThreadTeam()
  ) throws {
    precondition(shards >= 1 && iterations >= 1, "at least one shard and one iteration")
    var configuration = configuration
    configuration.tiedEmbeddings = true
    (width, maximumTokens) = (configuration.width, configuration.maximumTokens)
    self.shards = shards
    layout = ParameterLayout(judge: configuration)
    var source = JudgeSource(
      parameters: ParameterSource<Tape>(layout: layout), head: TensorNames.embedding)
    program = .depth(
      try RecurrentDepthNetwork(configuration, from: &source), iterations: iterations,
      scale: Float(configuration.embeddingScale))
    embedding = try source.vector(TensorNames.embedding)
    tapes = ShardedTapes(
      count: shards, layout: layout, matrices: source.parameters.matrices, numerics: numerics,
      angles: RotationAngles(
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        positions: configuration.maximumTokens), team: team)
  }

  /// - Precondition: of the judge's width; prompts and steps are no more than its positions.
  public func gradients(
    of parameters: [Float], batch: RewardBatch, loss: some StepLoss,
    into gradients: inout [Float]
  ) -> Double {
    let divisor = max(loss.divisor(batch.labels), .leastNormalMagnitude)
    let dealt = deal(batch)
    let sum = tapes.gradients(of: parameters, into: &gradients) {
      tape, parameters, gradient, shard in
      dealt[shard].reduce(0) { sum, index in
        let question = batch.questions[index]
        let labels = batch.labels(of: index)
        let scores = StepScores(
          loss: loss, labels: labels,
          places: places(labels, prompt: question.ids.count), divisor: divisor)
        return sum
          + run(tape, question, labels, parameters: parameters, gradient: gradient) { tape in
            let value = tape.evaluate(scores)
            tape.reverse()
            return value
          }
      }
    }
    return sum / divisor
  }

  /// - Precondition: as of `gradients`.
  public func scores(of parameters: [Float], batch: RewardBatch) -> StepTable {
    let dealt = deal(batch)
    let all = Mutex(StepTable(like: batch.labels))
    let size = batch.labels.candidates * batch.labels.steps
    _ = tapes.run(parameters, forGradients: false) { worker, parameters, shard in
      for index in dealt[shard] {
        let question = batch.questions[index]
        let labels = batch.labels(of: index)
        let places = places(labels, prompt: question.ids.count)
        let found = run(
          worker.tape, question, labels, parameters: parameters, gradient: nil
        ) { tape in
          let logits = tape[.logits]
          return places.map { Double(logits.pointer[$0 * logits.stride]) }
        }
        all.withLock { $0.values.replaceSubrange(index * size..<(index + 1) * size, with: found) }
      }
    }
    return all.withLock { $0 }
  }

  // MARK: The program

  /// Questions of every shard: each in turn to the one that has least to do.
  private func deal(_ batch: RewardBatch) -> [[Int]] {
    var dealt = Array(repeating: [Int](), count: shards)
    var work = Array(repeating: 0, count: shards)
    for (index, question) in batch.questions.enumerated() {
      let least = work.indices.min { work[$0] < work[$1] } ?? 0
      dealt[least].append(index)
      work[least] += question.ids.count + batch.labels.steps
    }
    return dealt
  }

  /// Where the score of each step lies.  // [candidates, steps]
  private func places(_ labels: StepTable, prompt: Int) -> [Int] {
    (0..<labels.candidates).flatMap { candidate in
      (0..<labels.steps).map { candidate * (prompt + labels.steps) + prompt + $0 }
    }
  }

  /// The scores of one question's steps, of which a body makes something.
  private func run<Result>(
    _ tape: Tape, _ question: RewardBatch.Question, _ labels: StepTable,
    parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
    _ body: (Tape) -> Result
  ) -> Result {
    let length = question.ids.count + labels.steps
    precondition(
      length <= maximumTokens,
      "\(length) tokens and steps; the judge takes \(maximumTokens)")
    let row = question.ids + Array(repeating: Tape.given, count: labels.steps)
    let ids = (0..<labels.candidates).flatMap { _ in row }
    return ids.withUnsafeBufferPointer { ids in
      question.states.withUnsafeBufferPointer { states in
        guard let ids = ids.baseAddress, let states = states.baseAddress else {
          preconditionFailure("a question has candidates and steps")
        }
        tape.begin(
          rows: labels.candidates, length: length, parameters: parameters, gradient: gradient)
        score(tape, ids, states)
        return body(tape)
      }
    }
  }

  /// logits ← the score of every row.
  private func score(_ tape: Tape, _ ids: UnsafePointer<Int32>, _ states: UnsafePointer<Float>) {
    switch program {
    case .thoughts(let backbone, let positions):
      tape.embed(ids, table: embedding, width: width, scale: 1, given: states)
      if let positions { tape.addPositions(positions) }
      backbone.blocks.apply(of: .core, using: tape)
      backbone.normalize(using: tape)
      backbone.predict(using: tape)
    case .depth(let network, let iterations, let scale):
      tape.embed(ids, table: embedding, width: width, scale: scale, given: states)
      tape.iteration = 0
      network.prelude.apply(of: .prelude, using: tape)
      network.inject(using: tape)
      let start = tape.load(.state, columns: width)
      for row in 0..<start.rows {
        (start.pointer + row * start.stride).update(repeating: 0, count: width)
      }
      for iteration in 1...iterations {
        tape.iteration = iteration
        network.adapt(using: tape)
        network.core.apply(of: .core, using: tape)
        if iteration < iterations { tape.move(.stream, to: .state) }
      }
      network.normalizeBeforeCoda(using: tape)
      network.coda.apply(of: .coda, using: tape)
      network.normalize(using: tape)
      network.predict(using: tape)
    }
  }
}

/// A judge's parameters as a language model asks for them: where that has its head a judge has its
/// classifier.
private struct JudgeSource: WeightSource {
  typealias Mathematics = Tape

  var parameters: ParameterSource<Tape>
  /// What the language model calls its head.
  let head: String

  func vector(_ name: String) throws -> ParameterVector { try parameters.vector(name) }

  mutating func linear(
    _ name: String, columns: Range<Int>?, bias: String?, order: WeightOrder
  ) throws -> ParameterMatrix {
    guard name == head else {
      return try parameters.linear(name, columns: columns, bias: bias, order: order)
    }
    return try parameters.linear(
      ParameterLayout.classifier.weight, columns: columns, bias: ParameterLayout.classifier.bias,
      order: order)
  }

  mutating func linear(stacking names: [String]) throws -> ParameterMatrix {
    try parameters.linear(stacking: names)
  }
}
