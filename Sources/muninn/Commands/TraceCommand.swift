import ArgumentParser
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
      {id, text, p}. Unknown values are null, and so is what \
      is NaN or infinite: a run that diverged has no argmax and an empty top from there on, and the \
      exit status is 1. Of models with an \
      exit gate, from iteration 1 on: exit_lambda, the chance to stop here, and exit_cdf, the chance \
      to have stopped by now.
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
    let workbench = try Workbench.open(
      try model.openCheckpoint(), team: model.team(), start: start,
      precision: model.precision, addSpecialTokens: !noSpecial)
    let (recorder, trajectory, _) = try workbench.begin(
      try prompt.source(), start: start.start(), candidates: top)
    let records = try jsonl.map { try TraceRecords(path: $0, codec: workbench.codec) }
    try records?.write(trajectory.steps[0], tokens: trajectory.tokens)
    var states = [trajectory.steps[0].state]
    let iterations = steps ?? workbench.summary.defaultIterations
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    var divergence = trajectory.divergence
    for _ in 0..<iterations {
      let step = try recorder.advance()
      divergence = divergence ?? Divergence(in: step)
      try records?.write(step, tokens: trajectory.tokens)
      if save != nil { states.append(step.state) }
    }
    try records?.finish()
    if let save {
      try SavedStates(recorder: recorder, states: states).write(
        to: save, withLogits: logits, trajectory: trajectory, model: workbench.summary.name)
    }
    // All of it is written: what led there is what one looks for.
    if let divergence { throw divergence }
  }
}
