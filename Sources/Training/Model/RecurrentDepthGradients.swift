import LatentModels
import Synchronization
import Tensors

/// Loss and gradients of recurrent depth, Huginn's and retrofitted, back through the last iterations of the core
/// (truncated backpropagation, arXiv 2502.05171 §3.3): earlier ones run without being remembered, and
/// e reaches the loss through the remembered ones alone.
///
/// Rows go through the network a few at a time, so that what they need stays near the core. Shards and
/// these groups are fixed: bits depend on neither threads nor time. After the first step of a size
/// nothing is allocated.
public final class RecurrentDepthGradients: GradientEngine {
  public let configuration: RecurrentDepthConfiguration
  public let layout: ParameterLayout
  public let numerics: Numerics
  /// Parts of a batch that are computed each on one thread.
  public let shards: Int
  /// Rows that go through the network together.
  let rowsTogether: Int
  private let network: RecurrentDepthNetwork<Tape>
  private let embedding: ParameterVector
  private let tapes: ShardedTapes
  /// Who looks at sites while it runs, on several threads at once.
  var hooks = Hooks.none

  /// - Parameters:
  ///   - shards: how many parts each batch is split in; part of the result's bits.
  ///   - team: threads to run them on.
  ///   - rowsTogether: rows that go through the network at a time; part of the result's bits.
  /// - Throws: `TrainingModelError` where the network asks for what the layout does not have.
  public init(
    _ configuration: RecurrentDepthConfiguration, numerics: Numerics = .fast, shards: Int = 2,
    rowsTogether: Int = 4, team: ThreadTeam = ThreadTeam()
  ) throws {
    precondition(shards >= 1 && rowsTogether >= 1, "at least one shard and one row")
    self.configuration = configuration
    self.numerics = numerics
    self.shards = shards
    self.rowsTogether = rowsTogether
    layout = ParameterLayout(configuration)
    var source = ParameterSource<Tape>(layout: layout)
    network = try RecurrentDepthNetwork(configuration, from: &source)
    embedding = try source.vector(TensorNames.embedding)
    tapes = ShardedTapes(
      count: shards, layout: layout, matrices: source.matrices, numerics: numerics,
      angles: RotationAngles(
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        positions: configuration.maximumTokens), team: team)
  }

  /// - Precondition: as for `gradients(of:batch:recurrence:start:given:into:)`.
  public func gradients(
    of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start: Start,
    into gradients: inout [Float]
  ) -> LossReport {
    self.gradients(
      of: parameters, batch: batch, recurrence: recurrence, start: start, given: nil,
      into: &gradients)
  }

  /// - Parameter table: what a given start means.  // [rows · length, width]
  /// - Precondition: the start is not the embedded prompt, back to which no gradient goes, and a given
  ///   one has its table.
  func gradients(
    of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start: Start,
    given table: Matrix?, into gradients: inout [Float]
  ) -> LossReport {
    let start = BatchStart(
      start, given: table, places: batch.rows * batch.length, configuration)
    // Rows of which nothing counts have the loss 0.
    let total = max(batch.weights.reduce(0.0) { $0 + Double($1) }, .leastNormalMagnitude)
    check(length: batch.length)
    let loss = tapes.gradients(of: parameters, hooks: hooks, into: &gradients) {
      tape, parameters, gradient, shard in
      groups(of: batch.rows, shard: shard).reduce(0) { sum, group in
        sum
          + step(
            tape, batch: batch, rows: group, recurrence: recurrence, start: start, total: total,
            parameters: parameters, gradient: gradient)
      }
    }
    return LossReport(loss: loss / total, weight: total)
  }

  /// - Precondition: as for `gradients`.
  public func predictions(
    of parameters: [Float], tokens: [Int32], rows: Int, length: Int, readouts: [Int], start: Start
  ) -> [[Int32]] {
    let start = BatchStart(start, given: nil, places: rows * length, configuration)
    precondition(tokens.count == rows * length, "\(tokens.count) tokens for [\(rows), \(length)]")
    precondition(zip(readouts, readouts.dropFirst()).allSatisfy { $0 < $1 }, "readouts ascend")
    precondition((readouts.first ?? 1) >= 1, "the first readout is after one iteration")
    check(length: length)
    let places = rows * length
    var all = [Int32](repeating: 0, count: places * readouts.count)
    all.withUnsafeMutableBufferPointer { all in
      let all = all
      _ = tapes.run(parameters, hooks: hooks, forGradients: false) { worker, parameters, shard in
        for group in groups(of: rows, shard: shard) {
          let tape = worker.tape
          tape.begin(rows: group.count, length: length, parameters: parameters, gradient: nil)
          tokens.withUnsafeBufferPointer { ids in
            if let ids = ids.baseAddress { embed(tape, ids + group.lowerBound * length) }
          }
          begin(tape, row: group.lowerBound, start)
          var done = 0
          for (index, readout) in readouts.enumerated() {
            while done < readout {
              iterate(tape)
              tape.move(.stream, to: .state)
              done += 1
            }
            tape.copy(.state, to: .stream)
            decode(tape)
            if let base = all.baseAddress {
              tape.likeliest(into: base + index * places + group.lowerBound * length)
            }
          }
        }
      }
    }
    return readouts.indices.map { Array(all[$0 * places..<($0 + 1) * places]) }
  }

  public func observation(
    of parameters: [Float], tokens: [Int32], iterations: Int, start: Start
  ) -> PromptObservation? {
    let start = BatchStart(start, given: nil, places: tokens.count, configuration)
    precondition(!tokens.isEmpty && iterations >= 1, "at least one token and one iteration")
    check(length: tokens.count)
    // One row is one shard's work: the others have none.
    let box = Mutex(PromptObservation())
    _ = tapes.run(parameters, hooks: hooks, forGradients: false) { worker, parameters, shard in
      guard shard == 0 else { return }
      var seen = PromptObservation()
      let tape = worker.tape
      tape.begin(rows: 1, length: tokens.count, parameters: parameters, gradient: nil)
      tokens.withUnsafeBufferPointer { ids in
        if let ids = ids.baseAddress { embed(tape, ids) }
      }
      begin(tape, row: 0, start)
      for iteration in 0...iterations {
        if iteration > 0 {
          iterate(tape)
          tape.move(.stream, to: .state)
        }
        tape.copy(.state, to: .stream)
        network.normalizeBeforeCoda(using: tape)
        seen.states.append(tape.lastRow(.stream))
        tape.copy(.state, to: .stream)
        decode(tape)
        seen.readings.append(.init(logits: tape.lastRow(.logits)))
      }
      box.withLock { [seen] in $0 = seen }
    }
    return box.withLock { $0 }
  }

  /// Bytes of the tapes of all shards.
  var tapeSize: Int { tapes.size }

  // MARK: The program

  /// Loss and gradients of a few rows.
  private func step(
    _ tape: Tape, batch: TrainingBatch, rows: Range<Int>, recurrence: RecurrenceDraw,
    start: BatchStart, total: Double, parameters: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let first = rows.lowerBound * batch.length
    tape.begin(
      rows: rows.count, length: batch.length, parameters: parameters, gradient: gradient)
    return batch.tokens.withUnsafeBufferPointer { ids in
      guard let ids = ids.baseAddress else { return 0 }
      embed(tape, ids + first)
      begin(tape, row: rows.lowerBound, start)
      tape.isRecording = false
      for iteration in 0..<recurrence.iterations {
        tape.isRecording = iteration >= recurrence.iterations - recurrence.differentiated
        iterate(tape)
        if iteration + 1 < recurrence.iterations { tape.move(.stream, to: .state) }
      }
      decode(tape)
      let loss = batch.targets.withUnsafeBufferPointer { targets in
        batch.weights.withUnsafeBufferPointer { weights in
          guard let targets = targets.baseAddress, let weights = weights.baseAddress else {
            return 0.0
          }
          return tape.evaluate(
            CrossEntropy(targets: targets + first, weights: weights + first, total: total))
        }
      }
      tape.reverse()
      return loss
    }
  }

  private func embed(_ tape: Tape, _ ids: UnsafePointer<Int32>) {
    tape.embed(
      ids, table: embedding, width: configuration.width,
      scale: Float(configuration.embeddingScale))
  }

  /// The prelude, and the initial state.
  private func begin(_ tape: Tape, row: Int, _ start: BatchStart) {
    tape.iteration = 0
    network.prelude.apply(of: .prelude, using: tape)
    network.inject(using: tape)
    start.fill(
      tape.load(.state, columns: configuration.width), firstPlace: row * tape.length)
  }

  private func iterate(_ tape: Tape) {
    tape.iteration += 1
    network.adapt(using: tape)
    network.core.apply(of: .core, using: tape)
  }

  private func decode(_ tape: Tape) {
    network.normalizeBeforeCoda(using: tape)
    network.coda.apply(of: .coda, using: tape)
    network.normalize(using: tape)
    network.predict(using: tape)
  }

  // MARK: Shards

  /// The rows of a shard, a few together.
  private func groups(of rows: Int, shard: Int) -> [Range<Int>] {
    let (first, end) = (shard * rows / shards, (shard + 1) * rows / shards)
    return stride(from: first, to: end, by: rowsTogether).map {
      $0..<min(end, $0 + rowsTogether)
    }
  }

  private func check(length: Int) {
    precondition(
      length >= 1 && length <= configuration.maximumTokens,
      "rows of \(length) tokens; the model takes \(configuration.maximumTokens)")
  }
}
