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
      golden.safetensors (states, logits and metrics per prompt). Prints the worst error of every \
      family of tensors at every iteration next to its tolerance. Exit status 1 if any is over it.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "The reference directory.")
  var reference: String

  @Flag(help: "Print only families, each at its worst iteration.")
  var brief = false

  func run() throws {
    let checkpoint = try model.openCheckpoint()
    let reference = try ReferenceCase(directory: reference)
    let latent = try model.plan(checkpoint).open(model.packing())
    var verifier = TrajectoryVerifier(model: latent, reference: reference)
    var ledger = try verifier.run()
    try ExitRuleVerifier(model: latent, reference: reference).run(into: &ledger)
    try GenerationVerifier(model: latent, reference: reference).run(into: &ledger)
    TokenizerVerifier(checkpoint, reference: reference).run(into: &ledger)
    let report = VerificationReport(ledger: ledger, brief: brief)
    try StandardOutput.say("\(checkpoint.name) against \(reference.directory)")
    try StandardOutput.say("")
    for line in report.lines { try StandardOutput.say(line) }
    if !ledger.passes { throw ExitCode.failure }
  }
}
