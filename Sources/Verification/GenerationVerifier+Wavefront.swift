import Checkpoints
import Generation
import LatentModels

extension GenerationVerifier {
  /// Runs a wavefront as the reference did and compares tokens, passes and the iterations each
  /// position took.
  func compareWavefront(
    _ entry: GenerationEntry, _ model: any LatentModel, _ ledger: inout ErrorLedger
  ) throws(GenerationEntry.Unsupported) {
    let (start, table) = try entry.start()
    var options = WavefrontGenerator.Options(
      iterations: try entry.count("num_steps"), start: start, cache: try entry.cache())
    options.givenState = table
    options.innerIterations = try entry.count("inner_recurrence")
    options.headway = try entry.count("headway")
    options.embeddingMemory = Float(entry.json["ema_embeds"]?.number ?? 0.1)
    options.noise = Float(entry.json["state_noise_mixing"]?.number ?? 0.5)
    switch entry.json["freeze_strategy"]?.string {
    case "fixed": options.freeze = .fixed(after: options.iterations / options.innerIterations)
    case "latent-diff":
      options.freeze = .latentDifference(Float(entry.json["exit_t"]?.number ?? 0.03))
    case let other:
      throw GenerationEntry.Unsupported(
        reason: "freeze strategy \(other ?? "none") is not compared")
    }
    if options.noise > 0 || options.headway > 1 {
      throw GenerationEntry.Unsupported(reason: "its noise or random tokens cannot be drawn again")
    }
    let expected = try entry.integers("new_tokens")
    let prompt = try entry.integers("prompt_ids")
    var tokens: [GeneratedToken] = []
    let passes: Int
    do {
      var run = try WavefrontGenerator(model: model, prompt: prompt, options: options)
      // Each pass freezes at least one token sooner or later; the bound is for a wrong model.
      while tokens.count < expected.count, run.passes < 64 * expected.count {
        tokens += try run.next()
      }
      passes = run.passes
    } catch {
      throw GenerationEntry.Unsupported(reason: "\(error)")
    }
    let family = "generation.\(entry.name)"
    ledger.expect(
      tokens.prefix(expected.count).map(\.id) == expected, family: "\(family).tokens",
      iteration: nil, place: "\(entry.prompt): \(tokens.prefix(expected.count).map(\.id))")
    let summary = entry.json["summary"]
    if let count = summary?["diffusion_steps"]?.integer {
      ledger.expect(
        passes == count, family: "\(family).passes", iteration: nil,
        place: "\(entry.prompt): \(passes)")
    }
    // The reference counts the prompt's iterations into the first position after it, and its last
    // position is still in the wavefront.
    if let all = summary?["recurrence_per_position"]?.array?.first?.array?.compactMap(\.integer),
      all.count == prompt.count + expected.count
    {
      var counts = Array(all[prompt.count..<all.count - 1])
      counts[0] -= options.iterations
      ledger.expect(
        tokens.dropFirst().prefix(counts.count).map(\.iterations) == counts,
        family: "\(family).iterations", iteration: nil,
        place: "\(entry.prompt): \(tokens.dropFirst().prefix(counts.count).map(\.iterations))")
    }
  }
}
