import Tensors

/// Where a run starts, as data: with the prompt, all that is needed to have its s₀ again.
public enum RunStart: Codable, Sendable, Hashable {
  /// As runs of the model start unless told otherwise.
  case usual
  /// s₀ = 0.
  case zero
  /// Drawn as torch draws it, tokens after the prompt from the same stream; `scale` multiplies the
  /// standard deviation.
  case seeded(seed: UInt64, form: SeedForm, scale: Float)
  /// What the prompt was embedded to.
  case embedded
  /// A state from a file; `label` says which.
  case given(label: String)

  /// For people: `seed 5`, `zero start`.
  public var words: String {
    switch self {
    case .usual: "usual start"
    case .zero: "zero start"
    case .seeded(let seed, let form, let scale):
      "seed \(seed)\(form.remark)" + (scale == 1 ? "" : " scale \(scale)")
    case .embedded: "from embeddings"
    case .given(let label): "start \(label)"
    }
  }
}

extension SeedForm: Hashable {
  public func hash(into hasher: inout Hasher) {
    hasher.combine(truncation)
    hasher.combine(type)
  }
}

extension SeedForm: Codable {
  private enum Keys: String, CodingKey {
    case truncation
    case type
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    self.init(
      truncation: try fields.decode(TorchGenerator.TruncatedForm.self, forKey: .truncation),
      type: try fields.decode(TorchGenerator.Storage.self, forKey: .type))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    try fields.encode(truncation, forKey: .truncation)
    try fields.encode(type, forKey: .type)
  }
}

extension TorchGenerator.TruncatedForm: Codable {}
extension TorchGenerator.Storage: Codable {}
