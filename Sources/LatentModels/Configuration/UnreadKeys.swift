import Checkpoints

/// Keys of a config.json that are not acted on.
enum UnreadKeys {
  /// A key that would change the computation in other families; models of this one have it at one
  /// value only.
  struct Fixed {
    let name: String
    /// Whether a value is the one that changes nothing.
    let isNeutral: @Sendable (JSONValue) -> Bool
  }

  /// Activations, biases, norms, windows, caps and scales of other families.
  static let fixed: [Fixed] =
    [
      "hidden_act", "hidden_activation", "activation_function", "mlp_activation", "activation",
      "nonlin_name",
    ].map { Fixed(name: $0, isNeutral: isSiLU) }
    + [
      "attention_bias", "mlp_bias", "qkv_bias", "use_bias", "attn_bias", "lm_head_bias",
      "use_sliding_window", "qk_norm", "use_qk_norm", "qk_layernorm", "attn_logit_softcapping",
      "final_logit_softcapping", "logit_softcap", "alibi", "use_alibi", "test_time_noise",
      "norm_one_plus_weight", "clip_qkv", "quantization_config", "sliding_window",
      "attention_window", "final_logit_softcap",
    ].map { Fixed(name: $0, isNeutral: isOff) }
    + [
      "partial_rotary_factor", "rotary_pct", "rope_percent", "rotary_percent",
      "rope_condense_ratio", "rope_scaling_factor", "logits_scaling", "logit_scale",
      "residual_multiplier", "embedding_multiplier", "scale_emb",
    ].map { Fixed(name: $0, isNeutral: { $0.number == 1 }) }
    + [
      ("injection_type", "linear"), ("mlp_class_name", "GatedMLP"),
      ("block_class_name", "SandwichBlock"), ("norm_class_name", "RMSNorm_llama"),
    ].map { name, text in Fixed(name: name, isNeutral: { $0.string == text }) }

  @Sendable private static func isSiLU(_ value: JSONValue) -> Bool {
    ["silu", "swish"].contains(value.string?.lowercased())
  }

  @Sendable private static func isOff(_ value: JSONValue) -> Bool {
    value.bool == false || value.number == 0
  }

  /// Whether a key is about training, text or the program that wrote the file.
  static func areHarmless(_ name: String) -> Bool {
    name.hasPrefix("_") || name.hasSuffix("token_id") || name.hasSuffix("dropout")
      || name.hasSuffix("pdrop") || harmless.contains(name)
  }

  private static let harmless: Set<String> = [
    "activation_checkpoint_impl", "architecture_class_name", "architectures", "auto_map",
    "block_class_name", "dtype", "effective_expected_depth", "gradient_checkpointing", "id2label",
    "init_orthogonal",
    "init_strategy", "initializer_range", "label2id", "layer_types", "max_window_layers",
    "mean_backprop_depth", "model_type", "n_layers", "num_hidden_layers", "output_attentions",
    "output_hidden_states", "pretraining_tp", "qk_bias", "return_dict", "sampling_scheme",
    "state_init",
    "test_time_noise_type", "tokenizer_class", "torch_dtype", "trained_context",
    "trained_tasks",
    "transformers_version",
    "transformers.js_config", "use_cache",
  ]
}

extension ConfigurationReader {
  /// Says which keys stand at a value that models of this kind do not act on.
  /// - Parameter acted: keys that the family has looked at itself.
  func warnOfFixedKeys(except acted: Set<String> = []) {
    for key in UnreadKeys.fixed where !acted.contains(key.name) {
      guard let value = value(key.name), !key.isNeutral(value) else { continue }
      warn("\(key.name) is \(value.shown); models of this kind do not act on it")
    }
  }
}
