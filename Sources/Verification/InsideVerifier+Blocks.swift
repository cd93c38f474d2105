import Engine
import LatentModels
import Tensors
import Trajectories

/// Streams, what blocks add, and attention weights.
extension InsideVerifier {
  mutating func compareBlocks(_ run: Run) throws {
    let key = run.prompt.key
    let reader = BlockReader(model)
    let prelude = try reader.prelude(run.context.ids)
    for (index, block) in prelude.blocks.enumerated() {
      try compare(
        "prelude_blocks", block.stream.values, with: "\(key).prelude_blocks", [index],
        iteration: nil, place: "\(run.prompt.name) p.\(index + 1)",
        computed: computed(run.prompt, 0, Site(.prelude, index + 1, .stream)))
    }
    try expectCount(
      "prelude_blocks", of: "\(key).prelude_blocks", [prelude.blocks.count], run.prompt.name)
    for (place, iteration) in run.prompt.iterations.enumerated() {
      let pass = try reader.iteration(after: run.states[iteration - 1], in: run.context)
      try compareIteration(pass, place, run.prompt)
    }
    let counts = [run.prompt.iterations.count, model.facts.layers.core]
    try expectCount("blocks", of: "\(key).blocks", [counts[0], counts[1] + 1], run.prompt.name)
    for name in ["attn_out", "mlp_out", "attention"] {
      try expectCount(name, of: "\(key).\(name)", counts, run.prompt.name)
    }
    let coda = try reader.coda(of: run.states[reference.iterations], in: run.context)
    for (index, block) in coda.blocks.enumerated() {
      try compare(
        "coda_blocks", block.stream.values, with: "\(key).coda_blocks", [index], iteration: nil,
        place: "\(run.prompt.name) c.\(index + 1)",
        computed: computed(run.prompt, reference.iterations, Site(.coda, index + 1, .stream)))
    }
    try expectCount("coda_blocks", of: "\(key).coda_blocks", [coda.blocks.count], run.prompt.name)
  }

  private mutating func compareIteration(
    _ pass: BlockPass, _ place: Int, _ prompt: InsideReference.Prompt
  ) throws {
    let (key, iteration) = (prompt.key, pass.iteration)
    for (block, stream) in pass.streams.enumerated() {
      try compare(
        "blocks", stream.values, with: "\(key).blocks", [place, block], iteration: iteration,
        place: "\(prompt.name) block \(block)",
        computed: computed(
          prompt, iteration, block > 0 ? Site(.core, block, .stream) : .adapter))
    }
    for (index, block) in pass.blocks.enumerated() {
      let name = "\(prompt.name) block \(index + 1)"
      try compare(
        "attn_out", block.attention.values, with: "\(key).attn_out", [place, index],
        iteration: iteration, place: name,
        computed: computed(prompt, iteration, Site(.core, index + 1, .attention)))
      try compare(
        "mlp_out", block.feedForward.values, with: "\(key).mlp_out", [place, index],
        iteration: iteration, place: name,
        computed: computed(prompt, iteration, Site(.core, index + 1, .feedForward)))
      if let weights = block.attentionWeights {
        try compare(
          "attention", weights.values, with: "\(key).attention", [place, index],
          iteration: iteration, place: name)
      }
    }
  }

  /// Rows of the model's width at a site.
  private func computed(
    _ prompt: InsideReference.Prompt, _ iteration: Int, _ site: Site
  ) -> ComputedTokens {
    ComputedTokens(
      place: ComputedPlace(
        prompt: reference.prompts.firstIndex { $0.key == prompt.key } ?? 0,
        promptName: prompt.name, iteration: iteration, site: site), width: model.facts.width)
  }

  /// The model must have all that the reference has.
  private mutating func expectCount(
    _ family: String, of name: String, _ counts: [Int], _ place: String
  ) throws {
    guard let shape = reference.tensors.tensors[name]?.shape else { return }
    guard Array(shape.prefix(counts.count)) != counts else { return }
    ledger.expect(
      false, family: "\(family).shape", iteration: nil,
      place: "\(place): \(shape), the model has \(counts)")
  }
}
