/// All that a run has come to; with the recipe it decides everything that follows.
public struct TrainingState: Sendable, Equatable {
  /// Steps done.
  public var step = 0
  public var weights: [Float]  // [layout.count]
  /// The running average of the weights: what is shipped.
  public var average: [Float]  // [layout.count]
  public var optimizer: OptimizerState
  /// The hardest difficulty each task is drawn at.
  public var limits: [String: Int] = [:]
  /// Sums since the last line of the history.
  public var window = LossWindow()
  /// Seconds spent, over all parts of the run.
  public var seconds = 0.0
  /// Training tokens seen.
  public var tokens = 0

  public init(weights: [Float]) {
    self.weights = weights
    average = weights
    optimizer = OptimizerState(count: weights.count)
  }

  /// Moves the weights along a gradient, and their average after them.
  mutating func follow(_ gradients: [Float], optimizer: Optimizer, rate: Double) {
    optimizer.update(&weights, gradients: gradients, state: &self.optimizer, rate: rate)
    // Early on the average is over fewer steps, so that it does not carry the drawn weights along.
    let steps = Double(self.optimizer.steps)
    let decay = min(optimizer.settings.averaging, steps / (steps + 9))
    WeightAverage.update(&average, with: weights, decay: decay)
  }

  init(weights: [Float], average: [Float], optimizer: OptimizerState) {
    self.weights = weights
    self.average = average
    self.optimizer = optimizer
  }
}

/// What a line of the history averages over.
public struct LossWindow: Sendable, Equatable {
  public var loss = 0.0
  public var gradientNorm = 0.0
  public var iterations = 0
  public var steps = 0

  public init() {}
}
