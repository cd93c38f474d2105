import Training

/// All that training a judge has come to; with settings, data and first weights it decides what follows.
public struct RewardState: Sendable, Equatable {
  public var weights: [Float]  // [layout.count]
  public var optimizer: OptimizerState
  /// Of the best epoch so far: what is shipped.
  public var best: [Float]  // [layout.count]
  /// 0 before the first epoch is done.
  public var bestEpoch = 0
  /// Of every epoch so far, that before the first among them.
  public var records: [RewardRecord] = []

  /// Epochs done.
  public var epoch: Int { max(0, records.count - 1) }
  public var bestRecord: RewardRecord? {
    records.indices.contains(bestEpoch) ? records[bestEpoch] : nil
  }

  init(weights: [Float]) {
    (self.weights, best) = (weights, weights)
    optimizer = OptimizerState(count: weights.count)
  }
}
