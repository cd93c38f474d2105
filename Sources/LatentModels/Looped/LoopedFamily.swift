import Checkpoints

extension ModelFamily {
  /// Ouro, Nanbeige and their like: the whole stack of layers, over and over.
  static let looped = ModelFamily(
    name: "looped (Ouro, Nanbeige)",
    recognises: { LoopedFlavour($0) != nil },
    plan: { checkpoint in
      let plan = try LoopedModel.plan(checkpoint)
      let configuration = plan.configuration
      let table = plan.taken.tensors[LoopedTensorNames.embedding]
      return ModelPlan(
        facts: plan.facts, traits: traits(configuration),
        notes: limits(configuration) + configuration.notes,
        warnings: checkpoint.warnings + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: !configuration.normsEachLoop
      ) { packing in
        try LoopedModel(plan, packing: packing)
      }
    })

  /// How far it was trained, and where it was trained to answer.
  private static func limits(_ c: LoopedConfiguration) -> [String] {
    let depth =
      "trained to \(c.loops) iteration\(c.loops == 1 ? "" : "s"); running on past "
      + "\(c.loops == 1 ? "it" : "them") works, but predictions get worse"
    guard c.answersFrom > 1 else { return [depth] }
    return [
      depth,
      "no loss asked iterations before \(c.answersFrom) to answer: what the head reads there is a lens",
    ]
  }

  private static func traits(_ c: LoopedConfiguration) -> [(String, String)] {
    let groups =
      c.keyValueHeads == c.heads ? "" : " (\(c.keyValueHeads) of them for keys and values)"
    let threshold =
      c.exitThreshold.map { "; the published rule exits at CDF \($0)" } ?? ""
    let loop =
      c.normsEachLoop
      ? "[\(c.layers) layers → norm] × r → head" : "[\(c.layers) layers] × r → norm → head"
    let halves = c.flavour == .ouro ? "before and after each half" : "before each half"
    let heads = c.hasHeadNorms ? ", of each head's queries and keys" : ""
    let ends = c.normsEachLoop ? "after each loop" : "before the head alone"
    var traits = [
      ("family", "\(c.flavour.family): \(loop)"),
      (
        "width",
        "\(c.width), \(c.heads) heads of \(c.headDimension)\(groups), "
          + "feed-forward \(c.feedForwardWidth)"
      ),
      (
        "vocabulary",
        "\(c.vocabularySize), "
          + (c.tiedEmbeddings ? "head tied to the embedding" : "head of its own")
      ),
      (
        "context",
        "\(c.maximumTokens) tokens, rotary base \(c.rotary.summary), half-split pairs"
      ),
      (
        "iterations",
        "\(c.loops), as trained"
          + (c.answersFrom > 1 ? "; a lens before r = \(c.answersFrom)" : "")
      ),
      ("norms", "RMS, epsilon \(c.normEpsilon), \(halves)\(heads), and \(ends)"),
    ]
    if c.flavour == .nanbeige {
      traits.append(
        (
          "biases",
          "attention: \(c.hasAttentionBias ? "yes" : "no"); feed-forward: "
            + (c.hasFeedForwardBias ? "yes" : "no")
        ))
    }
    traits.append(("start", "s₀ is the token embedding; nothing is injected later"))
    traits.append(
      c.flavour == .ouro
        ? ("exit gate", "learned, read after each loop\(threshold)")
        : ("exit gate", "none: every token has every loop"))
    return traits
  }
}
