import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import LatentModels
import ParallelScaling
import Rewards
import Tensors
import Trajectories

/// Makes rollouts with labels, which a judge of thoughts learns from.
struct RewardCollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Make rollouts of problems, and find out how good every prefix of them is.",
    discussion: """
      Every problem is thought about --samples times, made different by --noise, --relative-noise, \
      --dropout or --test-time-noise. Problems on which all of these rollouts are right, or none is, have \
      nothing to tell apart: they are counted and dropped. Of every prefix of the others --completions runs \
      go on with noise of their own, and the share of right answers among them is its label. Answers \
      are read as muninn eval --samples reads them.

      --out is a safetensors file with, of question i, {i}.input_ids [tokens], {i}.latent_embeds \
      [rollouts, steps, width] (the thoughts that were fed back with the noise on them, or the states of \
      the prompt's last token after every iteration), {i}.estimations [rollouts, steps] (the labels) \
      and {i}.corrects [rollouts] (1 where the rollout itself is right). Its metadata say under muninn \
      of which plan and shard it is, how many tokens the model knows, and what became of every problem.

      While it runs, FILE.part keeps what is done, and the same command goes on from there, after \
      Ctrl-C or a crash, to the same bytes; with other options it is refused, until FILE.part is deleted \
      or finished. Problem i has the same rollouts and labels whatever the \
      shard, the batch or the threads; with --starts rollouts start apart.

      On a cluster: --shard $SLURM_ARRAY_TASK_ID/4 --out part-$SLURM_ARRAY_TASK_ID.safetensors in \
      an array of 4 jobs, then --merge part-*.safetensors --out all.safetensors, which has the bytes of \
      one run.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Problems") var tasks: TaskOptions

  @Option(help: "Rollouts of every problem.")
  var samples = 8

  @Option(help: "Completions of every prefix of a rollout.")
  var completions = 16

  @Option(
    name: [.customShort("r"), .customLong("r")],
    help: ArgumentHelp(
      "Iterations, or thoughts, of every rollout (default: as trained).", valueName: "steps"))
  var steps: Int?

  @OptionGroup(title: "Perturbation") var perturbation: PerturbationOptions

  @Option(help: "Seed of noise, masks and the starts of --starts.")
  var sampleSeed: UInt64 = 0

  @Option(help: "Seed of the initial state, the first of --starts.")
  var seed: UInt64?

  @OptionGroup var seedForm: SeedFormOptions

  @Option(help: "Tokens of a prompt that differ: all, or last, the others being run once.")
  var positions = EnsemblePlan.Positions.all

  @Option(help: "With questions: tokens to write at most.")
  var tokens = 256

  @Option(help: "Runs side by side (default: as many as memory holds, up to 64).")
  var batch: Int?

  @Option(help: ArgumentHelp("Write the rollouts here.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("Do every n-th problem only, as in 1/4.", valueName: "i/n"))
  var shard: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Put the files of all shards together.", valueName: "files"))
  var merge: [String] = []

  func validate() throws {
    try NumberOption.check(samples, "samples", 2...SampledPlan.mostSamples)
    try NumberOption.check(completions, "completions", 1...CollectionPlan.mostCompletions)
    try NumberOption.check(steps, "r", 1...100_000)
    try NumberOption.check(tokens, "tokens", 1...1_000_000)
    try NumberOption.check(batch, "batch", 1...65_536)
    if out == "-" {
      throw ValidationError("--out takes a file, beside which work that is cut can be kept.")
    }
    if let shard, Shard(shard) == nil {
      throw ValidationError("--shard takes a part such as 1/4, not \"\(shard)\".")
    }
    if merge.isEmpty {
      if tasks.task == nil && tasks.problems == nil {
        throw ValidationError("Give --task NAME, --task all or --problems FILE.")
      }
    } else if tasks.task != nil || tasks.problems != nil || shard != nil || perturbation.isAnyGiven
    {
      throw ValidationError("--merge goes with --out alone.")
    }
  }

  func run() throws {
    var outputs = OutputSet()
    guard let file = try outputs.open(out, option: "--out") else { return }
    if !merge.isEmpty {
      let whole = try CollectedFile.merging(
        merge.map { (ByteLines.name(of: $0), try CollectedFile(path: $0)) })
      try whole.write(file)
      return try report(whole)
    }
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    do {
      try collect(file)
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func collect(_ file: OutputFile) throws {
    let checkpoint = try model.openCheckpoint()
    let understood = try model.plan(checkpoint)
    let thinksOnce = understood.facts.thoughts != nil
    if steps == nil, understood.facts.thoughts?.tokens.stop != nil {
      throw ValidationError(
        "This model ends its thoughts itself, and rollouts of a judge have one number of steps: give "
          + "--r, such as --r \(ThoughtFacts.usualCount).")
    }
    let set = try tasks.set(template: thinksOnce ? "{question}" : ProblemFile.defaultTemplate)
    let models = try model.evaluationModels(understood, checkpoint)
    guard let first = models.first else { return }
    let mark = EvaluationPlan.mark(
      of: understood, name: checkpoint.name, precision: model.precision)
    let plan = try plan(first.model, mark, set)
    let part = shard.flatMap(Shard.init) ?? .whole
    let output = CollectedOutput(
      path: out, plan: plan, set: set, shard: part,
      problems: tasks.problems.map(ByteLines.name), batch: batch)
    // What a run that was complete left is complete still.
    if let done = output.finished {
      StandardError.say("\(DisplayText.escape(out)) is complete already")
      return try report(done)
    }
    let collected = try output.make(file, models: models)
    try report(collected)
  }

  private func plan(
    _ model: any LatentModel, _ mark: String, _ set: ProblemSet
  ) throws -> CollectionPlan {
    let start = try start(model.facts)
    let plan = CollectionPlan(
      SampledPlan(
        model: mark, problems: set, samples: samples,
        iterations: steps ?? model.facts.defaultIterations, start: start,
        startOfCopies: try perturbation.start(of: start), drawsStarts: perturbation.starts,
        perturbations: try perturbation.perturbations(of: model), positions: positions,
        seed: sampleSeed, tokenLimit: tokens), completions: completions)
    try PerturbationOptions.checkDifferent(isPlain: plan.sampled.isPlain)
    if plan.isSettledAtTheStart {
      throw ValidationError(
        "All completions of a prefix would be the same: starts and noise on e are drawn before the "
          + "first iteration. Give --noise, --relative-noise, --dropout or --test-time-noise too.")
    }
    return plan
  }

  /// Where the first rollout starts.
  private func start(_ facts: ModelFacts) throws -> Start {
    if facts.hasFixedStart {
      if seed != nil { throw ModelError.fixedStart(asked: "a chosen state") }
      return facts.usualStart
    }
    if case .seeded(let usual, _, _) = facts.usualStart {
      return .seed(seed ?? usual, form: seedForm.form)
    }
    return seed.map { .seed($0, form: seedForm.form) } ?? facts.usualStart
  }

  /// - Throws: the exit status of a run that came to nothing.
  private func report(_ file: CollectedFile) throws {
    for line in CollectedReport(file).lines { try StandardOutput.say(line) }
    let diverged = file.count(.diverged)
    if diverged > 0 {
      StandardError.say(
        "\(diverged) of \(file.records.count) problems diverged: a rollout's states or logits are not "
          + "finite (NaN or infinity); less noise keeps them finite")
    }
    if file.kept.isEmpty {
      StandardError.say(
        "no problem was kept: on none some rollouts are right and some wrong; other levels, more "
          + "--samples or other noise give some")
    }
    if !file.records.isEmpty, file.leftOut + diverged == file.records.count { throw ExitCode(1) }
  }
}
