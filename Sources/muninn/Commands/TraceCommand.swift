import ArgumentParser
import Checkpoints
import Engine
import Glibc
import LatentModels
import Tensors
import Trajectories

/// The headless twin of the explorer: the same run, as records.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Run prompts without a screen and write every iteration as records.",
    discussion: """
      One JSON object a line for every (iteration, run, token), iteration 0 being the initial state: \
      schema, run, iteration, token, id, text, norm, residual, relative_residual, cosine, entropy (nats), \
      kl (nats, from the prediction before; from uniform at iteration 1), argmax, and top, a list of \
      {id, text, p}. The texts of a prompt's tokens joined are the prompt; of a token that is a part of \
      a letter, bytes are beside. Unknown values are null, and so is what \
      is NaN or infinite: a run that diverged has no argmax and an empty top from there on, and the \
      exit status is 1. Of models with an \
      exit gate, from iteration 1 on: exit_lambda, the chance to stop here, and exit_cdf, the chance \
      to have stopped by now.

      Several prompts, or --seeds, are several runs, computed together to the numbers that each has \
      alone. They are numbered from 0: the first prompt from every seed, then the second.

      Ctrl-C ends the run after the iteration at hand; what was computed is written whole.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptsOptions
  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Start") var several: SeedsOption

  @Option(
    name: [.customShort("r"), .long], help: "Iterations (default: as the model was trained).")
  var steps: Int?

  @Option(help: "Candidates listed per record.")
  var top = 5

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  @Option(help: ArgumentHelp("Write records here; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Option(
    help: ArgumentHelp(
      "Write the states [iterations + 1, tokens, width] to a safetensors file.", valueName: "file"))
  var save: String?

  @Flag(help: "With --save: write the logits [iterations, tokens, vocabulary] too.")
  var logits = false

  func validate() throws {
    if let steps, !(0...1_000_000).contains(steps) {
      throw ValidationError("--steps takes a number from 0 to 1000000, not \(steps).")
    }
    if !(1...1_000_000).contains(top) {
      throw ValidationError("--top takes a number from 1 to 1000000, not \(top).")
    }
    if jsonl == nil && save == nil {
      throw ValidationError("Nothing to write: give --jsonl FILE (or -) or --save FILE.")
    }
    if several.seeds != nil, start.start() != .usual {
      throw ValidationError(
        "Give at most one of --seeds, --seed, --zero-state and --initial-state.")
    }
    let runs = prompt.count * (try several.list()?.count ?? 1)
    if save != nil, runs > 1 {
      throw ValidationError(
        "--save keeps the states of one run, and these are \(runs): give one prompt and one seed.")
    }
    if logits && save == nil { throw ValidationError("--logits goes with --save FILE.") }
  }

  func run() throws {
    var outputs = OutputSet()
    let recordFile = try outputs.open(jsonl, option: "--jsonl")
    let stateFile = try outputs.open(save, option: "--save")
    let workbench = try Workbench.open(
      try model.openCheckpoint(), team: model.team(), start: start,
      precision: model.precision, addSpecialTokens: !noSpecial)
    let starts = try several.list()?.map { .seed($0, form: start.seedForm.form) } ?? [start.start()]
    let iterations = steps ?? workbench.summary.defaultIterations
    let beginnings = try prompt.sources().flatMap { source in
      starts.map { Beginning.source(source, $0) }
    }
    try checkRoom(workbench, beginnings, iterations)
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    // Nobody looks back: nothing but the last states is kept.
    let engine = Engine(workbench, candidates: top, budget: 0)
    let runs = try engine.begin(beginnings)
    let lineages = runs.map { Lineage($0.0) }
    let records = recordFile.map { file in
      runs.indices.map { TraceRecords(file, codec: workbench.codec, run: $0) }
    }
    let saved = try stateFile.map {
      try SavedStates(for: $0, engine: engine, lineage: lineages[0], withLogits: logits)
    }
    // Records that cannot be written any more do not take the states along.
    var lost: OutputError?
    func record(_ steps: [Step]) throws {
      try saved?.append(try engine.state(lineages[0], steps[0].iteration))
      guard lost == nil, let records else { return }
      do {
        for (run, step) in steps.enumerated() {
          try records[run].write(step, tokens: runs[run].1.tokens)
        }
      } catch let error as OutputError {
        guard saved != nil else { throw error }
        lost = error
      }
    }
    try record(runs.map { $0.1.steps[0] })
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    var done = 0
    var divergences = runs.map(\.1.divergence)
    do {
      while done < iterations {
        let steps = try engine.step(lineages, to: done + 1, control: Interruption.control)
        done += 1
        for (run, step) in steps.enumerated() where divergences[run] == nil {
          divergences[run] = Divergence(in: step)
        }
        try record(steps)
      }
    } catch is CancellationRequested {}
    try OutputSet.each(
      {
        if let lost { throw lost }
        try recordFile?.finish()
      },
      { try saved?.write(trajectory: runs[0].1, model: workbench.summary.name) })
    if done < iterations {
      StandardError.say(
        "stopped after iteration \(done) of \(iterations); so far it is written")
      throw ExitCode(Interruption.exitStatus)
    }
    // All of it is written: what led there is what one looks for.
    for (run, divergence) in divergences.enumerated() where runs.count > 1 {
      if let divergence { StandardError.say("run \(run): \(divergence.words)") }
    }
    if let divergence = divergences.compactMap({ $0 }).first { throw divergence }
  }

  /// Refuses what would not fit in memory or, saved, on the disk.
  private func checkRoom(
    _ workbench: Workbench, _ beginnings: [Beginning], _ iterations: Int
  ) throws {
    let facts = workbench.model.facts
    let counts = try beginnings.map { try workbench.tokenCount($0) }
    // Too long a prompt is refused as such.
    guard counts.allSatisfy({ $0 <= facts.maximumTokens }) else { return }
    let tokens = counts.reduce(0, +)
    try WorkForecast.checkTrace(facts, tokens: tokens, withLogits: logits)
    guard let save else { return }
    try WorkForecast.checkSave(
      facts, to: save, tokens: tokens, iterations: iterations, withLogits: logits,
      available: DiskRoom.available(at: save))
  }
}
