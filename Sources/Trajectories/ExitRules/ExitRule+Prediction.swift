/// Rules that look at the prediction read out of the state.
extension ExitRule {
  package static let entropyDifference = ExitRule(
    name: "entropy-diff", unit: "nats",
    explanation: "The entropy of the prediction changed by less than this (r 1: from 100).",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .last, readsPrediction: true
  ) { trajectory, token, iteration in
    // Before the first iteration the published code takes an entropy of 100 nats.
    let before = iteration == 1 ? 100 : trajectory.steps[iteration - 1].readings[token].entropy
    guard let before, let now = trajectory.steps[iteration].readings[token].entropy else {
      return nil
    }
    return abs(now - before)
  }

  package static let kl = ExitRule(
    name: "kl", unit: "nats",
    explanation:
      "The prediction moved by less than this, KL(before ‖ now); r 1 from uniform.",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .last, readsPrediction: true
  ) { trajectory, token, iteration in
    trajectory.steps[iteration].readings[token].kl
  }

  package static let filteredKL = ExitRule(
    name: "minp-kl", unit: "nats",
    explanation: "As kl, on candidates of at least a tenth of the best one's probability.",
    defaultThreshold: 1e-5, exits: .below, publishedScope: .last, readsPrediction: true
  ) { trajectory, token, iteration in
    trajectory.steps[iteration].readings[token].filteredKL
  }

  package static let argmaxStability = ExitRule(
    name: "argmax-stability", unit: "iterations",
    explanation: "The likeliest token was the same this many times in a row after its first.",
    defaultThreshold: 5, exits: .atLeast, publishedScope: .last, readsPrediction: true
  ) { trajectory, token, iteration in
    trajectory.repeats(token: token, iteration: iteration).map(Float.init)
  }
}
