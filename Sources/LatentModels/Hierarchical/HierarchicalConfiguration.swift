import Checkpoints

/// Sizes and constants of a model with two clocks (HRM-Text), as read from config.json.
public struct HierarchicalConfiguration: Sendable, Equatable {
  public var width: Int  // hidden_size
  /// Layers of each of the two stacks.
  public var layers: Int  // num_layers_per_stack, else num_hidden_layers
  public var heads: Int
  public var headDimension: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var vocabularySize: Int
  public var maximumTokens: Int  // max_position_embeddings
  /// Cycles of the slow clock it was trained with.
  public var cycles: Int  // H_cycles
  /// Passes of the low stack in a cycle; one pass of the high stack ends it.
  public var lowPasses: Int  // L_cycles
  /// Token embeddings are multiplied by this.
  public var embeddingScale: Float
  /// Whether the tokens of a prompt look at one another both ways.
  public var looksBothWays: Bool  // prefix_lm
  public var normEpsilon: Float
  public var rotary: RotaryConfiguration
  public var tiedEmbeddings: Bool
  public var hasAttentionBias: Bool
  public var hasFeedForwardBias: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]
  /// What the file says and nobody acts on, or says twice: what every command should say.
  public var warnings: [String]

  /// The key that says whether prompts look both ways.
  static let bothWaysKey = "prefix_lm"

  /// Heads of every attention layer.
  var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: heads, headDimension: headDimension)
  }
  /// Layers that run in a cycle, one after the other.
  var layersInCycle: Int { layers * (lowPasses + 1) }

  /// Reads and checks the configuration.
  /// - Parameter layersInFile: how many layers a stack has in the file; nil where none is there.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(_ json: JSONValue, layersInFile: Int? = nil) throws(ModelError) {
    let keys = ConfigurationReader(json)
    width = try keys.positive("hidden_size")
    heads = try keys.positive("num_attention_heads")
    headDimension = try keys.positive("head_dim", default: 128)
    feedForwardWidth = try keys.positive("intermediate_size")
    vocabularySize = try keys.positive("vocab_size")
    maximumTokens = try keys.positive("max_position_embeddings", default: 2048)
    cycles = try keys.positive("H_cycles", default: 2)
    lowPasses = try keys.positive("L_cycles", default: 3)
    guard cycles <= 1 << 10, lowPasses <= 1 << 10 else {
      throw .configuration(
        key: cycles > lowPasses ? "H_cycles" : "L_cycles",
        problem: "is \(max(cycles, lowPasses)); no model has so many")
    }
    layers = try Self.layers(keys, inFile: layersInFile, inflation: cycles * (lowPasses + 1))
    normEpsilon = try keys.float("rms_norm_eps", foreign: ["norm_eps"], default: 1e-6)
    tiedEmbeddings = try keys.flag("tie_word_embeddings", default: false)
    hasAttentionBias = try keys.flag("attention_bias", default: false)
    hasFeedForwardBias = try keys.flag("mlp_bias", default: false)
    looksBothWays = try keys.flag(Self.bothWaysKey, default: true)
    embeddingScale =
      keys.has("embedding_scale")
      ? try keys.float("embedding_scale", default: 1)
      : 1 / (try keys.float("initializer_range", default: 0.02))
    (notes, warnings) = ([], [])
    rotary = RotaryConfiguration(base: 1)
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "head_dim", problem: "\(headDimension) is odd; rotary pairs need an even size")
    }
    if let activation = try keys.text("hidden_act"), !["silu", "swish"].contains(activation) {
      throw .configuration(key: "hidden_act", problem: "is \"\(activation)\"; only silu is read")
    }
    rotary = try keys.linearRotary(
      default: 10000, headDimension: headDimension, positions: maximumTokens)
    guard rotary.positionFactor == 1 else {
      throw .configuration(key: "rope_scaling", problem: "is linear; positions are not scaled here")
    }
    if let groups = keys.value("num_key_value_heads"), groups.integer != heads {
      keys.warn(
        "num_key_value_heads is \(groups.shown); models of this kind have as many as heads, \(heads)"
      )
    }
    _ = ["L_bp_cycles", "L_bp_steps", "initializer_range"].map(keys.value)
    keys.warnOfFixedKeys(except: ["hidden_act", "attention_bias", "mlp_bias"])
    notes = keys.notes()
    warnings = keys.warnings
  }

  /// Files that were saved again hold the number of layers that run in `num_hidden_layers`.
  private static func layers(
    _ keys: ConfigurationReader, inFile: Int?, inflation: Int
  ) throws(ModelError) -> Int {
    let all = keys.value("num_hidden_layers")
    if keys.has("num_layers_per_stack") {
      return try keys.layers("num_layers_per_stack", least: 1)
    }
    let layers = try keys.layers("num_hidden_layers", least: 1)
    guard let inFile, layers != inFile, layers == inFile * inflation else { return layers }
    keys.warn(
      "num_hidden_layers is \(all?.shown ?? ""), which counts every pass; the stacks in the file have "
        + "\(inFile) layers each")
    return inFile
  }
}
