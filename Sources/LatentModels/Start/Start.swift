import Tensors

/// Where a run starts, as data: with the prompt, all that is needed to have its s₀ again. The one way
/// to say it, for whoever runs a model; `StartStream` makes states of it.
public enum Start: Codable, Sendable, Hashable {
  /// As runs of the model start unless told otherwise.
  case usual
  /// What the prompt was embedded to: s₀ = e. Looped models start here and nowhere else.
  case embedded
  /// s₀ = 0, the deterministic start of the published scripts (`init_scale = 0`).
  case zero
  /// Drawn from one running stream that the seed begins, as torch's CPU generator gives it out: the
  /// state of the whole prompt, then of the tokens of every later call. `scale` multiplies the
  /// standard deviation.
  case seeded(seed: UInt64, form: SeedForm, scale: Float)
  /// Drawn as training draws: every number depends on the seed and its place alone, so that it does
  /// not matter which thread draws which. No stream of torch's.
  case placed(seed: UInt64)
  /// Row p of a table for the token at position p; `label` says where it came from. The table itself
  /// is no part of the value: who runs the model has it at hand.
  case given(label: String)

  /// A seed, drawn as current torch draws.
  public static func seed(
    _ seed: UInt64, form: SeedForm = SeedForm(), scale: Float = 1
  ) -> Start {
    .seeded(seed: seed, form: form, scale: scale)
  }

  /// The same, drawn in another form where it is drawn as torch draws.
  public func drawn(as form: SeedForm) -> Start {
    if case .seeded(let seed, _, let scale) = self {
      return .seeded(seed: seed, form: form, scale: scale)
    }
    return self
  }

  /// The same, which is `usual` where nothing else is said.
  public func resolved(_ usual: Start) -> Start { self == .usual ? usual : self }
}

extension Start {
  /// Its name in records and tables: `seed 5`, `zero`, the label of what was given.
  public var label: String {
    switch self {
    case .usual: "usual"
    case .embedded: "embedded prompt"
    case .zero: "zero"
    case .seeded(let seed, let form, let scale):
      "seed \(seed)" + (scale == 1 ? "" : " ×\(scale)") + form.remark
    case .placed(let seed): "training seed \(seed)"
    case .given(let label): label
    }
  }

  /// What it is, for people: `seed 5`, `zero start`.
  public var words: String {
    switch self {
    case .usual: "usual start"
    case .embedded: "from embeddings"
    case .zero: "zero start"
    case .seeded, .placed: label
    case .given(let label): "start \(label)"
    }
  }
}
