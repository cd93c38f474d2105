/// Rules that look at the latent state alone and need no readout.
extension ExitRule {
  package static let latentDifference = ExitRule(
    name: "latent-diff", metric: .relativeResidual,
    explanation: "The state moved by less than this share of its length.",
    defaultThreshold: 0.03, exits: .below, publishedScope: .mean)

  package static let cosine = ExitRule(
    name: "cosine", metric: .turn,
    explanation: "The state kept its direction from one iteration to the next.",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .mean)

  /// Second differences of the path (two-scale dynamics, arXiv 2509.23314): ‖Δᵢ − Δᵢ₋₁‖ in two
  /// iterations in a row. Huginn's code has no such rule for single tokens, so the threshold was
  /// measured on the embedded model, whose states are about 12 long (`Assets/demo/README.md`, "When to
  /// stop"); that is near the 0.03 of their length at which the code's wavefront freezes a position.
  package static let acceleration = ExitRule(
    name: "acceleration", metric: .acceleration,
    explanation: "Two steps in a row differed by less than this from the one before them.",
    defaultThreshold: 0.3, exits: .below, publishedScope: .last, hits: 2,
    source: "measured on the embedded model")
}
