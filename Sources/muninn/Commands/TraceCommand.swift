import ArgumentParser
import Checkpoints
import Glibc
import LatentModels
import Tensors
import Trajectories

/// The headless twin of the explorer: the same run, as records.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Run a prompt without a screen and write every iteration as records.",
    discussion: """
      One JSON object a line for every (iteration, token), iteration 0 being the initial state: \
      schema, iteration, token, id, text, norm, residual, relative_residual, cosine, entropy (nats), \
      kl (nats, from the prediction before; from uniform at iteration 1), argmax, and top, a list of \
      {id, text, p}. The texts of a prompt's tokens joined are the prompt; of a token that is a part of \
      a letter, bytes are beside. Unknown values are null, and so is what \
      is NaN or infinite: a run that diverged has no argmax and an empty top from there on, and the \
      exit status is 1. Of models with an \
      exit gate, from iteration 1 on: exit_lambda, the chance to stop here, and exit_cdf, the chance \
      to have stopped by now.

      Ctrl-C ends the run after the iteration at hand; what was computed is written whole.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Start") var start: StartOptions

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
    if logits && save == nil { throw ValidationError("--logits goes with --save FILE.") }
  }

  func run() throws {
    var outputs = OutputSet()
    let recordFile = try outputs.open(jsonl, option: "--jsonl")
    let stateFile = try outputs.open(save, option: "--save")
    let workbench = try Workbench.open(
      try model.openCheckpoint(), team: model.team(), start: start,
      precision: model.precision, addSpecialTokens: !noSpecial)
    let source = try prompt.source()
    let iterations = steps ?? workbench.summary.defaultIterations
    try checkRoom(workbench, source, iterations)
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    let (recorder, trajectory, _) = try workbench.begin(
      source, start: start.start(), candidates: top)
    let records = recordFile.map { TraceRecords($0, codec: workbench.codec) }
    let saved = try stateFile.map {
      try SavedStates(for: $0, recorder: recorder, withLogits: logits)
    }
    // Records that cannot be written any more do not take the states along.
    var lost: OutputError?
    func record(_ step: Step) throws {
      guard lost == nil else { return }
      do { try records?.write(step, tokens: trajectory.tokens) } catch let error as OutputError {
        guard saved != nil else { throw error }
        lost = error
      }
    }
    try record(trajectory.steps[0])
    try saved?.append(trajectory.steps[0].state)
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    var isInterrupted = false
    var divergence = trajectory.divergence
    do {
      for _ in 0..<iterations {
        let step = try recorder.advance(control: Interruption.control)
        recorder.forgetEarlierStates()
        divergence = divergence ?? Divergence(in: step)
        try record(step)
        try saved?.append(step.state)
      }
    } catch is CancellationRequested {
      isInterrupted = true
    }
    try OutputSet.each(
      {
        if let lost { throw lost }
        try records?.finish()
      },
      { try saved?.write(trajectory: trajectory, model: workbench.summary.name) })
    if isInterrupted {
      StandardError.say(
        "stopped after iteration \(recorder.iteration) of \(iterations); so far it is written")
      throw ExitCode(Interruption.exitStatus)
    }
    // All of it is written: what led there is what one looks for.
    if let divergence { throw divergence }
  }

  /// Refuses what would not fit in memory or, saved, on the disk.
  private func checkRoom(
    _ workbench: Workbench, _ source: PromptSource, _ iterations: Int
  ) throws {
    let facts = workbench.model.facts
    let ids =
      switch source {
      case .ids(let ids): ids
      case .text(let text): try workbench.codec.encode(text)
      }
    // Too long a prompt is refused as such.
    guard ids.count <= facts.maximumTokens else { return }
    try WorkForecast.checkTrace(facts, tokens: ids.count, withLogits: logits)
    guard let save else { return }
    try WorkForecast.checkSave(
      facts, to: save, tokens: ids.count, iterations: iterations, withLogits: logits,
      available: DiskRoom.available(at: save))
  }
}
