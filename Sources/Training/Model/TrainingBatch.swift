/// Rows of token ids with what should follow each of them and how much it counts.
public struct TrainingBatch: Sendable, Equatable {
  public var rows: Int
  public var length: Int
  public var tokens: [Int32]  // [rows, length]
  /// The token that should be predicted at each place.
  public var targets: [Int32]  // [rows, length]
  /// Weight of each place in the loss; zero leaves it out.
  public var weights: [Float]  // [rows, length]

  public init(rows: Int, length: Int, tokens: [Int32], targets: [Int32], weights: [Float]) {
    let places = rows * length
    precondition(
      tokens.count == places && targets.count == places && weights.count == places,
      "a batch of [\(rows), \(length)] has \(places) places")
    self.rows = rows
    self.length = length
    self.tokens = tokens
    self.targets = targets
    self.weights = weights
  }
}

/// How often the core runs in one training step, or how many thoughts a model has.
public struct RecurrenceDraw: Sendable, Equatable {
  /// r: iterations in all. Thoughts may be none.
  public var iterations: Int
  /// k: the last iterations that gradients flow through (truncated backpropagation).
  public var differentiated: Int

  public init(iterations: Int, differentiated: Int) {
    precondition(iterations >= 0 && (0...iterations).contains(differentiated))
    self.iterations = iterations
    self.differentiated = differentiated
  }
}

/// What one evaluation of the loss found.
public struct LossReport: Sendable, Equatable {
  /// Weighted mean cross-entropy in nats: Σ w·CE / Σ w.
  public var loss: Double
  /// Σ w.
  public var weight: Double

  public init(loss: Double, weight: Double) {
    self.loss = loss
    self.weight = weight
  }
}
