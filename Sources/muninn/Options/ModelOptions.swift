import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import Tensors

extension Precision: ExpressibleByArgument {}

/// Which model to open, and with how many threads.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A model directory, a .safetensors file, or org/name in the local hub cache.",
      discussion: "Without it, the model inside the program is used.", valueName: "model"))
  var model: String?

  @Option(help: "Revision of a model in the hub cache (a branch, tag or commit).")
  var revision: String?

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "How weights and activations are rounded: exact, fast, int8 or int4.",
      discussion: "Only exact agrees with the reference; the others read fewer bytes."))
  var precision = Precision.exact

  @Flag(
    help: ArgumentHelp(
      "Let the tokens of a prompt look back alone (HRM-Text, whose prompts look both ways).",
      discussion: "The model was not trained so; runs say it in the name of their model."))
  var causal = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024, not \(threads).")
    }
  }

  /// How a command line says the same model, from any folder.
  var words: [String] {
    var words: [String] = []
    if let model {
      let isFile = FileManager.default.fileExists(atPath: model)
      words += ["--model", isFile ? URL(fileURLWithPath: model).standardizedFileURL.path : model]
    }
    if let revision { words += ["--revision", revision] }
    if precision != .exact { words += ["--precision", precision.rawValue] }
    if causal { words.append("--causal") }
    return words
  }

  /// - Throws: `CheckpointError`, and `ValidationError` where prompts look back anyway.
  func openCheckpoint() throws -> Checkpoint {
    let checkpoint =
      try model.map { try Checkpoint.open($0, revision: revision) } ?? Checkpoint.embedded()
    guard causal else { return checkpoint }
    guard let other = checkpoint.lookingBack else {
      throw ValidationError(
        "--causal is for models whose prompts look both ways (HRM-Text); those of \(checkpoint.name) look "
          + "back anyway.")
    }
    return other
  }

  /// How a checkpoint is understood; says on standard error what was dropped or overridden.
  func plan(_ checkpoint: Checkpoint) throws -> ModelPlan {
    let plan = try ModelPlan(checkpoint)
    plan.warnings.forEach(StandardError.say)
    return plan
  }

  /// What the chosen precision costs on this checkpoint; nil when it is exact.
  func measuredError(_ checkpoint: Checkpoint) throws -> MeasuredError? {
    precision == .exact
      ? nil : try MeasuredError(ModelPlan(checkpoint), precision, team: team())
  }

  /// How the weights of the model are to be packed.
  func packing() -> WeightPacking { WeightPacking(precision: precision, team: team()) }

  func team() -> ThreadTeam { threads.map { ThreadTeam(count: $0) } ?? ThreadTeam() }
}
