import Checkpoints
import Testing

@testable import LatentModels

/// Keys in all the forms in which configurations hold them: read, refused, or said.
@Suite struct ConfigurationTests {
  private static let llama3 =
    #""factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"#
    + #""original_max_position_embeddings":64"#

  private static func looped(_ keys: String) throws -> LoopedConfiguration {
    try LoopedConfiguration(
      JSONValue(
        parsing: """
          {"hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,"intermediate_size":144,
           "vocab_size":600,"max_position_embeddings":2048,"total_ut_steps":4,"rms_norm_eps":1e-6,
           "tie_word_embeddings":false,"head_dim":16,"num_key_value_heads":4,\(keys)"x":0}
          """))
  }

  private static func recurrent(
    _ keys: String, _ flavour: BlockFlavour
  ) throws -> RecurrentDepthConfiguration {
    try RecurrentDepthConfiguration(
      JSONValue(
        parsing: """
          {"n_embd":64,"n_heads":4,"intermediate_size":144,"n_layers_in_prelude":1,
           "n_layers_in_recurrent_block":1,"n_layers_in_coda":1,"mean_recurrence":4,\(keys)
           "vocab_size":600,"tie_embeddings":false,"qk_bias":false,"bias":false}
          """), flavour: flavour, vocabularyRows: 600, hasHead: true)
  }

  struct Form: Sendable {
    let keys: String
    let base: Float
    var isScaled = false
    /// What must be said; nil for nothing.
    var says: String?
  }

  static let forms: [Form] = [
    Form(keys: #""rope_theta":5e5,"#, base: 5e5),
    Form(keys: #""rope_theta":5e5,"rope_scaling":null,"#, base: 5e5),
    Form(
      keys: #""rope_theta":5e5,"rope_scaling":{"rope_type":"llama3",\#(llama3)},"#, base: 5e5,
      isScaled: true),
    Form(
      keys: #""rope_theta":5e5,"rope_scaling":{"type":"llama3",\#(llama3)},"#, base: 5e5,
      isScaled: true),
    Form(
      keys: #""rope_parameters":{"rope_theta":5e5,"rope_type":"llama3",\#(llama3)},"#, base: 5e5,
      isScaled: true),
    Form(keys: #""rope_parameters":{"rope_theta":5e5,"rope_type":"default"},"#, base: 5e5),
    Form(keys: #""rope_theta":5e5,"rope_parameters":{"rope_type":"default"},"#, base: 5e5),
    // Empty beside old keys.
    Form(
      keys: #""rope_theta":5e5,"rope_parameters":{},"rope_scaling":{"type":"llama3",\#(llama3)},"#,
      base: 5e5, isScaled: true),
    Form(keys: #""rope_theta":5e5,"rope_parameters":{"rope_theta":null},"#, base: 5e5),
    Form(keys: #""rope_theta":5e5,"rope_parameters":null,"#, base: 5e5),
    Form(
      keys: #""rope_scaling":{},"rope_parameters":{"rope_theta":5e5,"type":"llama3",\#(llama3)},"#,
      base: 5e5, isScaled: true),
    // By type of layer.
    Form(
      keys:
        #""rope_parameters":{"full_attention":{"rope_theta":5e5,"rope_type":"llama3",\#(llama3)}},"#,
      base: 5e5, isScaled: true),
    Form(
      keys: #""rope_theta":5e5,"rope_parameters":{"full_attention":{"rope_type":"default"}},"#,
      base: 5e5),
    Form(
      keys:
        #""rope_parameters":{"full_attention":{"rope_theta":5e5},"sliding_attention":{"rope_theta":1e4}},"#,
      base: 5e5, says: "rope_parameters.sliding_attention is not read"),
    // Disagreements: as transformers 5 reads them.
    Form(
      keys: #""rope_theta":1e4,"rope_parameters":{"rope_theta":5e5},"#, base: 5e5,
      says: "rope_theta is 10000.0;"),
    Form(
      keys: #""rope_theta":1e4,"rope_scaling":{"rope_theta":5e5,"type":"default"},"#, base: 5e5,
      says: "rope_theta is 10000.0;"),
    Form(
      keys:
        #""rope_theta":5e5,"rope_scaling":{"type":"llama3",\#(llama3)},"rope_parameters":{"rope_type":"default"},"#,
      base: 5e5, isScaled: true, says: "rope_parameters.rope_type is not read"),
    Form(
      keys:
        #""rope_scaling":{"type":"llama3",\#(llama3)},"rope_parameters":{"rope_theta":5e5,"rope_type":"llama3",\#(llama3)},"#,
      base: 5e5, isScaled: true),
    Form(
      keys: #""rope_theta":5e5,"rope_scaling":{"type":"linear","rope_type":"default"},"#, base: 5e5,
      says: "rope_scaling.type"),
    Form(
      keys: #""rope_theta":5e5,"rope_scaling":{"rope_type":"default","factor":4.0},"#, base: 5e5,
      says: "rope_scaling.factor is 4.0"),
    Form(
      keys:
        #""rope_theta":5e5,"rope_scaling":{"rope_type":"llama3","attention_factor":0.5,\#(llama3)},"#,
      base: 5e5,
      isScaled: true, says: "rope_scaling.attention_factor"),
    // Names of other families.
    Form(keys: #""rope_base":1e4,"rope_theta":5e5,"#, base: 5e5, says: "rope_base is 10000.0"),
    Form(
      keys: #""rope_base":1e4,"rope_parameters":{"rope_theta":5e5},"#, base: 5e5,
      says: "rope_base is 10000.0"),
    Form(
      keys: #""rope_base":5e5,"#, base: 5e5,
      says: "rope_theta is missing; rope_base, 500000.0, is used"),
    Form(
      keys: #""rotary_emb_base":5e5,"#, base: 5e5, says: "rope_theta is missing; rotary_emb_base"),
  ]

  @Test(arguments: forms.indices) func rotarySettingsAreReadInEveryForm(_ index: Int) throws {
    let form = Self.forms[index]
    let looped = try Self.looped(form.keys)
    for (rotary, warnings) in [
      (looped.rotary, looped.warnings),
      try { ($0.rotary, $0.warnings) }(Self.recurrent(form.keys, .preNorm)),
    ] {
      #expect(rotary.base == form.base && (rotary.scaling != nil) == form.isScaled)
      if let says = form.says {
        #expect(warnings.contains { $0.contains(says) }, "\(warnings)")
      } else {
        #expect(warnings.isEmpty, "\(warnings)")
      }
    }
  }

  /// Huginn's code reads rope_base alone.
  @Test(
    arguments: [
      (#""rope_base":5e5,"#, nil), (#""rope_base":5e5,"rope_scaling":{"type":"default"},"#, nil),
      (#""rope_base":5e5,"rope_theta":1e4,"#, "rope_theta is 10000.0"),
      (
        #""rope_base":5e5,"rope_parameters":{"rope_theta":1e4},"#,
        "rope_parameters.rope_theta is 10000.0"
      ),
      (#""rope_theta":5e5,"#, "rope_base is missing; rope_theta, 500000.0, is used"),
      (
        #""rope_parameters":{"rope_theta":5e5},"#,
        "rope_base is missing; rope_parameters.rope_theta"
      ),
      (
        #""rope_base":5e5,"rope_scaling":{"type":"linear","factor":2},"#,
        "do not scale their angles"
      ),
      (#""rope_base":5e5,"rope_parameters":{"factor":2},"#, "do not scale their angles"),
    ] as [(String, String?)])
  func huginnsBaseIsItsOwn(keys: String, says: String?) throws {
    let configuration = try Self.recurrent(keys, .sandwich)
    #expect(configuration.rotary == RotaryConfiguration(base: 5e5))
    #expect(configuration.warnings.isEmpty == (says == nil), "\(configuration.warnings)")
    if let says { #expect(configuration.warnings.contains { $0.contains(says) }) }
  }

  /// What is there and cannot be read, with the address that must be named.
  static let refusals: [(keys: String, address: String)] = [
    (#""rope_scaling":8.0,"#, "rope_scaling is 8.0, not an object"),
    (#""rope_parameters":"default","#, #"rope_parameters is "default", not an object"#),
    (#""rope_scaling":{"factor":8.0},"#, "rope_scaling.rope_type is missing"),
    (#""rope_scaling":{"type":"linear","factor":8.0},"#, "rope_scaling.rope_type"),
    (#""rope_scaling":{"rope_type":["llama3"],\#(llama3)},"#, "rope_scaling.rope_type"),
    (
      #""rope_parameters":{"sliding_attention":{"rope_theta":1e4}},"#,
      "rope_parameters.full_attention is missing"
    ),
    (
      #""rope_parameters":{"full_attention":{"rope_theta":0}},"#,
      "rope_parameters.full_attention.rope_theta"
    ),
    (#""rope_theta":"10000","#, "rope_theta is"), (#""rope_theta":[1e4],"#, "rope_theta is"),
    (#""rope_theta":1e-46,"#, "which is 0 in float32"),
    (#""rope_theta":1e300,"#, "which is infinite in float32"),
    (#""rope_theta":1e-44,"#, "angles of the last positions are not finite"),
    (
      #""rope_scaling":{"type":"llama3","factor":1e-46,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64},"#,
      "rope_scaling.factor is 1e-46, which is 0"
    ),
    (
      #""rope_scaling":{"type":"llama3","factor":1e-38,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64},"#,
      "angles of the last positions are not finite"
    ),
    (
      #""rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1e-46,"high_freq_factor":4,"original_max_position_embeddings":64},"#,
      "rope_scaling.low_freq_factor"
    ),
    (
      #""rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":1e300,"original_max_position_embeddings":64},"#,
      "rope_scaling.high_freq_factor"
    ),
    (
      #""rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4},"#,
      "original_max_position_embeddings is missing"
    ),
    (#""partial_rotary_factor":0.5,"#, "partial_rotary_factor is 0.5"),
    (
      #""rope_parameters":{"partial_rotary_factor":0.25,"rope_theta":1e4},"#,
      "rope_parameters.partial_rotary_factor"
    ),
  ]

  @Test(arguments: refusals.indices) func whatCannotBeReadIsRefused(_ index: Int) throws {
    let (keys, address) = Self.refusals[index]
    for read in [
      { _ = try Self.looped(keys) }, { _ = try Self.recurrent(keys, .postNorm) },
    ] as [() throws -> Void] {
      let error = try #require(throws: ModelError.self) { try read() }
      #expect(error.description.contains(address), "\(error)")
    }
  }

  static let refusedOfLooped: [(keys: String, address: String)] = [
    (#""hidden_act":{"name":"silu"},"#, "hidden_act"),
    (#""layer_types":"full_attention","#, "layer_types"),
    (#""layer_types":[3],"#, "layer_types holds 3"),
    (#""use_sliding_window":"true","#, "use_sliding_window"),
    (#""use_sliding_window":1,"#, "use_sliding_window"),
    (#""early_exit_threshold":"1.0","#, "early_exit_threshold"),
  ]

  @Test(arguments: refusedOfLooped.indices)
  func keysOfLoopedModelsInAnotherFormAreRefused(_ index: Int) throws {
    let (keys, address) = Self.refusedOfLooped[index]
    let error = try #require(throws: ModelError.self) { try Self.looped(keys) }
    #expect(error.description.contains(address), "\(error)")
  }

  @Test(arguments: [
    (#""init_values":[1],"#, "init_values is [1], not an object"),
    (#""init_values":{"std":1e-46},"#, "init_values.std is 1e-46, which is 0"),
    (
      #""init_values":{"embed_scale":1e39},"#, "init_values.embed_scale is 1e+39, which is infinite"
    ),
    (#""init_values":{"std":1e30,"embed_scale":1e30},"#, "init_values.std"),
    (#""norm_eps":1e-46,"#, "norm_eps is 1e-46, which is 0"),
    (#""norm_eps":true,"#, "norm_eps is true"),
    (#""num_attention_heads":8,"#, "num_attention_heads is 8, and both name one thing"),
    (#""hidden_size":32,"#, "hidden_size is 32"),
    (#""initial_state_mode":3,"#, "initial_state_mode is 3"),
  ])
  func keysOfRecurrentModelsInAnotherFormAreRefused(keys: String, address: String) throws {
    let error = try #require(throws: ModelError.self) { try Self.recurrent(keys, .sandwich) }
    #expect(error.description.contains(address), "\(error)")
  }

  @Test(arguments: [
    (#""hidden_activation":"gelu","#, "hidden_activation"),
    (#""attention_bias":true,"#, "attention_bias"),
    (#""final_logit_softcapping":30.0,"#, "final_logit_softcapping"),
    (#""logits_scaling":4,"#, "logits_scaling"),
    (#""qk_norm":"yes","#, "qk_norm"),
    (#""quantization_config":{"bits":4},"#, "quantization_config"),
    (#""norm_eps":1e-6,"layer_norm_eps":1e-3,"#, "layer_norm_eps is 0.001"),
    (#""emb_scale":3,"#, "init_values.embed_scale is missing; emb_scale, 3, is used"),
    (#""rms_norm_eps":1e-3,"#, "norm_eps is missing; rms_norm_eps, 0.001, is used"),
    (#""nonlin_name":"GELU","#, "nonlin_name"), (#""test_time_noise":0.1,"#, "test_time_noise"),
    (#""initial_state_mode":"embed-init","#, "initial_state_mode"),
  ])
  func keysThatAreNotActedOnAreSaid(keys: String, says: String) throws {
    let warnings = try Self.recurrent(keys, .preNorm).warnings
    #expect(warnings.count == 1 && warnings[0].contains(says), "\(warnings)")
  }

  @Test func neutralValuesAreNotWorthAWord() throws {
    let warnings = try Self.looped(
      #""hidden_act":"silu","attention_bias":false,"logits_scaling":1.0,"qk_norm":null,"#
        + #""attention_dropout":0.1,"sliding_window":null,"use_sliding_window":false,"#
        + #""partial_rotary_factor":1.0,"early_exit_threshold":1.0,"#
    ).warnings
    #expect(warnings.isEmpty, "\(warnings)")
    let notes = try Self.looped(#""wholly_new":3,"architectures":["A"],"#).notes
    #expect(notes.contains { $0.contains("keys not read here: wholly_new, x") }, "\(notes)")
  }
}
