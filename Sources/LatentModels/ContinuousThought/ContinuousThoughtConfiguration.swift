import Checkpoints
import Tensors

/// Sizes and constants of a continuous-thought model, as read from config.json: a language model as
/// it is (GPT-2 or Llama), and how its last hidden vector is fed back as the next input.
public struct ContinuousThoughtConfiguration: Sendable, Equatable {
  /// Whose blocks it is made of.
  public enum Backbone: String, Sendable, Equatable {
    /// LayerNorm, learned positions, GELU, a bias everywhere.
    case gpt2
    /// RMS norms, rotary positions, gated SiLU, no bias.
    case llama
  }

  /// What becomes of the hidden vector on its way back.
  public enum Feedback: Sendable, Equatable {
    /// Nothing (COCONUT).
    case hidden
    /// Two maps with a GELU between them and a LayerNorm at the end (CODI).
    case projector(width: Int)
    /// A head that predicts an embedding, scaled by the deviation of embeddings (CoLaR).
    case latentHead(width: Int, deviation: Float)
  }

  public var backbone: Backbone
  public var feedback: Feedback
  public var width: Int
  public var layers: Int
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  public var feedForwardWidth: Int
  public var vocabularySize: Int
  public var maximumTokens: Int
  public var normEpsilon: Float
  /// Between the two maps of the feed-forward network; nil for gated SiLU.
  public var gelu: GeluForm?
  /// nil where positions are learned.
  public var rotary: RotaryConfiguration?
  public var tiedEmbeddings: Bool
  /// Ids that the file names for its latent tokens; those of the tokenizer go before.
  public var statedTokens: ThoughtTokens
  /// Thoughts it was trained with, where the file says so.
  public var trainedThoughts: Int?
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]
  /// What the file says and nobody acts on: what every command should say.
  public var warnings: [String]

  /// The key of config.json that says how many thoughts a model was trained with; published files do
  /// not.
  public static let thoughtsKey = "trained_thoughts"

  /// Heads of every attention layer.
  package var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
  }

  /// Reads and checks the configuration.
  /// - Parameter hasLatentHead: whether the tensors hold CoLaR's head.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(
    _ json: JSONValue, backbone: Backbone, hasLatentHead: Bool
  ) throws(ModelError) {
    let keys = ConfigurationReader(json)
    self.backbone = backbone
    _ = keys.value("model_type")
    switch backbone {
    case .gpt2:
      width = try keys.positive("n_embd", "hidden_size")
      layers = try keys.layers("n_layer", least: 1)
      heads = try keys.positive("n_head", "num_attention_heads")
      keyValueHeads = heads
      // Absent or null is what GPT-2 itself has.
      feedForwardWidth = keys.has("n_inner") ? try keys.positive("n_inner") : 4 * width
      maximumTokens = try keys.positive("n_positions", foreign: ["n_ctx"], default: 1024)
      normEpsilon = try keys.float("layer_norm_epsilon", default: 1e-5)
      gelu = try Self.gelu(keys)
      try Self.checkScales(keys)
    case .llama:
      width = try keys.positive("hidden_size")
      layers = try keys.layers("num_hidden_layers", least: 1)
      heads = try keys.positive("num_attention_heads")
      keyValueHeads = try keys.positive("num_key_value_heads", default: heads)
      feedForwardWidth = try keys.positive("intermediate_size")
      maximumTokens = try keys.positive("max_position_embeddings", default: 2048)
      normEpsilon = try keys.float("rms_norm_eps", default: 1e-6)
      gelu = nil
      if let activation = try keys.text("hidden_act"), !["silu", "swish"].contains(activation) {
        throw .configuration(key: "hidden_act", problem: "is \"\(activation)\"; only silu is read")
      }
    }
    vocabularySize = try keys.positive("vocab_size")
    tiedEmbeddings = try keys.flag("tie_word_embeddings", default: backbone == .gpt2)
    if backbone == .gpt2 || !keys.has("head_dim"), width % heads != 0 {
      throw .configuration(
        key: backbone == .gpt2 ? "n_embd" : "hidden_size",
        problem: "\(width) is not a multiple of \(heads) heads")
    }
    headDimension =
      backbone == .gpt2 ? width / heads : try keys.positive("head_dim", default: width / heads)
    feedback = try Self.feedback(keys, width: width, hasLatentHead: hasLatentHead)
    statedTokens = ThoughtTokens(
      start: try keys.id("latent_start_id", "bot_id"), latent: try keys.id("latent_id"),
      end: try keys.id("latent_end_id", "eot_id"))
    trainedThoughts =
      keys.has(Self.thoughtsKey) ? try keys.positive(Self.thoughtsKey) : nil
    (rotary, notes, warnings) = (nil, [], [])
    if backbone == .llama {
      try checkHeads()
      rotary = try keys.llamaRotary(
        default: 10_000, headDimension: headDimension, positions: maximumTokens)
    }
    keys.ignore([
      "target_id", "n_ctx", "latent_embedding_std", "projector_dropout", "task_specific_params",
      "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels",
      "summary_first_dropout", "reorder_and_upcast_attn",
    ])
    keys.warnOfFixedKeys(
      except: ["hidden_act", "activation_function", "use_sliding_window", "sliding_window"])
    (notes, warnings) = (keys.notes(), keys.warnings)
  }

  private func checkHeads() throws(ModelError) {
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "head_dim", problem: "\(headDimension) is odd; rotary pairs need an even size")
    }
    guard heads % keyValueHeads == 0 else {
      throw .configuration(
        key: "num_key_value_heads",
        problem: "\(keyValueHeads) does not divide the \(heads) heads into groups")
    }
  }

  private static func gelu(_ keys: ConfigurationReader) throws(ModelError) -> GeluForm {
    switch try keys.text("activation_function") ?? "gelu_new" {
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .tanh
    case "gelu": return .exact
    case let other:
      throw .configuration(
        key: "activation_function", problem: "is \"\(other)\"; only gelu and gelu_new are read")
    }
  }

  /// Scales of attention that GPT-2 can be configured to and no known model of this kind is.
  private static func checkScales(_ keys: ConfigurationReader) throws(ModelError) {
    for (name, usual) in [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false),
    ] where try keys.flag(name, default: usual) != usual {
      throw .configuration(key: name, problem: "is \(!usual); only \(usual) is read")
    }
  }

  private static func feedback(
    _ keys: ConfigurationReader, width: Int, hasLatentHead: Bool
  ) throws(ModelError) -> Feedback {
    if keys.has("projector"), try keys.flag("projector", default: false) {
      if hasLatentHead {
        throw .configuration(
          key: "projector", problem: "is true, but the tensors have CoLaR's latent head as well")
      }
      return .projector(width: try keys.positive("projector_hidden_size", default: width))
    }
    guard hasLatentHead else { return .hidden }
    return .latentHead(
      width: try keys.positive("latent_intermediate_size", default: 2048),
      deviation: try keys.float("latent_embedding_std", default: 0.018))
  }
}

extension ConfigurationReader {
  /// A token id ≥ 0, where one is named.
  fileprivate func id(_ names: String...) throws(ModelError) -> Int? {
    guard let (name, value) = try find(names) else { return nil }
    return try Self.whole(value, key: name, least: 0)
  }

  /// Keys that say nothing of the computation.
  fileprivate func ignore(_ names: [String]) {
    for name in names { _ = value(name) }
  }
}
