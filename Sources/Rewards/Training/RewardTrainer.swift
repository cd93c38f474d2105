import Tensors
import Training

/// Trains a judge, epoch by epoch.
public final class RewardTrainer {
  public let settings: RewardSettings
  public let split: RewardSplit
  public private(set) var state: RewardState
  private let data: RewardData
  private let engine: any RewardEngine
  private let measuring: any RewardEngine
  private let optimizer: Optimizer
  private let schedule: CosineSchedule

  /// - Parameters:
  ///   - engine: whose gradients are followed.
  ///   - measuring: the same judge in the mathematics of inference, which it is measured in.
  ///   - state: of a run that is gone on with; nil to begin from `weights`.
  init(
    data: RewardData, split: RewardSplit, settings: RewardSettings, engine: any RewardEngine,
    measuring: any RewardEngine, weights: [Float], state: RewardState?, team: ThreadTeam
  ) {
    (self.data, self.split, self.settings) = (data, split, settings)
    (self.engine, self.measuring) = (engine, measuring)
    var optimizing = OptimizerSettings()
    (optimizing.adamW.learningRate, optimizing.adamW.beta2) = (settings.rate, 0.999)
    optimizer = Optimizer(
      layout: engine.layout, settings: optimizing, usesMuon: false, team: team)
    let batches = Self.batches(split.training.count, of: settings.batch)
    schedule = CosineSchedule(steps: settings.epochs * batches)
    self.state = state ?? RewardState(weights: weights)
    if state == nil {
      self.state.records = [
        RewardRecord(epoch: 0, trainingLoss: nil, rate: 0, measures: measure(weights))
      ]
    }
  }

  /// Batches of an epoch.
  public var batches: Int { Self.batches(split.training.count, of: settings.batch) }
  public var isFinished: Bool { state.epoch >= settings.epochs }

  private static func batches(_ questions: Int, of size: Int) -> Int {
    (questions + size - 1) / size
  }

  /// Goes once over everything there is to learn from, and measures what came of it.
  /// - Parameters:
  ///   - isCancelled: asked before each batch; when it says so, the state stays that of before.
  ///   - onBatch: told after each.
  /// - Returns: nil where it was cancelled.
  /// - Throws: `RewardError.diverged`.
  public func runEpoch(
    isCancelled: () -> Bool = { false }, onBatch: () -> Void = {}
  ) throws -> RewardRecord? {
    precondition(!isFinished, "all epochs are done")
    let epoch = state.epoch + 1
    var next = state
    var gradients: [Float] = []
    var (sum, rate) = (0.0, 0.0)
    let order = split.order(epoch: epoch, seed: settings.seed)
    for first in stride(from: 0, to: order.count, by: settings.batch) {
      if isCancelled() { return nil }
      let chosen = order[first..<min(order.count, first + settings.batch)]
      let loss = engine.gradients(
        of: next.weights, batch: data.batch(chosen), loss: settings.objective.loss,
        into: &gradients)
      let norm = GradientClip.apply(limit: optimizer.settings.clip, to: &gradients)
      guard loss.isFinite, norm.isFinite else { throw RewardError.diverged(epoch: epoch) }
      rate = schedule.factor(step: next.optimizer.steps)
      optimizer.update(
        &next.weights, gradients: gradients, state: &next.optimizer, rate: rate)
      sum += loss * Double(chosen.count)
      onBatch()
    }
    let measures = measure(next.weights)
    guard measures.loss.isFinite else { throw RewardError.diverged(epoch: epoch) }
    let record = RewardRecord(
      epoch: epoch, trainingLoss: sum / Double(order.count), rate: rate * settings.rate,
      measures: measures)
    next.records.append(record)
    // What was never trained is measured, and not kept.
    let isBetter = next.bestRecord.map { measures.isBetter(than: $0.measures) } ?? true
    if next.bestEpoch == 0 || isBetter {
      (next.best, next.bestEpoch) = (next.weights, epoch)
    }
    state = next
    return record
  }

  private func measure(_ weights: [Float]) -> RewardMeasures {
    RewardMeasures(
      measuring.scores(of: weights, batch: data.batch(split.validation)),
      of: split.validation.map { data.questions[$0] }, objective: settings.objective)
  }
}
