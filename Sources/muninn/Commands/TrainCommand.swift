import ArgumentParser
import Checkpoints
import Explorer
import Foundation
import Tensors
import Training

extension ModelExport.Precision: ExpressibleByArgument {}

/// Trains a small model, of recurrent depth or of continuous thoughts.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a small model, by a recipe or from tasks or a text.",
    discussion: """
      Writes a model directory that muninn and the published model class read:

        muninn train --task parity --out DIR --watch

      The run can be cut at any moment and gone on with: muninn train --out DIR --resume. The same \
      recipe gives the same bytes, however often it was cut, however many threads it had, watched \
      or not. Ctrl-C stops after the step at hand and saves.

      Recipes also make models of continuous thoughts (architecture.kind "continuous-thought"): the \
      steps of written solutions are replaced by thoughts, stage after stage.
      """)

  @OptionGroup(title: "What to learn") var source: RecipeOptions

  @Option(help: ArgumentHelp("The folder to train in.", valueName: "dir"))
  var out: String

  @Flag(help: "Go on with the run in the folder.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Steps in all.",
      discussion: "With a recipe file, stop there; the run can be gone on with.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Stop, saved, after so many minutes.", valueName: "m"))
  var minutes: Double?

  @Option(
    help: ArgumentHelp(
      "Steps between checkpoints; one is written every minute besides.", valueName: "n"))
  var saveSteps = 1_000

  @Option(
    help: ArgumentHelp(
      "How the model's weights are stored.",
      discussion: "bfloat16 halves the file; training and checkpoints stay as they are.",
      valueName: "type"))
  var exportPrecision = ModelExport.Precision.float32

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  @Flag(help: "Print each record of the history as a line of JSON.")
  var json = false

  @Flag(help: "Watch it on a screen: loss, accuracy, the latent path of a prompt.")
  var watch = false

  @Option(
    help: ArgumentHelp(
      "The prompt to watch (default: one of a task that is learned).", valueName: "text"))
  var watchPrompt: String?

  @OptionGroup(title: "Screen of --watch") var look: LookOptions

  func validate() throws {
    for (option, value) in [("out", out), ("recipe", source.recipe), ("text", source.text)]
    where value?.isEmpty == true {
      throw ValidationError("--\(option) takes a path; it is empty.")
    }
    if watch && json { throw ValidationError("--watch takes the screen; leave out --json.") }
    if watchPrompt != nil && !watch { throw ValidationError("--watch-prompt needs --watch.") }
    if saveSteps < 1 { throw ValidationError("--save-steps takes a number above 0.") }
    if let steps, steps < 1 { throw ValidationError("--steps takes a number above 0.") }
    if let minutes, !(minutes > 0 && minutes.isFinite) {
      throw ValidationError("--minutes takes a number above 0.")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024, not \(threads).")
    }
  }

  func run() throws {
    if watch { try TrainingApp.checkTerminal() }
    let (recipe, text) = try source.open(resuming: resume ? out : nil, steps: steps)
    let prompt = watch ? try TrainingWatch.prompt(watchPrompt, for: recipe) : ""
    var options = TrainingRun.Options()
    options.stopAfter = minutes.map { $0 * 60 }
    options.stopAtStep = steps
    options.saveEvery = saveSteps
    options.exportPrecision = exportPrecision
    let team = threads.map { ThreadTeam(count: $0) } ?? ThreadTeam()
    let run = try TrainingRun(
      recipe: recipe, text: text, directory: out, resumes: resume, options: options, team: team)
    let (ending, status) = try watch ? show(run, prompt: prompt) : report(run)
    try finish(ending, status: status, step: run.trainer.state.step, of: recipe)
  }

  /// Trains, and says how it goes on standard output.
  /// - Returns: how it ended, and the status of a signal that ended it.
  private func report(_ run: TrainingRun) throws -> (TrainingRun.Ending, status: Int32) {
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    let isLive = !json && isatty(STDOUT_FILENO) != 0
    var progress = TrainingProgress(recipe: run.recipe, isLive: isLive)
    let ending = try run.run(
      isCancelled: Interruption.control.isCancelled,
      onEvent: { event in
        if !json {
          progress.take(event)
        } else if case .record(let record) = event {
          StandardOutput.offer(record.json.serialized() + "\n")
        }
      })
    progress.finish()
    return (ending, ending == .interrupted ? Interruption.exitStatus : 0)
  }

  /// Trains, and shows how it goes on a screen.
  private func show(
    _ run: TrainingRun, prompt: String
  ) throws -> (TrainingRun.Ending, status: Int32) {
    var options = ExplorerOptions(prompt: .text(""), start: .usual)
    options.usesMouse = false
    look.apply(to: &options)
    let watch = TrainingWatch(run: run, prompt: prompt)
    let (ending, signal) = try watch.show(options)
    let status = signal.map { 128 + $0 } ?? 0
    guard let ending else {
      StandardError.say("left at once; go on from the last checkpoint with \(resumeHint)")
      throw ExitCode(status)
    }
    return (ending, status)
  }

  private var resumeHint: String {
    let storage =
      exportPrecision == .float32 ? "" : " --export-precision \(exportPrecision.rawValue)"
    return "muninn train --out \(out) --resume\(storage)"
  }

  private func finish(
    _ ending: TrainingRun.Ending, status: Int32, step: Int, of recipe: TrainingRecipe
  ) throws {
    switch ending {
    case .finished: StandardError.say("\(out) holds the model: muninn --model \(out)")
    case .paused, .interrupted:
      StandardError.say(
        "stopped after step \(step) of \(recipe.steps), saved; go on with \(resumeHint)")
    }
    if status != 0 { throw ExitCode(status) }
  }
}
