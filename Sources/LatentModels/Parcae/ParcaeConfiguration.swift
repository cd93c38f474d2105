import Checkpoints
import Tensors

/// Sizes and constants of a Parcae model, as read from config.json.
public struct ParcaeConfiguration: Sendable, Equatable {
  public var width: Int  // n_embd
  public var heads: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var preludeLayers: Int
  public var coreLayers: Int
  public var codaLayers: Int
  public var vocabularySize: Int
  public var maximumTokens: Int  // block_size
  /// Iterations it was trained with, on average.
  public var meanRecurrence: Int
  public var normEpsilon: Float
  public var rotaryBase: Float
  /// Whether queries and keys are brought to unit size, head by head.
  public var normsHeads: Bool  // qk_norm
  /// Whether e goes through a norm of its own.
  public var normsPrelude: Bool  // prelude_norm
  /// Token embeddings and the initial state are multiplied by this.
  public var embeddingScale: Double
  public var tiedEmbeddings: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]
  /// What the file says and nobody acts on, or says twice: what every command should say.
  public var warnings: [String]

  /// Elements of one attention head.
  public var headDimension: Int { width / heads }
  /// Heads of every attention layer.
  var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: heads, headDimension: headDimension)
  }
  /// Normal numbers of deviation √(2 / 5·width), cut at three of them.
  public var initialStates: StateDistribution {
    StateDistribution(deviation: (2 / (5 * Double(width))).squareRoot(), scale: embeddingScale)
  }
  /// The machine epsilon of float32, which torch takes for a norm that is told none.
  static let headNormEpsilon: Float = .ulpOfOne

  /// Reads and checks the configuration.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(_ json: JSONValue) throws(ModelError) {
    let keys = ConfigurationReader(json)
    width = try keys.positive("n_embd", foreign: ["hidden_size"])
    heads = try keys.positive("num_attention_heads", foreign: ["n_heads"])
    feedForwardWidth = try keys.positive("intermediate_size")
    preludeLayers = try keys.layers("n_layers_in_prelude", least: 0)
    coreLayers = try keys.layers("n_layers_in_recurrent_block", least: 1)
    codaLayers = try keys.layers("n_layers_in_coda", least: 0)
    let plain = try keys.positive("vocab_size")
    let multiple = try keys.positive("padding_multiple", default: 1)
    vocabularySize = try keys.positive(
      "padded_vocab_size", default: (plain + multiple - 1) / multiple * multiple)
    maximumTokens = try keys.positive(
      "block_size", foreign: ["max_position_embeddings"], default: 2048)
    meanRecurrence = try keys.positive("mean_recurrence", default: 8)
    normEpsilon = try keys.float("norm_eps", foreign: ["rms_norm_eps"], default: 1e-5)
    normsHeads = try keys.flag("qk_norm", default: true)
    normsPrelude = try keys.flag("prelude_norm", default: true)
    tiedEmbeddings = try keys.flag(
      "tie_embeddings", foreign: ["tie_word_embeddings"], default: true)
    embeddingScale = try Self.embeddingScale(keys, width: width)
    rotaryBase = try Self.rotaryBase(keys)
    (notes, warnings) = ([], [])
    try check(keys)
    try Self.refuseOthers(keys, width: width, heads: heads, feedForward: feedForwardWidth)
    try RotaryConfiguration(base: rotaryBase).check(
      headDimension: headDimension, positions: maximumTokens, key: "rope_settings.rope_base")
    if let start = try keys.text("state_init"), start != "like-init" {
      keys.warn("state_init is \"\(start)\"; runs here start from a state drawn like-init")
    }
    keys.warnOfFixedKeys(except: Self.acted)
    notes = keys.notes()
    warnings = keys.warnings
  }

  private func check(_ keys: ConfigurationReader) throws(ModelError) {
    guard width % heads == 0 else {
      throw .configuration(key: "n_embd", problem: "\(width) is not a multiple of \(heads) heads")
    }
    guard headDimension % 2 == 0 else {
      throw .configuration(
        key: "num_attention_heads",
        problem: "\(heads) makes heads of \(headDimension) elements; rotary pairs need an even size"
      )
    }
    guard Float(3 * initialStates.deviation * embeddingScale).isFinite else {
      throw .configuration(key: "n_embd", problem: "makes initial states that are not finite")
    }
  }

  /// How a model was initialised says by what its embeddings are multiplied.
  private static func embeddingScale(
    _ keys: ConfigurationReader, width: Int
  ) throws(ModelError) -> Double {
    switch try keys.text("init_strategy") ?? "scaled-zero" {
    case "scaled-zero", "scaled": return 1
    case "takase": return Double(width).squareRoot()
    case let other:
      throw .configuration(
        key: "init_strategy",
        problem: "is \"\(other)\"; by what its embeddings and logits are multiplied is read for "
          + "scaled-zero, scaled and takase")
    }
  }

  private static func rotaryBase(_ keys: ConfigurationReader) throws(ModelError) -> Float {
    guard let settings = try keys.object("rope_settings") else {
      return try keys.float("rope_base", foreign: ["rope_theta"], default: 50000)
    }
    if let use = settings.present("use_rope"), use.bool != true {
      throw .configuration(
        key: "rope_settings.use_rope", problem: "is \(use.shown); positions are read as rotations")
    }
    if let ratio = settings.present("rope_condense_ratio"), ratio.number != 1 {
      throw .configuration(
        key: "rope_settings.rope_condense_ratio", problem: "is \(ratio.shown); only 1 is read")
    }
    guard let base = settings.present("rope_base") else { return 50000 }
    return Float(try ConfigurationReader.number(base, key: "rope_settings.rope_base"))
  }

  /// Refuses everything that would make another computation of the same tensors.
  private static func refuseOthers(
    _ keys: ConfigurationReader, width: Int, heads: Int, feedForward: Int
  ) throws(ModelError) {
    for (key, only) in [
      ("injection_type", "diagonal"), ("norm_class_name", "RMSNorm"),
      ("mlp_class_name", "BaseMLP"), ("nonlin_name", "ReLU2"),
      ("block_class_name", "TransformerPreNormBlock"),
    ] {
      guard let text = try keys.text(key), text != only else { continue }
      throw .configuration(key: key, problem: "is \"\(text)\"; only \(only) is read")
    }
    for (key, known) in [
      ("num_key_value_heads", heads), ("recurrent_num_attention_heads", heads),
      ("recurrent_embedding_dimension", width),
      ("recurrent_intermediation_embedding_dimension", feedForward),
    ] {
      guard let value = keys.value(key), value.integer != known else { continue }
      throw .configuration(key: key, problem: "is \(value.shown); only \(known) is read here")
    }
    try keys.refuse(
      [
        "bias", "qk_bias", "use_abacus", "randomize_positions_from", "debias_attention",
        "center_attention", "clip_qkv", "logit_softcap",
      ], "this is not read")
  }

  private static let acted: Set<String> = [
    "injection_type", "norm_class_name", "mlp_class_name", "nonlin_name", "block_class_name",
    "qk_norm", "clip_qkv", "logit_softcap",
  ]
}
