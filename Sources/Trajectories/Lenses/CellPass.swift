import LatentModels
import Tensors

/// What one token's stream went through in one iteration: sizes, readings and where attention looked,
/// without the streams themselves.
public struct CellPass: Sendable {
  /// What one block did; block 0 is what the first one read.
  public struct Block: Sendable {
    /// ‖stream‖ after it (L2).
    public let norm: Float
    /// ‖what attention added‖ / ‖the stream that the block read‖; nil at block 0, and where either is
    /// not finite. As in `BlockPass`, before the sum and the norm on that.
    public let attention: Float?
    /// The same of what the feed-forward network added, of the same stream.
    public let feedForward: Float?
    /// What each lens reads after it; `kl` is from the block before, nil at block 0.
    public let readings: [Reading]  // [lenses]
    /// The weights of attention of this token, mean over heads; empty at block 0 and where they were
    /// not kept. Keys are the tokens of the text.
    public let weights: [Float]  // [keys]

    public init(
      norm: Float, attention: Float?, feedForward: Float?, readings: [Reading], weights: [Float]
    ) {
      self.norm = norm
      self.attention = attention
      self.feedForward = feedForward
      self.readings = readings
      self.weights = weights
    }
  }

  /// The token, by row of its run.
  public let row: Int
  /// The iteration, from 1.
  public let iteration: Int
  /// Whether block 0 is an adapter's output, or else the state before.
  public let hasAdapter: Bool
  /// The names of the lenses.
  public let lenses: [String]
  public let blocks: [Block]  // [blocks + 1]

  public init(
    row: Int, iteration: Int, hasAdapter: Bool, lenses: [String], blocks: [Block]
  ) {
    self.row = row
    self.iteration = iteration
    self.hasAdapter = hasAdapter
    self.lenses = lenses
    self.blocks = blocks
  }

  /// Takes one token out of a pass and of what lenses read of it.
  /// - Precondition: a pass of the core with that row, which every table has read.
  public init(_ pass: BlockPass, row: Int, _ tables: [LensTable], vocabulary: Vocabulary) {
    let tokens = pass.output.rows
    let norms = pass.streams.map { StateMetrics.norm($0, row) }
    func share(_ added: Matrix, of block: Int) -> Float? {
      let share = StateMetrics.norm(added, row) / norms[block - 1]
      return share.isFinite ? share : nil
    }
    self.init(
      row: row, iteration: pass.iteration, hasAdapter: pass.hasAdapter,
      lenses: tables.map(\.lens),
      blocks: norms.indices.map { index in
        let block = index > 0 ? pass.blocks[index - 1] : nil
        return Block(
          norm: norms[index], attention: block.flatMap { share($0.attention, of: index) },
          feedForward: block.flatMap { share($0.feedForward, of: index) },
          readings: tables.map {
            Reading($0.readings[index][row - $0.rows.lowerBound], vocabulary)
          },
          weights: block?.attentionWeights.map { Self.headMean($0, row: row, of: tokens) } ?? [])
      })
  }

  /// One token's row of every head, averaged.
  private static func headMean(_ weights: Matrix, row: Int, of tokens: Int) -> [Float] {
    let heads = weights.rows / tokens
    var mean = [Float](repeating: 0, count: weights.columns)  // [keys]
    for head in 0..<heads {
      for (key, weight) in weights.row(head * tokens + row).enumerated() {
        mean[key] += weight / Float(heads)
      }
    }
    return mean
  }
}

extension Reading {
  /// What a lens reads, as what a run says.
  fileprivate init(_ reading: LensReading, _ vocabulary: Vocabulary) {
    guard let entropy = reading.entropy else {
      self = .diverged
      return
    }
    self.init(
      entropy: entropy, kl: reading.kl,
      top: Candidates(
        reading.top.map { (id: $0.id, probability: reading.probability($0)) }, in: vocabulary))
  }
}
