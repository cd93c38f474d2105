import Checkpoints

extension ModelFamily {
  /// Parcae: recurrent depth with a diagonal injection.
  static let parcae = ModelFamily(
    name: "recurrent depth with a diagonal injection (Parcae)",
    recognises: { checkpoint in
      if checkpoint.configuration["_class_name"]?.string == ParcaeModel.className { return true }
      return checkpoint.configuration.present("model_type") == nil
        && ParcaeTensorNames.prefix(checkpoint) != nil
    },
    plan: { checkpoint in
      let plan = try ParcaeModel.plan(checkpoint)
      let configuration = plan.configuration
      let table = plan.taken.tensors[plan.names.embedding]
      return ModelPlan(
        facts: plan.facts, traits: traits(plan), notes: configuration.notes,
        warnings: checkpoint.warnings + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: false
      ) { packing in
        try ParcaeModel(plan, packing: packing)
      }
    })

  private static func traits(_ plan: ParcaeModel.Plan) -> [(String, String)] {
    let c = plan.configuration
    let valued = plan.names.valueLayers.sorted().map { String($0 + 1) }
    let layers = c.preludeLayers + c.coreLayers + c.codaLayers
    return [
      (
        "family",
        "recurrent depth (Parcae): prelude \(c.preludeLayers) → [injection + core \(c.coreLayers)] × r"
          + " → map → coda \(c.codaLayers)"
      ),
      (
        "width",
        "\(c.width), \(c.heads) heads of \(c.headDimension), feed-forward \(c.feedForwardWidth), "
          + "half the square of what is above zero"
      ),
      (
        "vocabulary",
        "\(c.vocabularySize), "
          + (c.tiedEmbeddings ? "head tied to the embedding" : "head of its own")
      ),
      ("context", "\(c.maximumTokens) tokens, rotary base \(c.rotaryBase), neighbouring pairs"),
      ("iterations", "\(c.meanRecurrence), as trained on average (mean_recurrence)"),
      (
        "norms",
        "RMS, epsilon \(c.normEpsilon), before each half"
          + (c.normsHeads ? ", of each head's queries and keys" : "")
          + (c.normsPrelude ? ", on e" : "") + "; final norm after the coda only"
      ),
      (
        "values",
        valued.isEmpty
          ? "none of the token itself"
          : "of the token itself added in layers \(valued.joined(separator: ", ")) of \(layers)"
      ),
      (
        "embedding",
        "scaled by \(Float(c.embeddingScale)); s₀ deviation "
          + "\(Float(c.initialStates.deviation * c.embeddingScale)) after scaling"
      ),
    ] + contraction(plan.injection)
  }

  /// What the injection keeps of a state, as its weights say: every prompt has the same.
  private static func contraction(_ injection: DiagonalInjection?) -> [(String, String)] {
    guard let injection, let least = injection.kept(at: 0), let most = injection.kept(at: 1),
      let median = injection.kept(at: 0.5)
    else { return [("injection", "its decay is no number; see --weights")] }
    let half = DiagonalInjection.halfLife(keeping: median)
    let forgets = half.map { "; the median has forgotten half of s₀ after \(short($0)) iterations" }
    return [
      (
        "injection",
        "diagonal: an iteration keeps \(short(least)) to \(short(most)) of a state, "
          + "median \(short(median))" + (forgets ?? "") + "; --contraction says it of every channel"
      ),
      (
        "decay",
        "elements by what they keep, in tenths from 0 to 1: "
          + injection.histogram(parts: 10).map(String.init).joined(separator: " ")
      ),
    ]
  }

  /// Two digits behind the point.
  private static func short(_ value: Double) -> String {
    String((value * 100).rounded() / 100)
  }
}
