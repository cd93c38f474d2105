import ArgumentParser
import Checkpoints
import LatentModels
import ParallelScaling
import Tensors

/// Who scores copies, and what is done with the scores.
struct JudgeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who scores copies: a latent reward model's directory or file, or "
        + PathJudge.all.map(\.name).joined(separator: ", ") + ".", valueName: "judge"))
  var judge: String?

  @Option(
    help: ArgumentHelp(
      "With --judge: lto draws a copy by exp(score / beta), accepting and rejecting (default: "
        + "\(Aggregator.Options().beta)).", valueName: "beta"))
  var beta: Double?

  @Option(
    help: ArgumentHelp(
      "With a reward model: search with so many beams beside the copies, keeping the best at every "
        + "step.",
      valueName: "beams"))
  var beam: Int?

  @Option(
    help: ArgumentHelp(
      "With --beam: ways in which each beam goes on (default: 4).", valueName: "ways"))
  var expand: Int?

  func validate() throws {
    if let beta {
      guard beta > 0, beta.isFinite else {
        throw ValidationError("--beta takes a number above 0, not \(beta).")
      }
      if judge == nil { throw ValidationError("--beta goes with --judge.") }
    }
    if let beam { try NumberOption.check(beam, "beam", BeamSearch.sizes) }
    if let expand { try NumberOption.check(expand, "expand", BeamSearch.sizes) }
    if beam == nil, expand != nil { throw ValidationError("--expand goes with --beam.") }
    if beam != nil, judge == nil {
      throw ValidationError(
        "--beam needs a judge of steps, by which beams are kept: give --judge with a reward model.")
    }
  }

  /// What aggregators are told.
  func options(seed: UInt64) -> Aggregator.Options {
    Aggregator.Options(beta: beta ?? Aggregator.Options().beta, seed: seed)
  }

  /// Ways in which each beam goes on.
  var ways: Int { expand ?? 4 }

  /// The judge that was asked for, of a model it can judge; nil for none.
  /// - Throws: what opening it throws, `JudgeError`.
  func open(for facts: ModelFacts, packing: WeightPacking) throws -> (any Judge)? {
    guard let judge else { return nil }
    let found: any Judge
    if let scores = PathJudge.named(judge) {
      found = scores
    } else {
      if !judge.contains("/"), !FileSystem.exists(judge) {
        let names = PathJudge.all.map(\.name).joined(separator: ", ")
        throw ValidationError(
          "--judge takes a reward model's directory or file, or one of \(names); there is no "
            + "\"\(judge)\".")
      }
      let checkpoint = try Checkpoint.open(judge)
      checkpoint.warnings.forEach(StandardError.say)
      found = try TrainedJudge.open(checkpoint, packing: packing)
    }
    try found.check(facts)
    return found
  }
}
