import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import ParallelScaling
import Trajectories
import Verification

/// Says how close this program is to reference numbers.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare a model with reference numbers, tensor by tensor.",
    discussion: """
      The reference is a directory with golden.json (prompts, tolerances, tokenizer cases) and \
      golden.safetensors (states, logits and metrics per prompt), or one with inside.json and \
      inside.safetensors (what happens inside an iteration: blocks, attention, lenses, edits, \
      dynamics, causal maps), or both. For continuous thoughts golden.json says n_latents and what was \
      written, and golden.safetensors has thoughts, noise, masks, \
      logits, and scores of a judge; a latent head alone is compared with what the reference says it gives, without a model. Prints the worst error of every family of tensors at every \
      iteration next to its tolerance, and where it is; what the reference has and was not compared is \
      listed. Exit status 1 if any is over its tolerance; then the first place in the order of computing \
      that is off is named: prelude, iteration, adapter, block and half of it, token.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "The reference directory.")
  var reference: String

  @Option(
    help: ArgumentHelp(
      "A latent reward model or another trained judge, for scores and beams of a reference of continuous "
        + "thoughts.",
      discussion: "Without it latentrm-x beside a reference coconut-x, where that is there.",
      valueName: "directory"))
  var judge: String?

  @Flag(help: "Print only families, each at its worst iteration.")
  var brief = false

  func run() throws {
    if FileSystem.isFile("\(reference)/\(AggregatorVerifier.file)") {
      try StandardOutput.say("aggregators against \(reference)")
      try StandardOutput.say("")
      var verifier = try AggregatorVerifier(directory: reference)
      if try !report(verifier.run()) { throw ExitCode.failure }
      return
    }
    let document = try document()
    if let document, LatentHeadVerifier.recognises(document) {
      try StandardOutput.say("a latent head against \(reference)")
      try StandardOutput.say("")
      let verifier = try LatentHeadVerifier(directory: reference)
      if try !report(try verifier.run(team: model.team())) { throw ExitCode.failure }
      return
    }
    let isOfThoughts = document.map(ThoughtReference.recognises) ?? false
    let checkpoint = try model.openCheckpoint()
    let isInside = FileSystem.isFile("\(reference)/inside.json")
    // Without either, the error names what a reference is made of.
    let isCase = !isInside || FileSystem.isFile("\(reference)/golden.json")
    let inside = isInside ? try InsideReference(directory: reference) : nil
    let golden = isCase && !isOfThoughts ? try ReferenceCase(directory: reference) : nil
    let thoughts = isOfThoughts ? try ThoughtReference(directory: reference) : nil
    let latent = try model.plan(checkpoint).open(model.packing())
    try StandardOutput.say("\(checkpoint.name) against \(reference)")
    try StandardOutput.say("")
    var passes = true
    if let golden {
      passes = try report(try compare(latent, checkpoint, with: golden)) && passes
    }
    if let thoughts {
      var verifier = ThoughtVerifier(
        model: latent, reference: thoughts, judge: try latentReward(for: thoughts, latent.facts))
      passes = try report(try verifier.run()) && passes
    }
    if let inside {
      var verifier = InsideVerifier(model: latent, reference: inside)
      passes = try report(try verifier.run()) && passes
    }
    if !passes { throw ExitCode.failure }
  }

  /// The judge of the reference's scores; nil where there is none.
  private func latentReward(
    for thoughts: ThoughtReference, _ facts: ModelFacts
  ) throws -> (any StepJudge)? {
    guard let path = judge ?? (thoughts.isJudged ? judgeBeside : nil) else { return nil }
    let checkpoint = try Checkpoint.open(path)
    let judge = try TrainedJudge.open(checkpoint, packing: model.packing())
    try judge.check(facts)
    try StandardOutput.say("judged by \(path)")
    try StandardOutput.say("")
    return judge
  }

  /// `…/latentrm-x` of `…/coconut-x`, where that is there.
  private var judgeBeside: String? {
    let url = URL(fileURLWithPath: reference).standardizedFileURL
    guard let dash = url.lastPathComponent.firstIndex(of: "-") else { return nil }
    let name = "latentrm" + url.lastPathComponent[dash...]
    let path = url.deletingLastPathComponent().appendingPathComponent(name).path
    return FileSystem.isFile("\(path)/config.json") ? path : nil
  }

  /// What the reference's golden.json says; nil where there is none.
  private func document() throws -> JSONValue? {
    let path = "\(reference)/golden.json"
    return FileSystem.isFile(path) ? try JSONValue(readingFile: path) : nil
  }

  private func compare(
    _ latent: any LatentModel, _ checkpoint: Checkpoint, with reference: ReferenceCase
  ) throws -> ErrorLedger {
    var verifier = TrajectoryVerifier(model: latent, reference: reference)
    var ledger = try verifier.run()
    try ExitRuleVerifier(model: latent, reference: reference).run(into: &ledger)
    try GenerationVerifier(model: latent, reference: reference).run(into: &ledger)
    TokenizerVerifier(checkpoint, reference: reference).run(into: &ledger)
    return ledger
  }

  /// - Returns: whether all is within tolerance.
  private func report(_ ledger: ErrorLedger) throws -> Bool {
    for line in VerificationReport(ledger: ledger, brief: brief).lines {
      try StandardOutput.say(line)
    }
    return ledger.passes
  }
}
