import Checkpoints
import Foundation
import LatentModels
import Tasks
import Tensors

/// Writes a trained model as a directory in Hugging Face format, which this program and the
/// published model class read.
public struct ModelExport {
  let recipe: TrainingRecipe
  /// How the weights are stored; what training computes with is the recipe's.
  var precision = Precision.float32

  /// What weights can be stored in.
  public enum Precision: String, Sendable, CaseIterable {
    case float32
    /// Half the size; every weight is rounded to 8 significant bits.
    case bfloat16
  }

  /// Bytes are the tokens.
  static let vocabulary = 256
  /// Begins every line and ends every answer.
  static let newline = 10

  /// The config.json of a recipe.
  static func configuration(
    _ recipe: TrainingRecipe, precision: Precision = .float32
  ) -> JSONValue {
    switch recipe.architecture.kind {
    case .recurrentDepth: recurrentDepth(recipe, precision)
    case .continuousThought: continuousThought(recipe, precision)
    }
  }

  private static func recurrentDepth(
    _ recipe: TrainingRecipe, _ precision: Precision
  ) -> JSONValue {
    let sizes = recipe.architecture
    let initialization = Initialization(width: sizes.width, effectiveLayers: sizes.effectiveLayers)
    let scale = Double(sizes.width).squareRoot()
    return .members([
      ("architectures", .array([.string("RavenForCausalLM")])),
      ("model_type", .string("huginn_raven")),
      ("architecture_class_name", .string("RecurrentGPT")),
      ("block_class_name", .string("SandwichBlock")),
      ("norm_class_name", .string("RMSNorm_llama")),
      ("mlp_class_name", .string("GatedMLP")),
      ("nonlin_name", .string("SiLU")),
      ("vocab_size", .integer(vocabulary)),
      ("padding_multiple", .integer(vocabulary)),
      ("padded_vocab_size", .integer(vocabulary)),
      ("n_embd", .integer(sizes.width)),
      ("n_heads", .integer(sizes.heads)),
      ("num_attention_heads", .integer(sizes.heads)),
      ("num_key_value_heads", .integer(sizes.heads)),
      ("head_dim", .integer(sizes.width / sizes.heads)),
      ("intermediate_size", .integer(sizes.feedForward)),
      ("n_layers", .integer(sizes.prelude + sizes.core + sizes.coda)),
      ("n_layers_in_prelude", .integer(sizes.prelude)),
      ("n_layers_in_recurrent_block", .integer(sizes.core)),
      ("n_layers_in_coda", .integer(sizes.coda)),
      ("effective_expected_depth", .integer(Int(sizes.effectiveLayers))),
      ("block_size", .integer(sizes.context)),
      ("rope_base", .number(sizes.rotaryBase)),
      ("norm_eps", .number(1e-6)),
      ("bias", .bool(false)),
      ("qk_bias", .bool(true)),
      ("tie_embeddings", .bool(true)),
      ("init_strategy", .string("takase")),
      ("state_init", .string("like-init")),
      ("injection_type", .string("linear")),
      (
        "init_values",
        .members([
          ("std", .number(initialization.deviation)),
          ("embedding", .number(initialization.deviation)),
          ("out_proj", .number(initialization.outputDeviation)), ("embed_scale", .number(scale)),
        ])
      ),
      ("emb_scale", .number(scale)),
      ("mean_recurrence", .integer(sizes.meanRecurrence)),
      (
        "mean_backprop_depth", .integer(recipe.stages.last?.recurrence.differentiated ?? 4)
      ),
      ("sampling_scheme", .string("poisson-lognormal-filling")),
      ("activation_checkpoint_impl", .string("none")),
      ("torch_dtype", .string(precision.rawValue)),
      ("bos_token_id", .integer(newline)),
      ("eos_token_id", .integer(newline)),
      ("pad_token_id", .integer(0)),
      ("trained_context", .integer((recipe.stages.map(\.length).max() ?? 0) + 1)),
      (ReasoningTask.configurationKey, .array(recipe.tasks.map { .string($0.name) })),
    ])
  }

  private static let tokenizerConfiguration = JSONValue.members([
    ("tokenizer_class", .string("PreTrainedTokenizerFast")),
    ("bos_token", .string("\u{10A}")), ("eos_token", .string("\u{10A}")),
    ("model_max_length", .integer(1 << 20)), ("clean_up_tokenization_spaces", .bool(false)),
  ])

  /// Writes weights, configuration, tokenizer and card.
  func write(
    _ weights: [Float], layout: ParameterLayout, card: String, to directory: TrainingDirectory
  ) throws {
    // The published class of recurrent depth expects the head as a tensor of its own, though it is the
    // embedding.
    let isTied = recipe.architecture.kind == .continuousThought
    let embedding = isTied ? [] : layout.entries.filter { $0.role == .embedding }
    let heads = embedding.map { entry -> ParameterLayout.Entry in
      var head = entry
      head.name = "lm_head.weight"
      return head
    }
    let entries = (heads + layout.entries).sorted { $0.name < $1.name }
    let type: SafetensorsWriter.Entry.ElementType = precision == .float32 ? .float32 : .bfloat16
    let rotary = rotaryTable
    let writer = try SafetensorsWriter(
      path: "\(directory.path)/model.safetensors",
      entries: (rotary.map { [$0.entry] } ?? [])
        + entries.map {
          .init(
            $0.name, shape: $0.isInputsFirstInFiles ? $0.shape.reversed() : $0.shape, type: type)
        },
      metadata: ["format": "pt"])
    if let rotary { try writer.append(rotary.values) }
    for entry in entries {
      let values = entry.asInFiles(weights)
      switch precision {
      case .float32: try writer.append(values)
      case .bfloat16: try writer.append(bfloat16: values.map(Self.rounded))
      }
    }
    try writer.finish(isDurable: true)
    try directory.write(
      Self.configuration(recipe, precision: precision).serialized() + "\n", name: "config.json")
    try directory.write(tokenizer(), name: "tokenizer.json")
    try directory.write(
      Self.tokenizerConfiguration.serialized() + "\n", name: "tokenizer_config.json")
    try directory.write(card, name: "README.md")
  }

  /// Cosines and sines of all positions, which the published class of recurrent depth expects among the
  /// weights: without them it says that they are new, and may run with what memory held. They stay
  /// float32, as that class keeps them.
  private var rotaryTable: (entry: SafetensorsWriter.Entry, values: [Float])? {
    guard recipe.architecture.kind == .recurrentDepth else { return nil }
    let sizes = recipe.architecture
    let size = sizes.width / sizes.heads
    let table = RotaryTable(
      base: Float(sizes.rotaryBase), headDimension: size, positions: sizes.context)
    // Before all else by name, as safetensors of torch are sorted.
    return (
      SafetensorsWriter.Entry("freqs_cis", shape: [1, sizes.context, 1, size / 2, 2]), table.values
    )
  }

  private func tokenizer() throws -> [UInt8] {
    let bytes = try Checkpoint.byteTokenizer()
    guard recipe.architecture.kind == .continuousThought else { return bytes }
    return Array(try Self.thoughtTokenizer(bytes).serialized().utf8)
  }

  /// The bits of the nearest bfloat16, ties to even. Weights are finite.
  static func rounded(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
