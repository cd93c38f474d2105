import Checkpoints
import Evaluation
import LatentModels
import Tensors

extension ModelOptions {
  /// One model a thread, each computing alone, where they fit; else one on all threads.
  func evaluationModels(
    _ plan: ModelPlan, _ checkpoint: Checkpoint
  ) throws -> [EvaluationModel] {
    try EvaluationModel.opened(plan, checkpoint, threads: threads, precision: precision)
  }
}

extension EvaluationModel {
  /// One model a thread, each computing alone, where they fit; else one on all threads.
  /// - Parameter threads: nil for one per core.
  static func opened(
    _ plan: ModelPlan, _ checkpoint: Checkpoint, threads: Int?, precision: Precision = .exact
  ) throws -> [EvaluationModel] {
    let count = threads ?? ThreadTeam.availableCores
    let isSmall = plan.packedBytes(precision) <= copied
    let teams =
      isSmall ? [ThreadTeam](repeating: .single, count: count) : [ThreadTeam(count: count)]
    let tokenizer = try checkpoint.neededTokenizer()
    return try teams.map { team in
      try Interruption.control.check()
      return EvaluationModel(
        model: try plan.open(WeightPacking(precision: precision, team: team)),
        tokenizer: tokenizer, stops: StopTokens.of(checkpoint), cost: ComputeCost(plan))
    }
  }

  /// Models up to this size are copied for every thread.
  private static let copied = 256 << 20
}

extension Checkpoint {
  /// The tokenizer, for a command that can do nothing without.
  func neededTokenizer() throws -> Tokenizer {
    switch tokenizer {
    case .present(let tokenizer): return tokenizer
    case .unreadable(let error): throw error
    case .missing:
      throw CheckpointError(
        .missing, file: source, "The model has no tokenizer.json, which text needs.")
    }
  }
}
