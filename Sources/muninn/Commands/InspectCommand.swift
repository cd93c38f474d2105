import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import Tensors

/// Says what a model directory holds and how it is understood, before anything is run.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a model holds, how it is understood, and what could not be read.",
    discussion: """
      With --weights, every tensor is read where it lies: its smallest and largest element, root mean \
      square, NaN and infinite elements, rows of zeros; then what is not finite, with the place, and what \
      differs most from its siblings: tensors of other layers with the same role and shape, compared by \
      rms, largest element, loudest row, mean and rows of zeros. That finds what was scaled, blown up, \
      zeroed or shifted. Rows in another order and weight matrices with their signs turned look like any \
      other: verify with a reference finds those.
      """)

  @Argument(
    help:
      "A model directory, a .safetensors file, or org/name in the hub cache (default: the model inside the program)."
  )
  var model: String?

  @Option(help: "Revision of a model in the hub cache.")
  var revision: String?

  @Flag(help: "Measure what the fast precisions cost on this model's weights.")
  var precisions = false

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Measure every tensor, and say what is not finite or unlike its siblings.")
  var weights = false

  @Flag(
    help: ArgumentHelp(
      "Say of every channel how much of it an iteration keeps, the slowest first (Parcae).",
      discussion:
        "Keeps: exp(-dt exp(A_log)). Half-life: iterations until half is left, were nothing added. "
        + "Takes: dt, of B e. Settles: dt / (1 - keeps), what the injection alone comes to. "
        + "Left: what remains after as many iterations as in training."))
  var contraction = false

  func run() throws {
    let checkpoint: Checkpoint
    if let model {
      checkpoint = try Checkpoint.open(model, revision: revision)
    } else {
      checkpoint = try Checkpoint.embedded()
    }
    let report = InspectionReport(checkpoint: checkpoint)
    let plan: ModelPlan
    do {
      plan = try ModelPlan(checkpoint)
    } catch {
      for line in report.lines(plan: nil, listTensors: tensors) { try StandardOutput.say(line) }
      try sayWeights(checkpoint)
      throw error
    }
    for line in report.lines(plan: plan, listTensors: tensors) { try StandardOutput.say(line) }
    if contraction {
      let lines = try ContractionReport(plan.facts).lines
      for line in lines { try StandardOutput.say(line) }
    }
    try sayWeights(checkpoint)
    guard precisions else { return }
    let team = ThreadTeam()
    for precision in Precision.allCases where precision != .exact {
      let error = try MeasuredError(plan, precision, team: team).text
      try StandardOutput.say("precision    \(error)")
      try StandardOutput.say(
        "             \(Quantity.bytes(plan.packedBytes(precision))) packed")
    }
  }

  /// Also of a model that is not understood: its weights may be why.
  private func sayWeights(_ checkpoint: Checkpoint) throws {
    guard weights else { return }
    Interruption.arm()
    do {
      let report = try WeightReport(checkpoint, team: ThreadTeam()) { _, _ in
        try Interruption.control.check()
      }
      for line in report.lines { try StandardOutput.say(line) }
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }
}
