import Checkpoints

/// Which looped models a checkpoint is of: the loop is the same, layers and keys differ.
public enum LoopedFlavour: String, Sendable, Equatable, CaseIterable {
  /// Norms before and after each half of a layer, and a gate behind each loop that says when to stop.
  case ouro
  /// Layers of Llama, and no gate.
  case nanbeige

  /// What configurations call it.
  var modelType: String { rawValue }

  /// The family, as a person would say it.
  var family: String { self == .ouro ? "looped (Ouro)" : "looped (Nanbeige)" }

  /// The norms of a layer, by the middle of their names.
  var norms: [String] {
    switch self {
    case .ouro:
      [
        "input_layernorm", "input_layernorm_2", "post_attention_layernorm",
        "post_attention_layernorm_2",
      ]
    case .nanbeige: ["input_layernorm", "post_attention_layernorm"]
    }
  }

  /// Where the norms named in `norms` stand.
  func places<Mathematics>(
    _ weights: [Mathematics.Vector], epsilon: Float
  ) -> (attention: ResidualNorms<Mathematics>, mlp: ResidualNorms<Mathematics>) {
    precondition(weights.count == norms.count, "\(weights.count) norms of \(norms.count)")
    return switch self {
    case .ouro:
      (
        ResidualNorms(input: weights[0], output: weights[1], epsilon: epsilon),
        ResidualNorms(input: weights[2], output: weights[3], epsilon: epsilon)
      )
    case .nanbeige:
      (
        ResidualNorms(input: weights[0], epsilon: epsilon),
        ResidualNorms(input: weights[1], epsilon: epsilon)
      )
    }
  }
}

extension LoopedFlavour {
  /// The flavour of a checkpoint: what its configuration says, or where that says nothing Ouro for
  /// its gate; nil for a model that is of neither.
  init?(_ checkpoint: Checkpoint) {
    guard let type = checkpoint.configuration["model_type"]?.string else {
      guard checkpoint.tensors[LoopedTensorNames.gate] != nil else { return nil }
      self = .ouro
      return
    }
    self.init(rawValue: type)
  }
}
