import ArgumentParser
import Evaluation
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// Many copies of every problem, and how they are made different.
struct CopiesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Answer every problem so many times, and choose among the answers.", valueName: "n"))
  var samples: Int?

  @OptionGroup var perturbation: PerturbationOptions

  @Option(help: "Seed of noise, masks and the starts of --starts (default: 0).")
  var sampleSeed: UInt64?

  @Option(
    help: "Tokens of a prompt that differ: all (the default), or last, the others being run once.")
  var positions: EnsemblePlan.Positions?

  @Option(help: "Copies that run side by side (default: as many as memory holds, up to 64).")
  var batch: Int?

  func validate() throws {
    try NumberOption.check(samples, "samples", 1...SampledPlan.mostSamples)
    try NumberOption.check(batch, "batch", 1...65_536)
    if samples == nil, isAnyGiven {
      throw ValidationError(
        "Noise, dropout, --starts, --start-scale, --sample-seed, --positions and --batch make copies "
          + "of problems: say how many with --samples.")
    }
  }

  /// Whether an option says something of copies, beside their number.
  private var isAnyGiven: Bool {
    perturbation.isAnyGiven || sampleSeed != nil || positions != nil || batch != nil
  }

  /// What every copy is.
  /// - Parameters:
  ///   - iterations: nil for as many as trained.
  ///   - start: of the run without noise.
  ///   - exit: when the thinking of a copy would have been stopped.
  ///   - judging: nil for nobody.
  /// - Throws: `PerturbationError` and `ValidationError` for what this model cannot have, and for copies
  ///   that would all be the same.
  func plan(
    _ samples: Int, of model: any LatentModel, mark: String, problems: ProblemSet,
    iterations: Int?, start: Start, tokens: Int, exit: ExitPolicy, judging: SampledJudging?
  ) throws -> SampledPlan {
    var plan = SampledPlan(
      model: mark, problems: problems, samples: samples, iterations: iterations, start: start,
      startOfCopies: try perturbation.start(of: start), drawsStarts: perturbation.starts,
      perturbations: try perturbation.perturbations(of: model), positions: positions ?? .all,
      seed: sampleSeed ?? 0, tokenLimit: tokens)
    (plan.exit, plan.judging) = (exit, judging)
    if samples > 1 { try PerturbationOptions.checkDifferent(isPlain: plan.isPlain) }
    return plan
  }
}
