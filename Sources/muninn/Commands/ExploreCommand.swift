import ArgumentParser
import Engine
import Explorer
import LatentModels
import ParallelScaling
import Trajectories

/// The explorer, and what the program does without a subcommand.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Watch a prompt being thought about, one iteration at a time (the default).")

  @Argument(help: "The prompt.")
  var prompt: String?

  @Option(
    name: [.customShort("p"), .customLong("prompt")],
    help: "The prompt, as the other commands take it.")
  var promptOption: String?

  @Option(
    name: [.customShort("f"), .long], help: "A file holding the prompt, taken byte for byte.")
  var promptFile: String?

  @Option(help: "The prompt as token ids: 1,2,3. Nothing is added to them.")
  var promptIds: String?

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Start") var start: StartOptions

  @Option(
    name: [.customShort("r"), .long], help: "Iterations to run (default: as the model was trained)."
  )
  var steps: Int?

  @Option(
    help: ArgumentHelp("A list of prompts for G, in place of the one inside.", valueName: "file"))
  var gallery: String?

  @Option(
    help: ArgumentHelp(
      "Memory for states, keys and values, such as 512M or 2G; what does not fit is computed again.",
      valueName: "size"))
  var memory: MemorySize?

  @Option(
    help: ArgumentHelp(
      "Write every act to this file, for `muninn replay` to do again.", valueName: "file"))
  var log: String?

  @Option(
    help: ArgumentHelp(
      "Who scores the copies that S makes: a reward model's directory or file, or "
        + PathJudge.all.map(\.name).joined(separator: ", ") + ".", valueName: "judge"))
  var judge: String?

  @OptionGroup(title: "Screen") var screen: ScreenOptions

  func validate() throws {
    if let steps, !(1...100_000).contains(steps) {
      throw ValidationError("--steps takes a number from 1 to 100000, not \(steps).")
    }
    if [prompt, promptOption, promptFile, promptIds].compactMap(\.self).count > 1 {
      throw ValidationError(
        "Give the prompt once: as text, with --prompt, --prompt-file or --prompt-ids.")
    }
    if promptFile == "-" {
      throw ValidationError(
        "The explorer reads keys from standard input; --prompt-file takes the path of a file here.")
    }
    if let promptIds { _ = try TokenIDs.parse(promptIds) }
  }

  func run() throws {
    let source: PromptSource =
      if let promptIds { .ids(try TokenIDs.parse(promptIds)) } else if let promptFile {
        .text(try PromptFile.read(promptFile))
      } else {
        .text(prompt ?? promptOption ?? ExploreDefaults.prompt)
      }
    let settings = try Configuration.ofUser()
    var model = self.model
    model.model = model.model ?? settings.model
    let checkpoint = try model.openCheckpoint()
    let gallery = try Gallery.read(gallery, for: checkpoint.trainedTasks)
    // A wrong configuration or tensor is told on the plain terminal, before the screen is taken.
    let plan = try model.plan(checkpoint)
    let start = start
    let (team, precision) = (model.team(), model.precision)
    var judges: [String: any Judge] = [:]
    if let judge {
      judges[judge] = try NamedJudge.open(
        judge, for: plan.facts, packing: WeightPacking(team: team), warn: StandardError.say)
    }
    let service = ComputeThread(memory: memory?.bytes, judges: judges) { report in
      try Workbench.open(
        checkpoint, plan: plan, team: team, start: start, precision: precision,
        tell: { _ in }
      ) { done, total in
        report(Double(done) / Double(max(1, total)), "reading \(checkpoint.name)")
      }
    }
    var options = screen.options(
      prompt: source, start: start.start(), iterations: steps)
    options.gallery = gallery
    options.log = log
    options.apply(settings)
    options.version = Muninn.configuration.version
    options.judge = judge
    let code = ExplorerApp.run(options, service: service)
    service.shutDown()
    if code != 0 { throw ExitCode(code) }
  }
}
