import LatentModels
import Synchronization
import Tensors

/// Loss and gradients of a language model that thinks in its own hidden vectors (COCONUT, arXiv
/// 2412.06769): what it would have read a token out of is its next input, so that a row is run in
/// stretches, the question, every thought, and what follows, and gradients go back through all of them.
///
/// A row of a batch has no thoughts in it: they come between the token that begins them and the one that
/// ends them, as many as a step's draw says.
public final class ThoughtGradients: GradientEngine {
  public let configuration: ContinuousThoughtConfiguration
  public let layout: ParameterLayout
  /// Parts of a batch that are computed each on one thread.
  public let shards: Int
  /// Rows that go through the network together.
  let rowsTogether: Int
  private let backbone: ThoughtBackbone<Tape>
  private let embedding: ParameterVector
  private let positions: ParameterVector?
  private let tapes: ShardedTapes
  private let start: Int32

  /// - Parameters:
  ///   - tokens: ids around thoughts.
  ///   - shards: how many parts each batch is split in; part of the result's bits.
  ///   - rowsTogether: rows that go through the network at a time; part of the result's bits.
  /// - Throws: `TrainingModelError` for models that feed back something else than their hidden vector,
  ///   or whose thoughts no token begins.
  public init(
    _ configuration: ContinuousThoughtConfiguration, tokens: ThoughtTokens,
    numerics: Numerics = .fast, shards: Int = 2, rowsTogether: Int = 32,
    team: ThreadTeam = ThreadTeam()
  ) throws {
    precondition(shards >= 1 && rowsTogether >= 1, "at least one shard and one row")
    guard configuration.feedback == .hidden, let start = tokens.start else {
      throw TrainingModelError.otherThoughts
    }
    self.start = Int32(start)
    self.configuration = configuration
    self.shards = shards
    self.rowsTogether = rowsTogether
    layout = ParameterLayout(configuration)
    let names = ThoughtTensorNames(configuration)
    var source = ParameterSource<Tape>(layout: layout)
    backbone = try ThoughtBackbone(names, from: &source)
    embedding = try source.vector(names.embedding)
    positions =
      configuration.backbone == .gpt2 ? try source.vector(names.positions) : nil
    let frequencies = configuration.rotary?.frequencies(headDimension: configuration.headDimension)
    tapes = ShardedTapes(
      count: shards, layout: layout, matrices: source.matrices, numerics: numerics,
      angles: RotationAngles(
        frequencies: frequencies ?? [], positions: configuration.maximumTokens), team: team)
  }

  /// - Parameter initial: not read: thoughts begin with what the question leaves.
  /// - Precondition: rows are as of `ThoughtRows`; gradients go through all thoughts.
  public func gradients(
    of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start initial: Start,
    into gradients: inout [Float]
  ) -> LossReport {
    let total = max(batch.weights.reduce(0.0) { $0 + Double($1) }, .leastNormalMagnitude)
    let dealt = ThoughtRows.groups(
      batch.tokens, length: batch.length, start: start, rowsTogether: rowsTogether,
      shards: shards)
    let loss = tapes.gradients(of: parameters, into: &gradients) {
      tape, parameters, gradient, shard in
      dealt[shard].reduce(0) { sum, group in
        let rest = group.question..<group.question + group.rest
        let targets = group.gather(batch.targets, length: batch.length, columns: rest)
        let weights = group.gather(batch.weights, length: batch.length, columns: rest)
        return sum
          + run(
            tape, group, batch.tokens, length: batch.length, thoughts: recurrence.iterations,
            parameters: parameters, gradient: gradient
          ) { tape in
            targets.withUnsafeBufferPointer { targets in
              weights.withUnsafeBufferPointer { weights in
                guard let targets = targets.baseAddress, let weights = weights.baseAddress else {
                  return 0
                }
                let loss = tape.evaluate(
                  CrossEntropy(targets: targets, weights: weights, total: total))
                tape.reverse()
                return loss
              }
            }
          }
      }
    }
    return LossReport(loss: loss / total, weight: total)
  }

  /// - Parameter readouts: numbers of thoughts, none among them.
  /// - Returns: for each readout, ids; places of the questions have 0.  // [rows, length]
  public func predictions(
    of parameters: [Float], tokens: [Int32], rows: Int, length: Int, readouts: [Int],
    start initial: Start
  ) -> [[Int32]] {
    precondition(tokens.count == rows * length, "\(tokens.count) tokens for [\(rows), \(length)]")
    let dealt = ThoughtRows.groups(
      tokens, length: length, start: start, rowsTogether: rowsTogether, shards: shards)
    let all = Mutex(
      Array(repeating: [Int32](repeating: 0, count: rows * length), count: readouts.count))
    _ = tapes.run(parameters, forGradients: false) { worker, parameters, shard in
      for group in dealt[shard] {
        for (index, readout) in readouts.enumerated() {
          run(
            worker.tape, group, tokens, length: length, thoughts: readout, parameters: parameters,
            gradient: nil
          ) { tape in
            var ids = [Int32](repeating: 0, count: tape.tokens)
            ids.withUnsafeMutableBufferPointer { ids in
              if let ids = ids.baseAddress { tape.likeliest(into: ids) }
            }
            all.withLock { [ids] in
              for (member, row) in group.rows.enumerated() {
                let first = row * length + group.question
                $0[index].replaceSubrange(
                  first..<first + group.rest,
                  with: ids[member * group.rest..<(member + 1) * group.rest])
              }
            }
          }
        }
      }
    }
    return all.withLock { $0 }
  }

  /// - Parameter tokens: a question, the token that begins thoughts last.
  public func observation(
    of parameters: [Float], tokens: [Int32], iterations: Int, start initial: Start
  ) -> PromptObservation? {
    guard !tokens.isEmpty, tokens.count <= configuration.maximumTokens else { return nil }
    let most = min(iterations, configuration.maximumTokens - tokens.count)
    // One row is one shard's work: the others have none.
    let box = Mutex(PromptObservation())
    _ = tapes.run(parameters, forGradients: false) { worker, parameters, shard in
      guard shard == 0 else { return }
      var seen = PromptObservation()
      let tape = worker.tape
      tape.begin(
        rows: 1, length: tokens.count, parameters: parameters, gradient: nil, goesOn: true)
      tokens.withUnsafeBufferPointer { ids in
        if let ids = ids.baseAddress { read(tape, ids) }
      }
      for thought in 0...most {
        if thought > 0 { think(tape) }
        seen.states.append(tape.lastRow(.stream))
        backbone.predict(using: tape)
        seen.readings.append(.init(logits: tape.lastRow(.logits)))
      }
      box.withLock { [seen] in $0 = seen }
    }
    return box.withLock { $0 }
  }

  /// Bytes of the tapes of all shards.
  var tapeSize: Int { tapes.size }

  // MARK: The program

  /// Question, thoughts, and the predictions of what follows, which a body does something with.
  @discardableResult
  private func run<Result>(
    _ tape: Tape, _ group: ThoughtRows, _ tokens: [Int32], length: Int, thoughts: Int,
    parameters: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
    _ body: (Tape) -> Result
  ) -> Result {
    let places = group.question + thoughts + group.rest
    precondition(
      places <= configuration.maximumTokens,
      "\(places) tokens and thoughts; the model takes \(configuration.maximumTokens)")
    let question = group.gather(tokens, length: length, columns: 0..<group.question)
    let rest = group.gather(
      tokens, length: length, columns: group.question..<group.question + group.rest)
    return question.withUnsafeBufferPointer { question in
      rest.withUnsafeBufferPointer { rest in
        guard let question = question.baseAddress, let rest = rest.baseAddress else {
          preconditionFailure("a group has rows")
        }
        tape.begin(
          rows: group.rows.count, length: group.question, parameters: parameters,
          gradient: gradient, goesOn: true)
        read(tape, question)
        for _ in 0..<thoughts { think(tape) }
        tape.goOn(length: group.rest)
        read(tape, rest)
        backbone.predict(using: tape)
        return body(tape)
      }
    }
  }

  /// The blocks over tokens.
  private func read(_ tape: Tape, _ ids: UnsafePointer<Int32>) {
    tape.embed(ids, table: embedding, width: configuration.width, scale: 1)
    pass(tape)
  }

  /// The blocks over the last hidden vector.
  private func think(_ tape: Tape) {
    tape.think()
    pass(tape)
  }

  private func pass(_ tape: Tape) {
    if let positions { tape.addPositions(positions) }
    backbone.blocks.apply(of: .core, using: tape)
    backbone.normalize(using: tape)
  }
}
