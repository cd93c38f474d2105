import ArgumentParser
import Checkpoints
import Engine
import Explorer
import Exports
import Glibc
import LatentModels
import Trajectories

/// What leaves the program, without a screen.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Write runs in other programs' formats: tables, arrays, pictures, a page.",
    discussion: """
      RUN is a run file (`:save`, trace --save-run), whose runs are written as they are; what is not in it \
      is computed where its model is at hand, and left out elsewhere. Without it, prompts are run.

      Several formats can be written at once, of the same runs. --jsonl has the records of `trace --to-last`; \
      --csv a row for every (run, iteration, token) with a column for every metric (--columns lists and \
      explains them; fields that are undefined are empty, texts are escaped as on the screen, with a ' \
      before what a spreadsheet would take for a formula); --npz, of run \
      N, runN/states and runN/normed [iterations + 1, tokens, width], runN/NAME [iterations + 1, tokens] for \
      every metric (NaN where undefined), runN/argmax (-1 where nothing is said), runN/ids, runN/texts and \
      runN/positions, and metrics, units, runs, words and model for all; --html one page that needs neither \
      this program nor a network, of at most 60000 tokens × iterations.

      --svg, --png, --text and --ansi are pictures of the explorer's screen, or of one --pane of it, after the \
      first prompt was run, and --do or --log done; --cast is that run in time, as asciinema plays it.

      Files that are there stay, unless --force is given; all are written whole or not at all.
      """)

  @Argument(help: ArgumentHelp("A run file, in place of prompts.", valueName: "run"))
  var saved: String?

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptsOptions
  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Start") var several: SeedsOption

  @Option(
    name: [.customShort("r"), .long], help: "Iterations (default: as the model was trained).")
  var steps: Int?

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Export the run with an edit too; several are made in turn.", valueName: "edit"))
  var edit: [String] = []

  @OptionGroup(title: "Files") var files: ExportOptions
  @OptionGroup(title: "Pictures") var picture: PictureOptions

  @Flag(help: "List the columns of --csv with their units, and write nothing.")
  var columns = false

  func validate() throws {
    if columns { return }
    if let steps, !(1...100_000).contains(steps) {
      throw ValidationError("--steps takes a number from 1 to 100000, not \(steps).")
    }
    if files.wanted.isEmpty {
      let names = Exporter.all.map { "--\($0.name)" }.joined(separator: ", ")
      throw ValidationError("Nothing to write: give \(names), or several of them, and a file.")
    }
    let seen = files.wanted.filter { !$0.exporter.isOfRuns }
    if saved != nil {
      let isPlain =
        prompt.isEmpty && several.seeds == nil && start.start() == .usual && steps == nil
        && !noSpecial
        && edit.isEmpty && picture.log == nil
      guard isPlain else {
        throw ValidationError(
          "A run file says itself what was run: with it go --model, files, and --pane and --do.")
      }
    } else if picture.log == nil {
      try prompt.require()
    } else if !prompt.isEmpty || seen.count < files.wanted.count {
      throw ValidationError(
        "A log says itself what is run: --log goes with --svg, --png, --text, --ansi and --cast, and "
          + "without a prompt.")
    }
    if several.seeds != nil, start.start() != .usual {
      throw ValidationError(
        "Give at most one of --seeds, --seed, --zero-state and --initial-state.")
    }
    for text in edit { _ = try EditOption.parse(text) }
    let runs = prompt.count * (try several.list()?.count ?? 1)
    if let first = seen.first, runs > 1 {
      throw ValidationError(
        "--\(first.exporter.name) shows one run, and these are \(runs): give one prompt and one seed; "
          + "--do asks for more.")
    }
    if let first = seen.first, !edit.isEmpty {
      throw ValidationError(
        "--\(first.exporter.name) shows what --do leads to: --do \"edit \(edit[0])\".")
    }
    if seen.isEmpty, picture.pane != nil || picture.log != nil || !picture.acts.isEmpty {
      throw ValidationError(
        "--pane, --do and --log go with pictures: --svg, --png, --text, --ansi or --cast.")
    }
  }

  func run() throws {
    if columns {
      for column in CSVTable.columns([.gate, .second, .lengths]) {
        try StandardOutput.data("\(column.name)\t\(column.unit)\t\(column.explanation)")
      }
      return
    }
    if let saved { return try export(saved) }
    let outputs = try files.open()
    let checkpoint = try model.openCheckpoint()
    let workbench = try Workbench.open(
      checkpoint, team: model.team(), start: start, precision: model.precision,
      addSpecialTokens: !noSpecial)
    let sources = prompt.isEmpty ? [] : try prompt.sources()
    let starts = try several.list()?.map { .seed($0, form: start.seedForm.form) } ?? [start.start()]
    let beginnings = sources.flatMap { source in starts.map { Beginning.source(source, $0) } }
    let iterations = steps ?? workbench.summary.defaultIterations
    let counts = try beginnings.map { try workbench.tokenCount($0) }
    for (exporter, _) in outputs {
      try exporter.check(cells: counts.reduce(0, +) * (iterations + 1))
    }
    if counts.allSatisfy({ $0 <= workbench.model.facts.maximumTokens }) {
      try WorkForecast.checkTrace(
        workbench.model.facts, tokens: counts.reduce(0, +), withLogits: false)
    }
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    let wish = ExportedSource.Wish(
      beginnings: beginnings, iterations: iterations, edits: edit, endsItself: steps == nil,
      session: try session(sources.first, starts[0]),
      gallery: try Gallery.read(nil, for: checkpoint.trainedTasks), isFilmed: picture.log != nil)
    try write(outputs, from: .computed(wish, on: workbench))
  }

  /// Writes runs of a file.
  private func export(_ path: String) throws {
    let opened = try OpenedRun(
      path, model: model, settings: try Configuration.ofUser(), other: .looked)
    let outputs = try files.open()
    let gallery = try Gallery.read(nil, for: opened.file.manifest.summary.tasks)
    try write(
      outputs,
      from: .saved(opened, at: path, session: try session(nil, .usual), gallery: gallery))
  }

  /// Writes what was opened; nothing is complete before all that it is made of is there.
  private func write(
    _ outputs: [(exporter: Exporter, file: OutputFile)], from source: ExportedSource
  ) throws {
    let needs = outputs.reduce(ExportNeeds()) { $0.union($1.exporter.needs) }
    let runs = outputs.contains { $0.exporter.isOfRuns } ? try source.runs(needs) : nil
    let screen = outputs.contains { !$0.exporter.isOfRuns } ? try pictures(source) : nil
    for (exporter, file) in outputs {
      let content: ExportContent? =
        switch exporter.make {
        case .runs: runs.map { .runs($0) }
        case .picture: try screen.map { .picture(try $0.picture(of: picture.pane)) }
        case .film: screen.map { .film(picture.log == nil ? $0.film : $0.sessionFilm) }
        }
      guard let content else { continue }
      try exporter.write(content) { try file.write($0) }
      try file.finish()
    }
    for run in runs?.runs ?? [] {
      if let divergence = run.trajectory.divergence {
        StandardError.say("run \(run.number): \(divergence.words)")
      }
    }
    if runs?.runs.contains(where: { $0.trajectory.divergence != nil }) ?? false {
      throw ExitCode(1)
    }
  }

  private func pictures(_ source: ExportedSource) throws -> SessionPictures {
    do {
      return try source.screen()
    } catch let problem as LogProblem {
      throw LogFailure(log: picture.log ?? "--do", problem: problem)
    }
  }

  /// The session whose end is seen, or that is a film.
  private func session(_ prompt: PromptSource?, _ start: Start) throws -> SessionLog {
    let prompt = prompt ?? .text(ExploreDefaults.prompt)
    var session: SessionLog
    do {
      if let log = picture.log {
        session = try SessionLog(parsing: try PromptFile.read(log))
        session.begin(with: prompt)
      } else {
        session = try SessionLog(
          prompt: prompt, start: start, iterations: steps, acts: picture.acts)
      }
    } catch let problem as LogProblem {
      throw LogFailure(log: picture.log ?? "--do", problem: problem)
    }
    session.show(size: try picture.grid(), theme: picture.theme, glyphs: picture.glyphs)
    return session
  }
}

extension Exporter {
  /// Whether it is made of runs, and not of what is seen of them.
  var isOfRuns: Bool {
    if case .runs = make { true } else { false }
  }
}
