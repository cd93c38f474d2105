import Checkpoints

extension ModelFamily {
  /// COCONUT, CODI and CoLaR: language models whose hidden vectors are fed back.
  static let continuousThought = ModelFamily(
    name: "continuous thoughts (COCONUT, CODI, CoLaR)",
    recognises: { ContinuousThoughtModel.backbone($0) != nil },
    plan: { checkpoint in
      guard let backbone = ContinuousThoughtModel.backbone(checkpoint) else {
        throw ModelError.unsupportedFamily(
          "\(checkpoint.configurationPath) says nothing of continuous thoughts.")
      }
      let plan = try ContinuousThoughtModel.plan(checkpoint, backbone)
      let configuration = plan.configuration
      let table = plan.taken.tensors[plan.names.embedding]
      return ModelPlan(
        facts: plan.facts, traits: traits(plan), notes: configuration.notes,
        warnings: checkpoint.warnings + plan.warnings
          + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: false
      ) { packing in
        try ContinuousThoughtModel(plan, packing: packing)
      }
    })

  private static func traits(_ plan: ContinuousThoughtModel.Plan) -> [(String, String)] {
    let c = plan.configuration
    let groups =
      c.keyValueHeads == c.heads ? "" : " (\(c.keyValueHeads) of them for keys and values)"
    let positions =
      c.rotary.map { "rotary base \($0.summary), half-split pairs" } ?? "learned positions"
    return [
      (
        "family",
        "\(plan.family) on \(c.backbone == .gpt2 ? "GPT-2" : "Llama"): prompt through "
          + "\(c.layers) blocks → [thought → the same blocks] × r → head"
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
      ("context", "\(c.maximumTokens) tokens and thoughts, \(positions)"),
      ("thoughts", thoughts(plan)),
      (
        "norms",
        (c.backbone == .gpt2 ? "LayerNorm" : "RMS")
          + ", epsilon \(c.normEpsilon), before each half and at the end"
      ),
      ("start", "s₀ is what the prompt leaves at its last token: the first thought"),
    ]
  }

  private static func thoughts(_ plan: ContinuousThoughtModel.Plan) -> String {
    let way =
      switch plan.configuration.feedback {
      case .hidden: "the hidden vector behind the final norm"
      case .projector(let width): "the hidden vector through a projector of \(width)"
      case .latentHead(let width, let deviation):
        "a latent head of \(width), its mean times \(deviation)"
      }
    let tokens = plan.tokens
    func id(_ name: String, _ id: Int?) -> String? { id.map { "\(name) \($0)" } }
    let ids = [
      id("start", tokens.start), id("latent", tokens.latent), id("end", tokens.end),
      id("ended by", tokens.stop),
    ].compactMap { $0 }
    return way + (ids.isEmpty ? "" : "; token ids: \(ids.joined(separator: ", "))")
  }
}
