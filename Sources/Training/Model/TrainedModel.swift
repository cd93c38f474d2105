import LatentModels
import Tensors

/// The model that a recipe describes.
public enum TrainedModel: Sendable {
  case recurrentDepth(RecurrentDepthConfiguration)
  case continuousThought(ContinuousThoughtConfiguration)

  /// - Throws: `ModelError` for sizes that make no model.
  public init(_ recipe: TrainingRecipe) throws(ModelError) {
    let configuration = ModelExport.configuration(recipe)
    switch recipe.architecture.kind {
    case .recurrentDepth:
      self = .recurrentDepth(
        try RecurrentDepthConfiguration(configuration, vocabularyRows: ModelExport.vocabulary))
    case .continuousThought:
      self = .continuousThought(
        try ContinuousThoughtConfiguration(
          configuration, backbone: .gpt2, hasLatentHead: false))
    }
  }

  /// Where its trained tensors lie.
  public var layout: ParameterLayout {
    switch self {
    case .recurrentDepth(let configuration): ParameterLayout(configuration)
    case .continuousThought(let configuration): ParameterLayout(configuration)
    }
  }

  /// Its loss and gradients.
  /// - Throws: `TrainingModelError`.
  func engine(
    _ computation: TrainingRecipe.Computation, team: ThreadTeam
  ) throws -> any GradientEngine {
    let numerics: Numerics = computation.precision == .float32 ? .exact : .fast
    switch self {
    case .recurrentDepth(let configuration):
      return try RecurrentDepthGradients(
        configuration, numerics: numerics, shards: computation.shards, team: team)
    case .continuousThought(let configuration):
      return try ThoughtGradients(
        configuration, tokens: ThoughtText.tokens, numerics: numerics,
        shards: computation.shards, team: team)
    }
  }
}
