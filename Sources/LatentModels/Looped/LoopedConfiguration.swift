import Checkpoints

/// Sizes and constants of a looped model, as read from config.json.
public struct LoopedConfiguration: Sendable, Equatable {
  /// Which keys it was read by, and which layers it has.
  public var flavour: LoopedFlavour
  public var width: Int  // hidden_size
  public var layers: Int  // num_hidden_layers
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var vocabularySize: Int
  public var maximumTokens: Int  // max_position_embeddings
  /// Loops it was trained with.
  public var loops: Int  // total_ut_steps; num_loops, or one more than loop_loss_weights
  /// The first loop that a loss asked to answer: 1 where all were trained to.
  public var answersFrom: Int
  /// Whether the final norm ends every loop, so that the next one reads what it gives; else it stands
  /// before the head alone.
  public var normsEachLoop: Bool
  public var hasAttentionBias: Bool
  public var hasFeedForwardBias: Bool
  /// Whether queries and keys have a norm of each head.
  public var hasHeadNorms: Bool
  /// The published rule reads the answer where the exit CDF first reaches this; 1 is the last loop.
  public var exitThreshold: Double?
  public var normEpsilon: Float
  public var rotary: RotaryConfiguration
  public var tiedEmbeddings: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]
  /// What the file says and nobody acts on, or says twice: what every command should say.
  public var warnings: [String]

  /// Heads of every attention layer.
  var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
  }

  /// Reads and checks the configuration.
  /// - Parameter flavour: whose keys it holds.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(_ json: JSONValue, flavour: LoopedFlavour = .ouro) throws(ModelError) {
    let keys = ConfigurationReader(json)
    let isOuro = flavour == .ouro
    self.flavour = flavour
    width = try keys.positive("hidden_size")
    layers = try keys.layers("num_hidden_layers", least: 1)
    heads = try keys.positive("num_attention_heads")
    keyValueHeads = try keys.positive(
      "num_key_value_heads", foreign: ["n_kv_heads", "num_kv_heads"], default: heads)
    feedForwardWidth = try keys.positive("intermediate_size")
    vocabularySize = try keys.positive("vocab_size")
    maximumTokens = try keys.positive(
      "max_position_embeddings",
      foreign: ["n_positions", "block_size", "max_seq_len", "max_sequence_length"],
      default: isOuro ? 65536 : 2048)
    normEpsilon = try keys.float(
      "rms_norm_eps",
      foreign: [
        "norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "rms_norm_epsilon",
      ], default: 1e-6)
    tiedEmbeddings = try keys.flag(
      "tie_word_embeddings", foreign: ["tie_embeddings"], default: false)
    (loops, answersFrom) = isOuro ? (try Self.ouroLoops(keys), 1) : try Self.nanbeigeLoops(keys)
    exitThreshold =
      isOuro
      ? try keys.value("early_exit_threshold").map { value throws(ModelError) in
        try ConfigurationReader.number(value, key: "early_exit_threshold")
      } : nil
    normsEachLoop = isOuro ? true : !(try keys.flag("skip_loop_final_norm", default: false))
    hasAttentionBias = isOuro ? false : try keys.flag("attention_bias", default: false)
    hasFeedForwardBias = isOuro ? false : try keys.flag("mlp_bias", default: false)
    hasHeadNorms = isOuro ? false : try keys.flag("qk_layernorm", default: false)
    if !keys.has("head_dim"), width % heads != 0 {
      throw .configuration(
        key: "hidden_size", problem: "\(width) is not a multiple of \(heads) heads")
    }
    headDimension = try keys.positive("head_dim", default: max(1, width / heads))
    (notes, warnings) = ([], [])
    rotary = RotaryConfiguration(base: 1)
    try check(keys)
    if isOuro {
      rotary = try keys.llamaRotary(
        default: 1_000_000, headDimension: headDimension, positions: maximumTokens)
      keys.warnOfFixedKeys(except: ["hidden_act", "use_sliding_window", "sliding_window"])
    } else {
      try Self.refuseWhatNanbeigeLacks(keys)
      rotary = try keys.linearRotary(
        default: 10000, headDimension: headDimension, positions: maximumTokens)
      keys.warnOfFixedKeys(except: [
        "hidden_act", "use_sliding_window", "sliding_window", "attention_bias", "mlp_bias",
        "qk_layernorm",
      ])
    }
    notes = notes(keys)
    warnings = keys.warnings
  }

  private static func ouroLoops(_ keys: ConfigurationReader) throws(ModelError) -> Int {
    try keys.positive(
      "total_ut_steps", foreign: ["num_loops", "n_loops", "ut_steps", "num_ut_steps"], default: 4)
  }

  private func check(_ keys: ConfigurationReader) throws(ModelError) {
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "head_dim", problem: "\(headDimension) is odd; rotary pairs need an even size")
    }
    guard heads % keyValueHeads == 0 else {
      throw .configuration(
        key: "num_key_value_heads",
        problem: "\(keyValueHeads) does not divide the \(heads) heads into groups")
    }
    if let activation = try keys.text("hidden_act"), !["silu", "swish"].contains(activation) {
      throw .configuration(key: "hidden_act", problem: "is \"\(activation)\"; only silu is read")
    }
    if let kinds = keys.value("layer_types") {
      guard let kinds = kinds.array else {
        throw .configuration(key: "layer_types", problem: "is \(kinds.shown), not a list")
      }
      if let other = kinds.first(where: { $0.string != "full_attention" }) {
        throw .configuration(
          key: "layer_types", problem: "holds \(other.shown); only full_attention is read")
      }
    }
    if keys.has("use_sliding_window"), try keys.flag("use_sliding_window", default: false) {
      throw .configuration(
        key: "use_sliding_window", problem: "is true; only full attention is read")
    }
    if let window = keys.value("sliding_window"), !keys.has("use_sliding_window") {
      keys.warn(
        "sliding_window is \(window.shown), but use_sliding_window is not set; it is not used")
    }
  }

  private func notes(_ keys: ConfigurationReader) -> [String] {
    var notes: [String] = []
    if let step = keys.value("early_exit_step") {
      notes.append(
        "early_exit_step is \(step.shown); every loop is shown here, the gate only marks one")
    }
    if flavour == .nanbeige, let channels = keys.value("kv_channels"),
      channels.integer != headDimension
    {
      notes.append(
        "kv_channels is \(channels.shown) and not read; heads have \(headDimension) elements")
    }
    return keys.notes() + notes
  }
}
