import Tensors

/// Where a run starts, as data: with the prompt, all that is needed to have its s₀ again.
public enum RunStart: Codable, Sendable, Hashable {
  /// As runs of the model start unless told otherwise.
  case usual
  /// s₀ = 0.
  case zero
  /// Drawn as torch draws it; `scale` multiplies the standard deviation.
  case seeded(seed: UInt64, form: TorchGenerator.TruncatedForm, scale: Float)
  /// What the prompt was embedded to.
  case embedded
  /// A state from a file; `label` says which.
  case given(label: String)

  /// For people: `seed 5`, `zero start`.
  public var words: String {
    switch self {
    case .usual: "usual start"
    case .zero: "zero start"
    case .seeded(let seed, _, let scale): "seed \(seed)" + (scale == 1 ? "" : " scale \(scale)")
    case .embedded: "from embeddings"
    case .given(let label): "start \(label)"
    }
  }
}

extension TorchGenerator.TruncatedForm: Codable {}
