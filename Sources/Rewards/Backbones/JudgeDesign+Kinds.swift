import Checkpoints
import LatentModels
import Tensors
import Training

extension JudgeDesign {
  /// A copy of the model that thought, with a new head: as published.
  /// - Throws: `RewardError.backbone`, `ModelError` for a configuration that cannot be read.
  public static func copy(
    of checkpoint: Checkpoint, for data: RewardData, seed: UInt64
  ) throws -> JudgeDesign {
    func refuse(_ problem: String) -> RewardError {
      .backbone(name: checkpoint.name, problem: problem)
    }
    if RecurrentReward.recognises(checkpoint) {
      return try depth(of: checkpoint, for: data, seed: seed)
    }
    guard checkpoint.configuration["model_type"]?.string == "gpt2" else {
      throw refuse(
        "only GPT-2 with continuous thoughts and recurrent depth are copied. For states of other models "
          + "give --small or --probe")
    }
    var configuration = try ContinuousThoughtConfiguration(
      checkpoint.configuration, backbone: .gpt2,
      hasLatentHead: checkpoint.tensors.keys.contains { $0.hasPrefix("lt_head.") })
    guard configuration.feedback == .hidden else {
      throw refuse("it makes its thoughts of something else than its hidden vector")
    }
    try fit(
      width: configuration.width, vocabulary: configuration.vocabularySize,
      positions: configuration.maximumTokens, data, refuse)
    configuration.tiedEmbeddings = true
    let layout = ParameterLayout(judge: configuration)
    return JudgeDesign(
      kind: .network(configuration, .thoughts),
      explanation: "a copy of \(checkpoint.name) with a linear head", layout: layout,
      weights: try weights(
        of: checkpoint, layout, width: configuration.width, seed: seed, refuse))
  }

  /// A copy of a model of recurrent depth, which reads the steps as it reads tokens, with as many iterations
  /// as it was trained with.
  private static func depth(
    of checkpoint: Checkpoint, for data: RewardData, seed: UInt64
  ) throws -> JudgeDesign {
    func refuse(_ problem: String) -> RewardError {
      .backbone(name: checkpoint.name, problem: problem)
    }
    var configuration = try RecurrentDepthModel.plan(checkpoint).configuration
    try fit(
      width: configuration.width, vocabulary: configuration.vocabularySize,
      positions: configuration.maximumTokens, data, refuse)
    configuration.tiedEmbeddings = true
    let layout = ParameterLayout(judge: configuration)
    let iterations = configuration.meanRecurrence
    return JudgeDesign(
      kind: .depth(configuration, iterations: iterations, checkpoint.configuration),
      explanation: "a copy of \(checkpoint.name) with a linear head, \(iterations) iterations of "
        + "its core", layout: layout,
      weights: try weights(
        of: checkpoint, layout, width: configuration.width, seed: seed, refuse))
  }

  /// Whether a model can read rollouts.
  private static func fit(
    width: Int, vocabulary: Int, positions: Int, _ data: RewardData,
    _ refuse: (String) -> RewardError
  ) throws {
    guard width == data.width else {
      throw refuse("its width is \(width), and the steps' \(data.width)")
    }
    guard data.largestToken < vocabulary else {
      throw refuse("it knows \(vocabulary) tokens, and a prompt has token \(data.largestToken)")
    }
    let length = data.longestPrompt + data.steps
    guard length <= positions else {
      throw refuse(
        "it takes \(positions) positions, and the longest prompt and its steps are \(length)")
    }
  }

  /// The weights of a checkpoint, and behind them those of a new head.
  private static func weights(
    of checkpoint: Checkpoint, _ layout: ParameterLayout, width: Int, seed: UInt64,
    _ refuse: (String) -> RewardError
  ) throws -> [Float] {
    try RewardMemory.check(parameters: layout.count)
    var weights = head(of: layout, width: width, seed: seed)
    for entry in layout.entries.dropLast(2) {
      guard let tensor = tensor(entry.name, in: checkpoint), tensor.count == entry.count else {
        throw refuse("\(entry.name) is missing or has another size")
      }
      let values = (entry.isInputsFirstInFiles ? tensor.transposed() : tensor).floats()
      guard values.allSatisfy(\.isFinite) else {
        throw refuse("\(entry.name) has a number that is not finite")
      }
      weights.replaceSubrange(entry.offset..<entry.offset + entry.count, with: values)
    }
    return weights
  }

  /// Tokens that a judge may know.
  public static let largestVocabulary = 10_000_000

  /// A small causal transformer over the prompt and the steps, of the steps' width.
  /// - Parameter vocabulary: tokens it knows; nil for those of the model that is judged, as the data say.
  /// - Throws: `RewardError.shape`.
  public static func small(
    layers: Int, heads: Int, vocabulary: Int? = nil, for data: RewardData, seed: UInt64
  ) throws -> JudgeDesign {
    guard heads > 0, data.width % heads == 0 else {
      throw RewardError.shape(
        problem: "the steps' width of \(data.width) does not divide into \(heads) heads")
    }
    // A byte is a token of the small models made here.
    let tokens = vocabulary ?? data.vocabulary ?? max(256, data.largestToken + 1)
    guard data.largestToken < tokens else {
      throw RewardError.shape(
        problem: vocabulary == nil
          ? "the rollouts say that their model knows \(tokens) tokens, and a prompt has token "
            + "\(data.largestToken)"
          : "--vocabulary is \(tokens), and a prompt has token \(data.largestToken)")
    }
    guard tokens <= largestVocabulary else {
      throw RewardError.shape(
        problem: "a prompt has token \(data.largestToken); up to \(largestVocabulary) are known")
    }
    let positions = max(256, 2 * (data.longestPrompt + data.steps))
    let json = JSONValue.members([
      ("model_type", .string("gpt2")), ("vocab_size", .integer(tokens)),
      ("n_positions", .integer(positions)), ("n_embd", .integer(data.width)),
      ("n_layer", .integer(layers)), ("n_head", .integer(heads)),
    ])
    let configuration = try ContinuousThoughtConfiguration(
      json, backbone: .gpt2, hasLatentHead: false)
    let layout = ParameterLayout(judge: configuration)
    try RewardMemory.check(parameters: layout.count)
    return JudgeDesign(
      kind: .network(configuration, .states),
      explanation: "a causal transformer over steps (layers: \(layers), width: \(data.width), "
        + "heads: \(heads))", layout: layout,
      weights: Initialization(width: data.width, effectiveLayers: Double(layers))
        .weights(layout, seed: seed))
  }

  /// A linear probe a step; it begins with zeros, from which there is one way to go.
  public static func probe(for data: RewardData) -> JudgeDesign {
    let layout = ParameterLayout(probeOfSteps: data.steps, width: data.width)
    return JudgeDesign(
      kind: .probe(steps: data.steps, width: data.width),
      explanation: "a linear probe a step, \(data.steps) of width \(data.width)", layout: layout,
      weights: Array(repeating: 0, count: layout.count))
  }

  /// A head drawn anew, and zeros before it.
  private static func head(of layout: ParameterLayout, width: Int, seed: UInt64) -> [Float] {
    var weights = [Float](repeating: 0, count: layout.count)
    var generator = TorchGenerator(seed: seed)
    weights.replaceSubrange(
      layout.count - 1 - width..<layout.count - 1,
      with: generator.normal(width, deviation: 0.02))
    return weights
  }

  /// A tensor under any of the names that the same weights are published under.
  private static func tensor(_ name: String, in checkpoint: Checkpoint) -> StoredTensor? {
    let short = name.hasPrefix("transformer.") ? String(name.dropFirst(12)) : name
    return [name, short, "base_causallm.\(name)", "base_causallm.\(short)"].lazy
      .compactMap { checkpoint.tensors[$0] }.first
  }
}
