import Checkpoints
import Tensors

/// Sizes and constants of a recurrent-depth model, as read from config.json.
///
/// Keys and their aliases are those of the published `raven` configuration; what can be derived is
/// derived, because exports leave it out or carry it stale.
public struct RecurrentDepthConfiguration: Sendable, Equatable {
  /// Which blocks it is made of; decided by the tensors.
  public var flavour: BlockFlavour
  public var width: Int  // n_embd
  public var heads: Int
  public var keyValueHeads: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var preludeLayers: Int
  public var coreLayers: Int
  public var codaLayers: Int
  public var vocabularySize: Int
  public var maximumTokens: Int  // block_size
  public var meanRecurrence: Int
  public var normEpsilon: Float
  public var rotary: RotaryConfiguration
  /// Token embeddings and the initial state are multiplied by this.
  public var embeddingScale: Double
  /// Standard deviation of s₀ before `embeddingScale`.
  public var initialStateDeviation: Double
  /// What s₀ is drawn from.
  public var initialStates: StateDistribution {
    StateDistribution(deviation: initialStateDeviation, scale: embeddingScale)
  }
  public var tiedEmbeddings: Bool
  public var hasQueryKeyBias: Bool
  public var hasAdapterBias: Bool
  /// Whether runs usually start from e instead of a drawn state, an option of one line of retrofits.
  public var startsEmbedded: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]

  /// Elements of one attention head.
  public var headDimension: Int { width / heads }
  /// Heads of every attention layer.
  package var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
  }

  /// Reads and checks the configuration.
  /// - Parameters:
  ///   - flavour: which blocks the tensors are of.
  ///   - vocabularyRows: rows of the embedding matrix in the file, which decide between the padded
  ///     and the plain vocabulary size.
  ///   - hasHead: whether the file holds an output head of its own.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(
    _ json: JSONValue, flavour: BlockFlavour = .sandwich, vocabularyRows: Int?,
    hasHead: Bool = false
  ) throws(ModelError) {
    let keys = ConfigurationReader(json)
    self.flavour = flavour
    width = try keys.positive("n_embd", "hidden_size")
    heads = try keys.positive("n_heads", "num_attention_heads")
    feedForwardWidth = try keys.positive("intermediate_size")
    preludeLayers = try keys.layers("n_layers_in_prelude", least: 0)
    coreLayers = try keys.layers("n_layers_in_recurrent_block", least: 1)
    codaLayers = try keys.layers("n_layers_in_coda", least: 0)
    // Retrofits inherit a block_size that their code does not read.
    maximumTokens =
      flavour.isRetrofit
      ? try keys.positive("max_position_embeddings", "block_size", default: 4096)
      : try keys.positive("block_size", "max_position_embeddings", default: 4096)
    meanRecurrence = try keys.positive("mean_recurrence", default: 32)
    normEpsilon = try keys.float("norm_eps", default: flavour.isRetrofit ? 1e-5 : 1e-6)
    // Retrofits carry a rope_base too, which their code does not read either.
    rotary =
      flavour.isRetrofit
      ? try keys.rotary("rope_theta", "rope_base", default: 10000)
      : RotaryConfiguration(base: try keys.float("rope_base", default: 50000))
    hasQueryKeyBias =
      flavour.isRetrofit ? false : try keys.flag("qk_bias", default: false)
    hasAdapterBias = try keys.flag("bias", default: false)
    tiedEmbeddings = try Self.tiedEmbeddings(keys, flavour: flavour, hasHead: hasHead)
    keyValueHeads = try keys.positive("num_key_value_heads", default: heads)
    embeddingScale = try keys.number(
      in: "init_values", "embed_scale",
      default: flavour.isRetrofit ? 1 : Double(width).squareRoot())
    initialStateDeviation = try keys.number(
      in: "init_values", "std", default: (2 / (5 * Double(width))).squareRoot())
    vocabularySize = try Self.vocabularySize(keys, rows: vocabularyRows)
    startsEmbedded =
      flavour == .postNorm && json["initial_state_mode"]?.string == Self.embeddedStart
    notes = Self.notes(json, keys: keys, flavour: flavour)
    try checkHeads()
  }

  private func checkHeads() throws(ModelError) {
    guard width % heads == 0 else {
      throw .configuration(key: "n_embd", problem: "\(width) is not a multiple of \(heads) heads")
    }
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "n_heads",
        problem: "\(heads) makes heads of \(headDimension) elements; rotary pairs need an even size"
      )
    }
    if flavour.isRetrofit {
      guard heads % keyValueHeads == 0 else {
        throw .configuration(
          key: "num_key_value_heads",
          problem: "\(keyValueHeads) does not divide the \(heads) heads into groups")
      }
    } else if keyValueHeads != heads {
      throw .configuration(
        key: "num_key_value_heads",
        problem: "\(keyValueHeads) differs from \(heads) heads; Huginn's blocks have no groups")
    }
  }

  /// Retrofits may carry the key of their origin besides Huginn's. Where the two disagree, or neither
  /// is there, a head in the file is one that is used.
  private static func tiedEmbeddings(
    _ keys: ConfigurationReader, flavour: BlockFlavour, hasHead: Bool
  ) throws(ModelError) -> Bool {
    guard flavour.isRetrofit else {
      return try keys.flag("tie_embeddings", "tie_word_embeddings", default: true)
    }
    guard keys.has("tie_embeddings"), keys.has("tie_word_embeddings") else {
      return try keys.flag("tie_embeddings", "tie_word_embeddings", default: !hasHead)
    }
    let ours = try keys.flag("tie_embeddings", default: true)
    let origin = try keys.flag("tie_word_embeddings", default: true)
    return ours == origin ? ours : !hasHead
  }

  private static func vocabularySize(
    _ keys: ConfigurationReader, rows: Int?
  ) throws(ModelError) -> Int {
    let plain = try keys.positive("vocab_size")
    let multiple = try keys.positive("padding_multiple", default: 1)
    let padded = try keys.positive(
      "padded_vocab_size", default: (plain + multiple - 1) / multiple * multiple)
    guard let rows else { return padded }
    guard rows == padded || rows == plain else {
      throw .configuration(
        key: "vocab_size",
        problem: "\(plain) (padded \(padded)) does not fit the \(rows) rows of "
          + "transformer.wte.weight")
    }
    return rows
  }

  /// The `initial_state_mode` in which s₀ = e.
  private static let embeddedStart = "embed-init"

  private static func notes(
    _ json: JSONValue, keys: ConfigurationReader, flavour: BlockFlavour
  ) -> [String] {
    var notes = keys.assumed.map { "\($0.key) is missing; \($0.value) is used" }
    let fixed = [
      "injection_type": "linear", "nonlin_name": "SiLU", "mlp_class_name": "GatedMLP",
      "block_class_name": "SandwichBlock", "norm_class_name": "RMSNorm_llama",
    ]
    for (key, value) in fixed.sorted(by: { $0.key < $1.key }) {
      if let found = json[key]?.string, found != value {
        notes.append("\(key) is \"\(found)\"; the published class ignores it and uses \(value)")
      }
    }
    if let noise = json["test_time_noise"]?.number, noise != 0 {
      notes.append("test_time_noise is \(noise); runs here are noise-free")
    }
    if flavour.isRetrofit {
      if json["rope_theta"]?.number != nil, let base = json["rope_base"]?.number {
        notes.append("rope_base is \(base); blocks of this kind read rope_theta instead")
      }
      if let mode = json["initial_state_mode"]?.string, mode != "random", mode != embeddedStart {
        notes.append("initial_state_mode is \"\(mode)\"; runs here start from a drawn state")
      }
    }
    return notes
  }
}
