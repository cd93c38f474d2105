import Checkpoints

/// Which blocks a checkpoint of type `huginn_raven` is made of. The published configurations all
/// carry the same `model_type`, so the tensors decide.
public enum BlockFlavour: Sendable, Equatable, CaseIterable {
  /// Huginn: norms before each half and around each residual sum.
  case sandwich
  /// Retrofitted Llama and TinyLlama: norms before each half.
  case preNorm
  /// Retrofitted OLMo-2: norms after each half, and on whole queries and keys.
  case postNorm

  /// The flavour of a checkpoint: `norm_3` is Huginn's alone, `q_norm` OLMo-2's.
  init(_ checkpoint: Checkpoint) {
    func has(_ name: String) -> Bool {
      checkpoint.has("transformer.core_block.0.\(name).weight")
    }
    if has("norm_1"), !has("norm_3") {
      self = has("attn.q_norm") || has("attn.k_norm") ? .postNorm : .preNorm
    } else {
      self = .sandwich
    }
  }

  /// Whether the blocks come from a model that was trained without a loop (arXiv 2511.07384).
  public var isRetrofit: Bool { self != .sandwich }

  /// Whether the final norm also stands between the loop and the coda.
  var normsBeforeCoda: Bool { self == .sandwich }

  /// Norms of one block, by the last part of their names.
  var norms: [String] {
    self == .sandwich ? ["norm_1", "norm_2", "norm_3", "norm_4"] : ["norm_1", "norm_2"]
  }

  /// Where the norms named in `norms` stand.
  func places<Mathematics>(
    _ weights: [Mathematics.Vector], epsilon: Float
  ) -> (attention: ResidualNorms<Mathematics>, mlp: ResidualNorms<Mathematics>) {
    precondition(weights.count == norms.count, "\(weights.count) norms of \(norms.count)")
    return switch self {
    case .sandwich:
      (
        ResidualNorms(input: weights[0], sum: weights[1], epsilon: epsilon),
        ResidualNorms(input: weights[2], sum: weights[3], epsilon: epsilon)
      )
    case .preNorm:
      (
        ResidualNorms(input: weights[0], epsilon: epsilon),
        ResidualNorms(input: weights[1], epsilon: epsilon)
      )
    case .postNorm:
      (
        ResidualNorms(output: weights[0], epsilon: epsilon),
        ResidualNorms(output: weights[1], epsilon: epsilon)
      )
    }
  }

  /// The family, as a person would say it.
  var family: String {
    switch self {
    case .sandwich: "recurrent depth (Huginn)"
    case .preNorm: "retrofitted recurrence (Llama blocks)"
    case .postNorm: "retrofitted recurrence (OLMo-2 blocks)"
    }
  }

  /// Where the norms stand, for people.
  var normSummary: String {
    switch self {
    case .sandwich: "before each half and around each sum; final norm before and after the coda"
    case .preNorm: "before each half; final norm after the coda only"
    case .postNorm: "after each half, and on queries and keys; final norm after the coda only"
    }
  }
}
