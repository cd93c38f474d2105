import Checkpoints

extension ModelFamily {
  /// Huginn, and models retrofitted with its recurrence.
  static let recurrentDepth = ModelFamily(
    name: "recurrent depth (Huginn and retrofitted models)",
    recognises: { checkpoint in
      guard let type = checkpoint.configuration["model_type"]?.string else {
        return checkpoint.tensors[TensorNames.adapter] != nil
      }
      return type == RecurrentDepthModel.modelType
    },
    plan: { checkpoint in
      let plan = try RecurrentDepthModel.plan(checkpoint)
      let configuration = plan.configuration
      let table = plan.taken.tensors[TensorNames.embedding]
      return ModelPlan(
        facts: plan.facts, traits: traits(plan), notes: configuration.notes,
        warnings: checkpoint.warnings + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: configuration.flavour.normsBeforeCoda
      ) { packing in
        try RecurrentDepthModel(plan, packing: packing)
      }
    })

  private static func traits(_ plan: RecurrentDepthModel.Plan) -> [(String, String)] {
    let c = plan.configuration
    let flavour = c.flavour
    let groups =
      c.keyValueHeads == c.heads ? "" : " (\(c.keyValueHeads) of them for keys and values)"
    let biases =
      "queries and keys: \(c.hasQueryKeyBias ? "yes" : "no"); adapter: "
      + (c.hasAdapterBias ? "yes" : "no")
    return [
      (
        "family",
        "\(flavour.family): prelude \(c.preludeLayers) → [adapter + core \(c.coreLayers)] × r "
          + "→ coda \(c.codaLayers)"
      ),
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
        "\(c.maximumTokens) tokens, rotary base \(c.rotary.summary), "
          + (flavour == .sandwich ? "neighbouring pairs" : "half-split pairs")
      ),
      ("iterations", "\(c.meanRecurrence), as trained (mean_recurrence)"),
      ("norms", "RMS, epsilon \(c.normEpsilon), \(flavour.normSummary)"),
      ("biases", biases),
      (
        "embedding",
        "scaled by \(Float(c.embeddingScale)); s₀ deviation "
          + "\(Float(c.initialStateDeviation * c.embeddingScale)) after scaling"
      ),
    ]
  }
}
