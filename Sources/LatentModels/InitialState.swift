import Tensors

/// Where a run starts.
public enum InitialState: Sendable, Equatable {
  /// s₀ = 0, the deterministic start of the published scripts (`init_scale = 0`).
  case zero
  /// Drawn from a generator identical to torch's on the CPU, so that a seed from a script gives
  /// the same start. `scale` multiplies the standard deviation.
  case seeded(UInt64, form: SeedForm = SeedForm(), scale: Float = 1)
  /// What the prompt was embedded to: s₀ = e. Looped models start here and nowhere else.
  case embedded
  /// A given state.
  case given(Matrix)  // [tokens, width]
}
