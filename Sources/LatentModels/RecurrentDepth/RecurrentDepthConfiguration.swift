import Checkpoints

/// Sizes and constants of a Huginn-shaped model, as read from config.json.
///
/// Keys and their aliases are those of the published `raven` configuration; what can be derived is
/// derived, because exports leave it out or carry it stale.
public struct RecurrentDepthConfiguration: Sendable, Equatable {
  public var width: Int  // n_embd
  public var heads: Int
  public var feedForwardWidth: Int  // intermediate_size
  public var preludeLayers: Int
  public var coreLayers: Int
  public var codaLayers: Int
  public var vocabularySize: Int
  public var maximumTokens: Int  // block_size
  public var meanRecurrence: Int
  public var normEpsilon: Float
  public var rotaryBase: Float
  /// Token embeddings and the initial state are multiplied by this.
  public var embeddingScale: Double
  /// Standard deviation of s₀ before `embeddingScale`.
  public var initialStateDeviation: Double
  public var tiedEmbeddings: Bool
  public var hasQueryKeyBias: Bool
  public var hasAdapterBias: Bool
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public var notes: [String]

  /// Elements of one attention head.
  public var headDimension: Int { width / heads }

  /// Reads and checks the configuration.
  /// - Parameter vocabularyRows: rows of the embedding matrix in the file, which decide between
  ///   the padded and the plain vocabulary size.
  /// - Throws: `ModelError.configuration` naming the key.
  public init(_ json: JSONValue, vocabularyRows: Int?) throws(ModelError) {
    let keys = ConfigurationReader(json)
    if let type = json["model_type"]?.string, type != "huginn_raven" {
      throw .unsupportedFamily("config.json says model_type \"\(type)\".")
    }
    width = try keys.positive("n_embd", "hidden_size")
    heads = try keys.positive("n_heads", "num_attention_heads")
    feedForwardWidth = try keys.positive("intermediate_size")
    preludeLayers = try keys.count("n_layers_in_prelude")
    coreLayers = try keys.positive("n_layers_in_recurrent_block")
    codaLayers = try keys.count("n_layers_in_coda")
    maximumTokens = try keys.positive("block_size", "max_position_embeddings", default: 4096)
    meanRecurrence = try keys.positive("mean_recurrence", default: 32)
    normEpsilon = try keys.float("norm_eps", default: 1e-6)
    rotaryBase = try keys.float("rope_base", default: 50000)
    tiedEmbeddings = try keys.flag("tie_embeddings", "tie_word_embeddings", default: true)
    hasQueryKeyBias = try keys.flag("qk_bias", default: false)
    hasAdapterBias = try keys.flag("bias", default: false)

    guard width % heads == 0 else {
      throw .configuration(key: "n_embd", problem: "\(width) is not a multiple of \(heads) heads")
    }
    guard (width / heads) % 2 == 0 else {
      throw .configuration(
        key: "n_heads",
        problem: "\(heads) makes heads of \(width / heads) elements; rotary pairs need an even size"
      )
    }
    let keyValueHeads = try keys.positive("num_key_value_heads", default: heads)
    guard keyValueHeads == heads else {
      throw .configuration(
        key: "num_key_value_heads",
        problem: "\(keyValueHeads) differs from \(heads) heads; grouped queries are not read here")
    }
    embeddingScale = try keys.number(
      in: "init_values", "embed_scale", default: Double(width).squareRoot())
    initialStateDeviation = try keys.number(
      in: "init_values", "std", default: (2 / (5 * Double(width))).squareRoot())
    vocabularySize = try Self.vocabularySize(keys, rows: vocabularyRows)
    notes = Self.notes(json, keys: keys)
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

  private static func notes(_ json: JSONValue, keys: ConfigurationReader) -> [String] {
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
    return notes
  }
}
