import ArgumentParser
import Checkpoints
import Evaluation
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

  /// Whether an option is given.
  var isAnyGiven: Bool { judge != nil || beta != nil || beam != nil || expand != nil }

  /// Refuses beams that cannot be held against each other, or whose ways would be the same.
  /// - Parameters:
  ///   - endsItself: whether copies end their thoughts themselves.
  ///   - isPlain: whether nothing is drawn in them.
  ///   - depth: the option that says how many thoughts they have.
  /// - Throws: `ValidationError`.
  func checkBeams(endsItself: Bool, isHeld: Bool, isPlain: Bool, depth: String) throws {
    guard beam != nil else { return }
    if endsItself {
      throw ValidationError(
        "Beams are held against each other after equal numbers of thoughts, and this model ends its own: "
          + "give \(depth).")
    }
    if isHeld {
      throw ValidationError(
        "Beams go on by masks that are drawn anew at every step; --held does not go with --beam.")
    }
    if isPlain, ways > 1 {
      throw ValidationError(
        "All ways of a beam would be the same: give --noise, --relative-noise or --dropout.")
    }
  }

  /// The judge that was asked for, of a model it can judge; nil for none.
  /// - Throws: what opening it throws, `JudgeError`.
  func open(for facts: ModelFacts, packing: WeightPacking) throws -> (any Judge)? {
    try opened(for: facts, packing: packing)?.judge
  }

  /// What an evaluation does with its scores; nil for no judge.
  /// - Throws: as `open`.
  func judging(for facts: ModelFacts, packing: WeightPacking) throws -> SampledJudging? {
    guard let (judge, checkpoint) = try opened(for: facts, packing: packing) else { return nil }
    if beam != nil, !(judge is any StepJudge) { throw JudgeError.noSteps(judge: judge.name) }
    return SampledJudging(
      judge, weights: checkpoint.map(SampledJudging.mark),
      beta: beta ?? Aggregator.Options().beta,
      beams: beam.map { SampledJudging.Beams(count: $0, ways: ways) })
  }

  /// - Returns: also what it was opened from; nil of a score without training.
  private func opened(
    for facts: ModelFacts, packing: WeightPacking
  ) throws -> (judge: any Judge, checkpoint: Checkpoint?)? {
    guard let judge else { return nil }
    do {
      return try NamedJudge.opened(judge, for: facts, packing: packing, warn: StandardError.say)
    } catch let error as JudgeError {
      guard case .unknown = error else { throw error }
      throw ValidationError("--judge: \(error)")
    }
  }
}
