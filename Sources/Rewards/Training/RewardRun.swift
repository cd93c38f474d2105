import Tensors
import Training

/// The training of a judge in a folder: epochs, a checkpoint after each, and the judge of the best one so
/// far.
public final class RewardRun {
  /// What happens on the way.
  public enum Event: Sendable {
    /// Batches done of all epochs.
    case batch(Int)
    case epoch(RewardRecord)
  }

  /// How a run, or a part of it, ended.
  public enum Ending: Sendable, Equatable {
    case finished
    /// Somebody asked to stop; the epochs done are kept.
    case interrupted
  }

  public let trainer: RewardTrainer
  private let data: RewardData
  private let design: JudgeDesign
  private let directory: TrainingDirectory
  private let checkpoint: RewardCheckpoint

  /// Begins or resumes a run.
  /// - Throws: `RewardError`, `TrainingError`, `CheckpointError`.
  public init(
    data: RewardData, design: JudgeDesign, settings: RewardSettings, directory path: String,
    resumes: Bool, team: ThreadTeam
  ) throws {
    guard let split = RewardSplit(data, share: settings.validation, seed: settings.seed) else {
      throw RewardError.tooFewQuestions(
        prompts: Set(data.questions.map(\.ids)).count, validation: settings.validation)
    }
    (self.data, self.design) = (data, design)
    checkpoint = RewardCheckpoint(
      settings: settings, data: data.fingerprint, design: design.fingerprint)
    directory = try TrainingDirectory(path, resumes: resumes, parameters: design.layout.count)
    let state =
      resumes
      ? try checkpoint.read(
        directory.statePath, directory: path, parameters: design.layout.count) : nil
    trainer = RewardTrainer(
      data: data, split: split, settings: settings, engine: try design.engine(.fast, team: team),
      measuring: try design.engine(.exact, team: team), weights: design.weights, state: state,
      team: team)
  }

  /// Batches of all epochs.
  public var batches: Int { trainer.settings.epochs * trainer.batches }

  /// Trains until the last epoch or a wish to stop, which loses the epoch at hand.
  /// - Parameter isCancelled: asked before each batch.
  /// - Throws: `RewardError.diverged`, and what writing throws; the last checkpoint stays.
  public func run(
    isCancelled: () -> Bool = { false }, onEvent: (Event) throws -> Void = { _ in }
  ) throws -> Ending {
    // Something to resume from the first moment on.
    if trainer.state.epoch == 0 { try save() }
    for record in trainer.state.records { try onEvent(.epoch(record)) }
    while !trainer.isFinished {
      var done = trainer.state.epoch * trainer.batches
      var failure: (any Error)?
      let record = try trainer.runEpoch(isCancelled: isCancelled) {
        done += 1
        do { try onEvent(.batch(done)) } catch { failure = failure ?? error }
      }
      if let failure { throw failure }
      guard let record else { return .interrupted }
      try save()
      try onEvent(.epoch(record))
    }
    return .finished
  }

  private func save() throws {
    let state = trainer.state
    try checkpoint.write(state, to: directory.statePath)
    directory.synchronize()
    try directory.write(
      state.records.map { $0.json.serialized() + "\n" }.joined(), name: "history.jsonl")
    guard state.bestEpoch > 0 else { return }
    try JudgeExport(
      design: design, settings: trainer.settings, split: trainer.split, data: data, state: state
    ).write(to: directory)
  }
}
