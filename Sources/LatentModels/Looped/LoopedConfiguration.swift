import Checkpoints

/// Sizes and constants of a looped model (Ouro), as read from config.json.
public struct LoopedConfiguration: Sendable, Equatable {
  public var width: Int  // hidden_size
  public var layers: Int  // num_hidden_layers
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var vocabularySize: Int
  public var maximumTokens: Int  // max_position_embeddings
  /// Loops it was trained with.
  public var loops: Int  // total_ut_steps
  /// The published rule reads the answer where the exit CDF first reaches this; 1 is the last loop.
  public var exitThreshold: Double?
  public var normEpsilon: Float
  public var rotary: RotaryConfiguration
  public var tiedEmbeddings: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]

  /// Heads of every attention layer.
  var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
  }

  /// Reads and checks the configuration.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(_ json: JSONValue) throws(ModelError) {
    let keys = ConfigurationReader(json)
    width = try keys.positive("hidden_size")
    layers = try keys.layers("num_hidden_layers", least: 1)
    heads = try keys.positive("num_attention_heads")
    keyValueHeads = try keys.positive("num_key_value_heads", default: heads)
    feedForwardWidth = try keys.positive("intermediate_size")
    vocabularySize = try keys.positive("vocab_size")
    maximumTokens = try keys.positive("max_position_embeddings", default: 65536)
    loops = try keys.positive("total_ut_steps", default: 4)
    normEpsilon = try keys.float("rms_norm_eps", default: 1e-6)
    rotary = try keys.rotary("rope_theta", default: 1_000_000)
    tiedEmbeddings = try keys.flag("tie_word_embeddings", default: false)
    exitThreshold = json["early_exit_threshold"]?.number
    if !keys.has("head_dim"), width % heads != 0 {
      throw .configuration(
        key: "hidden_size", problem: "\(width) is not a multiple of \(heads) heads")
    }
    headDimension = try keys.positive("head_dim", default: max(1, width / heads))
    notes = []
    try check(json)
    notes = keys.assumed.map { "\($0.key) is missing; \($0.value) is used" } + Self.notes(json)
  }

  private func check(_ json: JSONValue) throws(ModelError) {
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "head_dim", problem: "\(headDimension) is odd; rotary pairs need an even size")
    }
    guard heads % keyValueHeads == 0 else {
      throw .configuration(
        key: "num_key_value_heads",
        problem: "\(keyValueHeads) does not divide the \(heads) heads into groups")
    }
    if let activation = json["hidden_act"]?.string, activation != "silu" {
      throw .configuration(key: "hidden_act", problem: "is \"\(activation)\"; only silu is read")
    }
    let kinds = json["layer_types"]?.array?.compactMap(\.string) ?? []
    if let other = kinds.first(where: { $0 != "full_attention" }) {
      throw .configuration(
        key: "layer_types", problem: "holds \"\(other)\"; only full_attention is read")
    }
    if json["use_sliding_window"]?.bool == true {
      throw .configuration(
        key: "use_sliding_window", problem: "is true; only full attention is read")
    }
  }

  private static func notes(_ json: JSONValue) -> [String] {
    guard let step = json["early_exit_step"]?.integer else { return [] }
    return ["early_exit_step is \(step); every loop is shown here, the gate only marks one"]
  }
}
