import Checkpoints
import LatentModels
import Tensors
import Trajectories

extension Workbench {
  /// Opens a checkpoint as a workbench: weights packed, tokenizer at hand.
  static func open(
    _ checkpoint: Checkpoint, team: ThreadTeam, start: StartOptions? = nil,
    precision: Precision = .exact, addSpecialTokens: Bool = true,
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Workbench {
    let model = try RecurrentDepthModel(
      checkpoint, team: team, precision: precision, progress: progress)
    let facts = model.facts
    let summary = ModelSummary(
      name: precision == .exact ? checkpoint.name : "\(checkpoint.name) (\(precision.rawValue))",
      defaultIterations: facts.defaultIterations,
      parameters: facts.parameters, width: facts.width, vocabularySize: facts.vocabularySize,
      maximumTokens: facts.maximumTokens)
    return Workbench(
      model: model, summary: summary,
      codec: TextCodec(checkpoint.tokenizer, addSpecialTokens: addSpecialTokens),
      givenState: try start?.givenState(), seedForm: start?.seedForm ?? .erfinv)
  }
}
