import Checkpoints

extension ModelFamily {
  /// Ouro and its like: the whole stack of layers, over and over.
  static let looped = ModelFamily(
    name: "looped (Ouro)",
    recognises: { checkpoint in
      guard let type = checkpoint.configuration["model_type"]?.string else {
        return checkpoint.tensors[LoopedTensorNames.gate] != nil
      }
      return type == LoopedModel.modelType
    },
    plan: { checkpoint in
      let plan = try LoopedModel.plan(checkpoint)
      let configuration = plan.configuration
      let table = plan.taken.tensors[LoopedTensorNames.embedding]
      let limit =
        "trained to \(configuration.loops) iterations; running on past them works, but predictions "
        + "get worse"
      return ModelPlan(
        facts: plan.facts, traits: traits(configuration), notes: [limit] + configuration.notes,
        warnings: checkpoint.warnings + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: false
      ) { packing in
        try LoopedModel(plan, packing: packing)
      }
    })

  private static func traits(_ c: LoopedConfiguration) -> [(String, String)] {
    let groups =
      c.keyValueHeads == c.heads ? "" : " (\(c.keyValueHeads) of them for keys and values)"
    let threshold =
      c.exitThreshold.map { "; the published rule exits at CDF \($0)" } ?? ""
    return [
      ("family", "looped (Ouro): [\(c.layers) layers → norm] × r → head"),
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
      ("iterations", "\(c.loops), as trained"),
      ("norms", "RMS, epsilon \(c.normEpsilon), before and after each half, and after each loop"),
      ("start", "s₀ is the token embedding; nothing is injected later"),
      ("exit gate", "learned, read after each loop\(threshold)"),
    ]
  }
}
