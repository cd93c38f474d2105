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
  /// What the file says and nobody acts on, or says twice: what every command should say.
  public var warnings: [String]

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
    let lengths = ["max_position_embeddings", "block_size"]
    let length = flavour.isRetrofit ? 0 : 1
    maximumTokens = try keys.positive(
      keys.has(lengths[length]) ? lengths[length] : lengths[1 - length],
      foreign: ["n_positions", "max_seq_len", "max_sequence_length"], default: 4096)
    meanRecurrence = try keys.positive("mean_recurrence", default: 32)
    normEpsilon = try keys.float(
      "norm_eps", foreign: Self.otherEpsilons, default: flavour.isRetrofit ? 1e-5 : 1e-6)
    hasQueryKeyBias =
      flavour.isRetrofit ? false : try keys.flag("qk_bias", default: false)
    hasAdapterBias = try keys.flag("bias", default: false)
    tiedEmbeddings = try Self.tiedEmbeddings(keys, flavour: flavour, hasHead: hasHead)
    keyValueHeads = try keys.positive(
      "num_key_value_heads", foreign: ["n_kv_heads", "num_kv_heads"], default: heads)
    embeddingScale = try keys.number(
      in: "init_values", "embed_scale", foreign: "embed_scale", "emb_scale", "embedding_scale",
      default: flavour.isRetrofit ? 1 : Double(width).squareRoot())
    initialStateDeviation = try keys.number(
      in: "init_values", "std", default: (2 / (5 * Double(width))).squareRoot())
    vocabularySize = try Self.vocabularySize(keys, rows: vocabularyRows)
    let mode = try keys.text("initial_state_mode") ?? "random"
    startsEmbedded = flavour == .postNorm && mode == Self.embeddedStart
    if mode != "random", !startsEmbedded {
      keys.warn("initial_state_mode is \"\(mode)\"; runs here start from a drawn state")
    }
    rotary = RotaryConfiguration(base: 1)
    (notes, warnings) = ([], [])
    try checkHeads()
    rotary =
      flavour.isRetrofit
      ? try keys.llamaRotary(
        default: 10000, headDimension: headDimension, positions: maximumTokens)
      : try keys.huginnRotary(
        default: 50000, headDimension: headDimension, positions: maximumTokens)
    try checkStart()
    // It is what the blocks were called where they came from.
    keys.warnOfFixedKeys(except: flavour.isRetrofit ? ["block_class_name"] : [])
    notes = notes(keys)
    warnings = keys.warnings
  }

  /// The size of a drawn state must be a number in the float32 it is drawn in.
  private func checkStart() throws(ModelError) {
    guard Float(3 * initialStateDeviation * embeddingScale).isFinite else {
      throw .configuration(
        key: "init_values.std",
        problem: "\(initialStateDeviation), times embed_scale \(embeddingScale), is infinite in"
          + " float32")
    }
  }

  /// What other families call the epsilon of their norms.
  private static let otherEpsilons = [
    "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "rms_norm_epsilon",
  ]

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
    if ours != origin {
      keys.warn(
        "tie_embeddings is \(ours) and tie_word_embeddings \(origin); "
          + (hasHead ? "the head in the file is used" : "the embedding is the head"))
    }
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

  /// Keys that do no harm but may surprise.
  private func notes(_ keys: ConfigurationReader) -> [String] {
    var notes: [String] = []
    for (key, known, place) in [
      ("head_dim", headDimension, "computed"),
      (flavour.isRetrofit ? "block_size" : "max_position_embeddings", maximumTokens, "the context"),
    ] {
      guard let value = keys.value(key), value.integer != known else { continue }
      notes.append("\(key) is \(value.shown) and not read; \(known) is \(place)")
    }
    return keys.notes() + notes
  }
}
