import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
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
      dynamics, causal maps), or both. Prints the worst error of every family of tensors at every \
      iteration next to its tolerance, and where it is; what the reference has and was not compared is \
      listed. Exit status 1 if any is over its tolerance; then the first place in the order of computing \
      that is off is named: prelude, iteration, adapter, block and half of it, token.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "The reference directory.")
  var reference: String

  @Flag(help: "Print only families, each at its worst iteration.")
  var brief = false

  func run() throws {
    let checkpoint = try model.openCheckpoint()
    let isInside = FileSystem.isFile("\(reference)/inside.json")
    // Without either, the error names what a reference is made of.
    let isCase = !isInside || FileSystem.isFile("\(reference)/golden.json")
    let inside = isInside ? try InsideReference(directory: reference) : nil
    let golden = isCase ? try ReferenceCase(directory: reference) : nil
    let latent = try model.plan(checkpoint).open(model.packing())
    try StandardOutput.say("\(checkpoint.name) against \(reference)")
    try StandardOutput.say("")
    var passes = true
    if let golden {
      passes = try report(try compare(latent, checkpoint, with: golden)) && passes
    }
    if let inside {
      var verifier = InsideVerifier(model: latent, reference: inside)
      passes = try report(try verifier.run()) && passes
    }
    if !passes { throw ExitCode.failure }
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
