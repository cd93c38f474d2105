import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import Training

/// What a judge is made of, and the weights it begins with.
public struct JudgeDesign: Sendable {
  /// Whose blocks read the steps.
  enum Kind: Sendable {
    case network(ContinuousThoughtConfiguration, LatentRewardJudge.Steps)
    /// Recurrent depth, how often its core runs, and the config.json it came with.
    case depth(RecurrentDepthConfiguration, iterations: Int, JSONValue)
    case probe(steps: Int, width: Int)
  }

  let kind: Kind
  /// What it is, for people.
  public let explanation: String
  public let layout: ParameterLayout
  /// The weights it begins with.  // [layout.count]
  let weights: [Float]

  func engine(_ numerics: Numerics, team: ThreadTeam) throws -> any RewardEngine {
    switch kind {
    case .network(let configuration, _):
      try RewardGradients(configuration, numerics: numerics, team: team)
    case .depth(let configuration, let iterations, _):
      try RewardGradients(
        configuration, iterations: iterations, numerics: numerics, team: team)
    case .probe(let steps, let width): ProbeGradients(steps: steps, width: width)
    }
  }

  /// Keys of a copied config.json that the judge says itself, or that are of its head of words.
  private static let replaced: Set<String> = [
    "tie_embeddings", "tie_word_embeddings", "torch_dtype", "trained_tasks",
    LatentRewardJudge.stepsKey, RecurrentReward.iterationsKey,
  ]

  /// The config.json of the judge.
  var configuration: JSONValue {
    switch kind {
    case .network(let backbone, let steps):
      .members([
        ("architectures", .array([.string("COCONUTGPT2ForTokenClassification")])),
        ("model_type", .string("gpt2")),
        ("vocab_size", .integer(backbone.vocabularySize)),
        ("n_positions", .integer(backbone.maximumTokens)),
        ("n_embd", .integer(backbone.width)),
        ("n_layer", .integer(backbone.layers)),
        ("n_head", .integer(backbone.heads)),
        ("n_inner", .integer(backbone.feedForwardWidth)),
        ("activation_function", .string(backbone.gelu == .exact ? "gelu" : "gelu_new")),
        // As it is written, not with the digits a float32 has too little of.
        ("layer_norm_epsilon", .number(Double("\(backbone.normEpsilon)") ?? 1e-5)),
        ("tie_word_embeddings", .bool(true)),
        ("torch_dtype", .string("float32")),
        (LatentRewardJudge.stepsKey, .string(steps.rawValue)),
      ])
    case .depth(_, let iterations, let own):
      .object(
        (own.members ?? []).filter { !Self.replaced.contains($0.name) } + [
          JSONMember("tie_embeddings", .bool(true)), JSONMember("torch_dtype", .string("float32")),
          JSONMember(LatentRewardJudge.stepsKey, .string(LatentRewardJudge.Steps.states.rawValue)),
          JSONMember(RecurrentReward.iterationsKey, .integer(iterations)),
        ])
    case .probe(let steps, let width):
      .members([
        ("model_type", .string(StepProbe.modelType)), (StepProbe.widthKey, .integer(width)),
        (StepProbe.stepsKey, .integer(steps)), ("torch_dtype", .string("float32")),
      ])
    }
  }

  /// Tells designs apart, by their first weights too.
  var fingerprint: UInt64 {
    var print = Fingerprint()
    print.add(configuration.serialized())
    print.add(weights)
    return print.value
  }
}
