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
}
