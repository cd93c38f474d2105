import Checkpoints
import Foundation
import LatentModels
import ParallelScaling
import Rewards
import Tensors
import Training

/// The training of one judge of a study, in a folder of its own: begun, gone on with, or found done.
public struct StudyJudging: Sendable {
  public let judge: StudyJudge
  /// With what it is trained.
  public let seed: UInt64
  public let folder: String

  public init(judge: StudyJudge, seed: UInt64, folder: String) {
    (self.judge, self.seed, self.folder) = (judge, seed, folder)
  }

  /// What there is to learn from, of what was collected.
  func learned(_ data: RewardData) -> RewardData {
    let count = max(2, Int((judge.share * Double(data.questions.count)).rounded()))
    let some = data.selecting(Array(0..<min(count, data.questions.count)))
    return judge.labels == .outcomes ? some.labelledByOutcomes : some
  }

  /// - Parameters:
  ///   - data: all that was collected.
  ///   - checkpoint: of the model that is judged.
  /// - Returns: false where somebody asked to stop.
  /// - Throws: `RewardError`, `TrainingError`, `CheckpointError`.
  public func run(
    on data: RewardData, of checkpoint: Checkpoint, _ facts: ModelFacts, team: ThreadTeam,
    isCancelled: () -> Bool
  ) throws -> Bool {
    let data = learned(data)
    let (design, rate) = try design(data, checkpoint, facts)
    guard judge.epochs > 0 else {
      try design.writeUntrained(to: folder)
      return true
    }
    var settings = RewardSettings()
    settings.objective = judge.objective
    settings.epochs = judge.epochs
    settings.rate = judge.rate ?? rate
    settings.seed = seed
    let begun = FileManager.default.fileExists(
      atPath: "\(folder)/checkpoint/state.safetensors")
    let run = try RewardRun(
      data: data, design: design, settings: settings, directory: folder, resumes: begun,
      team: team)
    return try run.run(isCancelled: isCancelled) == .finished
  }

  private func design(
    _ data: RewardData, _ checkpoint: Checkpoint, _ facts: ModelFacts
  ) throws -> (JudgeDesign, rate: Double) {
    switch judge.backbone {
    case .probe: return (.probe(for: data), 1e-2)
    case .usual where checkpoint.configuration["model_type"]?.string == "gpt2":
      return (try .copy(of: checkpoint, for: data, seed: seed), 5e-4)
    case .usual, .small:
      let design = try JudgeDesign.small(
        layers: judge.layers, heads: 4, vocabulary: facts.vocabularySize, for: data, seed: seed)
      return (design, 1e-3)
    }
  }

  /// The judge as it was written.
  /// - Throws: `ModelError`, `CheckpointError`.
  public func opened() throws -> StudyWork.TrainedStepJudge {
    let checkpoint = try Checkpoint.open(folder)
    var print = Fingerprint()
    for tensor in checkpoint.tensors.values.sorted(by: { $0.name < $1.name }) {
      print.add(tensor.name)
      print.add(tensor.floats())
    }
    return StudyWork.TrainedStepJudge(
      name: judge.name,
      judge: try TrainedJudge.open(checkpoint, packing: WeightPacking(team: .single)),
      mark: print.text, searches: judge.searches)
  }
}
