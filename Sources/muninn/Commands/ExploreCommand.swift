import ArgumentParser
import Checkpoints
import Engine
import Explorer
import Foundation
import LatentModels
import ParallelScaling
import RunFiles
import Trajectories

/// The explorer, and what the program does without a subcommand.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Watch a prompt being thought about, one iteration at a time (the default).")

  @Argument(help: "The prompt, or a run file (.muninn) to go on with.")
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

  @Flag(help: "Go on with the session that was left last.")
  var last = false

  @Flag(
    help: ArgumentHelp(
      "Open a run file of another model too, beside the same prompt on the model at hand; where their tokens "
        + "are others, to look at it and no more."))
  var anyway = false

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

  @Option(
    name: .customLong("do"), parsing: .singleValue,
    help: ArgumentHelp(
      "Do this when the first run is there, as it is typed after the colon; several in turn.",
      valueName: "command"))
  var acts: [String] = []

  @Flag(
    help: ArgumentHelp(
      "No screen: a command a line on standard input, answered in lines of plain text, for pipes and for "
        + "those who hear the screen."))
  var plain = false

  @OptionGroup(title: "Screen") var screen: ScreenOptions

  func validate() throws {
    if let steps, !(1...100_000).contains(steps) {
      throw ValidationError("--steps takes a number from 1 to 100000, not \(steps).")
    }
    let given = [prompt, promptOption, promptFile, promptIds].compactMap(\.self).count
    if last, given > 0 {
      throw ValidationError("--last goes on with the session before; give it no prompt or file.")
    }
    if anyway, !last, runFile == nil {
      throw ValidationError("--anyway goes with a run file or --last.")
    }
    if runFile != nil || last {
      guard steps == nil, start.seed == nil, !start.zeroState else {
        throw ValidationError(
          "A run file says itself where its runs start and how far they went; e and l go on.")
      }
    }
    if given > 1 {
      throw ValidationError(
        "Give the prompt once: as text, with --prompt, --prompt-file or --prompt-ids.")
    }
    if promptFile == "-" {
      throw ValidationError(
        "The explorer reads keys from standard input; --prompt-file takes the path of a file here.")
    }
    if let promptIds { _ = try TokenIDs.parse(promptIds) }
  }

  /// The run file that the argument names; nil where it is a prompt.
  private var runFile: String? { prompt.flatMap { RunFile.isOne($0) ? $0 : nil } }

  func run() throws {
    let file = try last ? OpenedRun.lastSession() : runFile
    if let file { return try explore(file) }
    let source: PromptSource =
      if let promptIds { .ids(try TokenIDs.parse(promptIds)) } else if let promptFile {
        .text(try PromptFile.read(promptFile))
      } else {
        .text(prompt ?? promptOption ?? ExploreDefaults.prompt)
      }
    let settings = try Configuration.ofUser()
    var model = self.model
    model.model = model.model ?? settings.model
    try explore(try model.openCheckpoint(), model, settings) { options in
      options.prompt = source
    }
  }

  /// Opens a run file, with the model that made it where that is at hand.
  private func explore(_ file: String) throws {
    let settings = try Configuration.ofUser()
    let opened = try OpenedRun(
      file, model: model, settings: settings,
      other: anyway ? .compared : .refused)
    func name(_ options: inout ExplorerOptions) {
      options.file = file
      options.opensAnyway = anyway
      options.noModel = opened.noModel
    }
    if let (checkpoint, model) = opened.model {
      return try explore(checkpoint, model, settings, change: name)
    }
    let service = ReadingService(opened.file, noModel: opened.noModel ?? "there is no model")
    let gallery = try Gallery.read(gallery, for: opened.file.manifest.summary.tasks)
    try show(service, gallery, settings, change: name)
  }

  private func explore(
    _ checkpoint: Checkpoint, _ model: ModelOptions, _ settings: Configuration,
    change: (inout ExplorerOptions) -> Void
  ) throws {
    let gallery = try Gallery.read(gallery, for: checkpoint.trainedTasks)
    // A wrong configuration or tensor is told on the plain terminal, before the screen is taken.
    let plan = try model.plan(checkpoint)
    let team = model.team()
    var judges: [String: any Judge] = [:]
    if let judge {
      judges[judge] = try NamedJudge.open(
        judge, for: plan.facts, packing: WeightPacking(team: team), warn: StandardError.say)
    }
    let service = ComputeThread.opening(
      checkpoint, plan, as: model, start: start, team: team, memory: memory?.bytes, judges: judges)
    // As the folder that is looked at now is no part of a name.
    let source = model.model.map { name in
      FileSystem.exists(name) ? URL(fileURLWithPath: name).path : name
    }
    try show(service, gallery, settings, source: source, change: change)
  }

  private func show(
    _ service: any ComputeService, _ gallery: [GalleryEntry], _ settings: Configuration,
    source: String? = nil, change: (inout ExplorerOptions) -> Void
  ) throws {
    var options = screen.options(
      prompt: .text(ExploreDefaults.prompt), start: start.start(), iterations: steps)
    options.gallery = gallery
    options.log = log
    options.apply(settings)
    options.version = Muninn.configuration.version
    options.judge = judge
    options.keepsSession = true
    options.modelSource = source
    options.openedWith = model.words
    if !acts.isEmpty { options.replay = try Acts.read(acts) }
    options.offersTour = true
    change(&options)
    defer { service.shutDown() }
    if plain { return try PlainSession.run(options, service: service) }
    let code = ExplorerApp.run(options, service: service)
    if code != 0 { throw ExitCode(code) }
  }
}
