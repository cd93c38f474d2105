import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import Tensors

/// Says what a model directory holds and how it is understood, before anything is run.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a model holds, how it is understood, and what could not be read.")

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
      throw error
    }
    for line in report.lines(plan: plan, listTensors: tensors) { try StandardOutput.say(line) }
    guard precisions else { return }
    let team = ThreadTeam()
    for precision in Precision.allCases where precision != .exact {
      let error = try MeasuredError(plan, precision, team: team).text
      try StandardOutput.say("precision    \(error)")
      try StandardOutput.say(
        "             \(Quantity.bytes(plan.packedBytes(precision))) packed")
    }
  }
}
