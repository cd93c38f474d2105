/// Rules that look at the prediction read out of the state.
extension ExitRule {
  package static let entropyDifference = ExitRule(
    name: "entropy-diff", metric: .entropyChange,
    explanation: "The entropy of the prediction changed by less than this (r 1: from 100).",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .last)

  package static let kl = ExitRule(
    name: "kl", metric: .kl,
    explanation:
      "The prediction moved by less than this, KL(before ‖ now); r 1 from uniform.",
    defaultThreshold: 1e-3, exits: .below, publishedScope: .last)

  package static let filteredKL = ExitRule(
    name: "minp-kl", metric: .filteredKL,
    explanation: "As kl, on candidates of at least a tenth of the best one's probability.",
    defaultThreshold: 1e-5, exits: .below, publishedScope: .last)

  package static let argmaxStability = ExitRule(
    name: "argmax-stability", metric: .stableFor,
    explanation: "The likeliest token was the same this many times in a row after its first.",
    defaultThreshold: 5, exits: .atLeast, publishedScope: .last, ladder: .count)
}
