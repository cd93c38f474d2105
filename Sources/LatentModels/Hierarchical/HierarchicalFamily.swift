import Checkpoints

extension Checkpoint {
  /// The same model with prompts whose tokens look back alone, as plain use of transformers has them; nil
  /// where they do so anyway.
  public var lookingBack: Checkpoint? {
    guard ModelFamily.hierarchical.recognises(self),
      configuration[HierarchicalConfiguration.bothWaysKey]?.bool != false
    else { return nil }
    return configured(
      HierarchicalConfiguration.bothWaysKey, .bool(false), suffix: " (causal)")
  }
}

extension ModelFamily {
  /// HRM-Text: a low stack inside the cycles of a high one.
  static let hierarchical = ModelFamily(
    name: "two clocks (HRM-Text)",
    recognises: { $0.configuration["model_type"]?.string == HierarchicalModel.modelType },
    plan: { checkpoint in
      let plan = try HierarchicalModel.plan(checkpoint)
      let configuration = plan.configuration
      let table = plan.taken.tensors[HierarchicalTensorNames.embedding]
      return ModelPlan(
        facts: plan.facts, traits: traits(plan), notes: limits(plan) + configuration.notes,
        warnings: checkpoint.warnings + configuration.warnings.map { "config.json: \($0)" },
        taken: plan.taken,
        embeddingBytes: configuration.tiedEmbeddings ? table?.byteCount ?? 0 : 0,
        keepsNormedStates: true
      ) { packing in
        try HierarchicalModel(plan, packing: packing)
      }
    })

  private static func limits(_ plan: HierarchicalModel.Plan) -> [String] {
    let c = plan.configuration
    var notes = [
      "trained to \(c.cycles) cycles of \(c.lowPasses) low passes; running on past them works, but "
        + "predictions get worse",
      "no loss asked cycles before \(c.cycles) to answer: what the head reads there is a lens, as it is "
        + "everywhere inside a cycle",
    ]
    if c.looksBothWays {
      notes.append(
        "tokens of a prompt look at one another both ways: what is read at any but the last has seen "
          + "the token that follows")
    }
    if !plan.hasLowStart {
      notes.append("\(HierarchicalTensorNames.lowStart) is missing; z_L starts from zeros")
    }
    return notes
  }

  private static func traits(_ plan: HierarchicalModel.Plan) -> [(String, String)] {
    let c = plan.configuration
    return [
      (
        "family",
        "two clocks (HRM-Text): [(low \(c.layers) → norm) × \(c.lowPasses) → high \(c.layers) → norm] "
          + "× r → head"
      ),
      (
        "width",
        "\(c.width), \(c.heads) heads of \(c.headDimension), feed-forward \(c.feedForwardWidth)"
      ),
      (
        "vocabulary",
        "\(c.vocabularySize), "
          + (c.tiedEmbeddings ? "head tied to the embedding" : "head of its own")
      ),
      (
        "context",
        "\(c.maximumTokens) tokens, rotary base \(c.rotary.summary), half-split pairs; "
          + (c.looksBothWays ? "prompts look both ways" : "all look back")
      ),
      (
        "iterations",
        "\(c.cycles) cycles, as trained; each is \(c.lowPasses) passes of the low stack, blocks 1 to "
          + "\(c.lowPasses * c.layers), and one of the high stack, blocks to \(c.layersInCycle)"
      ),
      (
        "norms",
        "RMS without weights, epsilon \(c.normEpsilon), before each half and after each pass"
      ),
      (
        "attention", "its output goes through a gate; biases: \(c.hasAttentionBias ? "yes" : "no")"
      ),
      (
        "state",
        "z_H, which the head reads, and z_L, side by side; z_H starts from the embedding times "
          + "\(c.embeddingScale), z_L from "
          + (plan.hasLowStart ? "a vector of the file" : "zeros")
      ),
    ]
  }
}
