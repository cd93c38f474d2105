/// Rules that look at the latent state alone and need no readout.
extension ExitRule {
  package static let latentDifference = ExitRule(
    name: "latent-diff", unit: "of the state's length",
    explanation: "The state moved by less than this share of its length.",
    defaultThreshold: 0.03, exits: .below, publishedScope: .mean, readsPrediction: false
  ) { trajectory, token, iteration in
    trajectory.steps[iteration].measures[token].relativeResidual
  }

  package static let cosine = ExitRule(
    name: "cosine", unit: "1 − cos",
    explanation: "The state kept its direction from one iteration to the next.",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .mean, readsPrediction: false
  ) { trajectory, token, iteration in
    trajectory.steps[iteration].measures[token].cosine.map { 1 - $0 }
  }
}
