import ArgumentParser
import Checkpoints
import Engine
import Evaluation
import Glibc
import LatentModels
import Trajectories

/// Says which token's state, at which iteration, carries the answer.
struct CauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cause",
    abstract: "Find which token's state, at which iteration, carries the answer.",
    discussion: """
      Two runs with as many tokens: the clean one of the prompt, and a corrupted one, from another \
      prompt, seed, noise on what the iterations read of the prompt, or several of these. Each state of the clean run is put into the corrupted one, which goes on \
      from there with its own prompt; what comes back of the clean answer at the end is a cell. Once: \
      put back after that iteration alone, which models that inject their prompt at every iteration \
      soon forget. With --hold: after that and all that follow. With --site, what lies at a place \
      inside the iteration is put back instead: core.1 (the stream after block 1), core.1.attention, \
      core.1.feed-forward, adapter.

      Prints the share that comes back by --measure, 0 as corrupted and 1 as clean, tokens down and \
      iterations across. --jsonl writes all numbers: first one object with schema, kind, site, answer, \
      other, last, clean_p, clean_logit_difference, corrupt_p, corrupt_logit_difference, model, clean \
      and corrupted (what made the runs), then one for each cell: schema, token, iteration, p (of the answer), logit_difference (the answer's logit \
      less the other one's) and share_p and share_logit_difference.

      Ctrl-C ends it after the cells at hand; what was computed is written whole. With --resume the \
      same command takes the cells that FILE has and computes those that are missing, to the same bytes; \
      FILE is then written on the way too.
      """)

  static let schema = "muninn.cause/1"

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Start") var start: StartOptions

  @Option(help: "The corrupted prompt, as text.")
  var corruptPrompt: String?

  @Option(help: "The corrupted prompt, as token ids.")
  var corruptIds: String?

  @Option(help: "The corrupted run starts from this seed.")
  var corruptSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "The corrupted run has Gaussian noise on e, the prelude's output, of every token: so many times e's "
        + "root mean square there.", valueName: "share of rms(e)"))
  var corruptNoise: Float?

  @Option(help: "Seed of the noise (default: 0).")
  var corruptNoiseSeed: UInt64?

  @Option(
    name: [.customShort("r"), .long],
    help: "Iterations after which runs are read out (default: as the model was trained).")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Iterations at which states are put back, such as 0-4,8 (default: all).",
      valueName: "iterations"))
  var at: String?

  @Flag(help: "Put states back after all following iterations too.")
  var hold = false

  @Option(help: "Put back what lies at a place inside the iteration instead of its state.")
  var site: String?

  @Option(help: "The token id of the answer (default: what the clean run says).")
  var answer: Int?

  @Option(help: "The token id it is held against (default: what the corrupted run says).")
  var other: Int?

  @Option(help: "What the printed shares are of: logit-difference or probability.")
  var measure = "logit-difference"

  @Option(help: ArgumentHelp("Write all numbers here; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Flag(help: "Take the cells that the --jsonl file has, and compute only those that are missing.")
  var resume = false

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  private var chosenMeasure: CausalMap.Measure? {
    CausalMap.Measure.allCases.first { $0.rawValue.replacing(" ", with: "-") == measure }
  }

  func validate() throws {
    if let steps, !(1...1_000_000).contains(steps) {
      throw ValidationError("--steps takes a number from 1 to 1000000, not \(steps).")
    }
    if corruptPrompt == nil, corruptIds == nil, corruptSeed == nil, corruptNoise == nil {
      throw ValidationError(
        "Nothing is corrupted: give --corrupt-prompt, --corrupt-ids, --corrupt-seed or --corrupt-noise."
      )
    }
    if let corruptNoise, !(corruptNoise > 0 && corruptNoise.isFinite) {
      throw ValidationError(
        "--corrupt-noise takes how large noise is, as a share of e, such as 0.5, not \(corruptNoise)."
      )
    }
    if corruptNoiseSeed != nil, corruptNoise == nil {
      throw ValidationError("--corrupt-noise-seed goes with --corrupt-noise, which says how large.")
    }
    if resume, jsonl == nil || jsonl == "-" {
      throw ValidationError("--resume goes on with the file of --jsonl FILE; give one.")
    }
    if corruptPrompt != nil, corruptIds != nil {
      throw ValidationError("Give at most one of --corrupt-prompt and --corrupt-ids.")
    }
    if let corruptIds { _ = try TokenIDs.parse(corruptIds) }
    if chosenMeasure == nil {
      throw ValidationError(
        "--measure takes logit-difference or probability, not \"\(measure)\".")
    }
    if let site, Site(site) == nil {
      throw ValidationError(
        "--site takes a place such as core.1, core.1.attention or adapter, not \"\(site)\".")
    }
    _ = try chosen(last: 1_000_000)
  }

  private func chosen(last: Int) throws -> [Int] {
    guard let at else { return Array((site == nil ? 0 : 1)...last) }
    do throws(NumberList.Failure) {
      return try NumberList.parse(at, in: 0...last)
    } catch {
      throw ValidationError(
        "--at takes numbers from 0 to \(last) such as 0-4,8; \"\(error.part)\" is none.")
    }
  }

  func run() throws {
    var outputs = OutputSet()
    let file = try outputs.open(jsonl, option: "--jsonl")
    let checkpoint = try model.openCheckpoint()
    let plan = try ModelPlan(checkpoint)
    let workbench = try Workbench.open(
      checkpoint, plan: plan, team: model.team(), start: start, precision: model.precision,
      addSpecialTokens: !noSpecial)
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    do {
      let engine = Engine(workbench, candidates: 1)
      let (map, tokens) = try begin(engine)
      let codec = workbench.codec
      let mark = EvaluationPlan.mark(
        of: plan, name: checkpoint.name, precision: model.precision)
      var results = CauseFile(path: jsonl ?? "-", file: file) {
        CauseRecords(map: $0, codec: codec, model: mark)
      }
      try finish(map, tokens, engine, &results)
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  /// Both runs, and a map of them without cells.
  private func begin(_ engine: Engine) throws -> (CausalMap, [Token]) {
    if corruptNoise != nil, engine.workbench.model.facts.thoughts != nil {
      throw ValidationError(
        "--corrupt-noise is noise on e, and thoughts read no e: of what the prompt leaves they take "
          + "the last token's alone. Give --corrupt-prompt or --corrupt-ids.")
    }
    let last = steps ?? engine.workbench.summary.defaultIterations
    let clean = try prompt.source()
    let corrupt: PromptSource =
      try corruptPrompt.map { .text($0) } ?? corruptIds.map { .ids(try TokenIDs.parse($0)) }
      ?? clean
    let begun = try engine.begin(
      [
        .source(clean, start.start()),
        .source(
          corrupt, corruptSeed.map { .seed($0, form: start.seedForm.form) } ?? start.start()),
      ], control: Interruption.control)
    var corrupted = Lineage(begun[1].0)
    let noise = corruptNoise.flatMap { EditCause(.noise($0, seed: corruptNoiseSeed ?? 0)) }
    if let noise {
      corrupted = try engine.edit(corrupted, noise, control: Interruption.control).0
    }
    let map = try engine.causalMap(
      clean: Lineage(begun[0].0), corrupted: corrupted, kind: hold ? .hold : .once,
      site: site.flatMap { Site($0) }, iterations: try chosen(last: last), last: last,
      answer: answer, other: other, control: Interruption.control)
    return (map, begun[0].1.tokens)
  }

  /// Computes what is missing and writes all of it; what there is when it was stopped.
  private func finish(
    _ start: CausalMap, _ tokens: [Token], _ engine: Engine, _ results: inout CauseFile
  ) throws {
    var map = resume ? try results.read(start) : start
    var isWhole = true
    do {
      while map.computedCount < map.count {
        try engine.fill(
          &map, most: batch(map, engine.workbench.model.facts), control: Interruption.control)
        if resume { try results.writeNowAndThen(map) }
      }
    } catch is CancellationRequested { isWhole = false }
    if jsonl != nil { try results.write(map) }
    if jsonl != "-" {
      let table = CauseTable(
        map: map, tokens: tokens, codec: engine.workbench.codec,
        measure: chosenMeasure ?? .logitDifference)
      for line in table.lines { try StandardOutput.say(line) }
    }
    guard isWhole else {
      StandardError.say(
        "stopped; \(map.count - map.computedCount) of \(map.count) cells were not computed"
          + (jsonl == nil || jsonl == "-"
            ? "" : "; the same command with --resume goes on from there"))
      throw CancellationRequested()
    }
  }

  /// Cells at a time: many for small models, few where their activations are large.
  private func batch(_ map: CausalMap, _ facts: ModelFacts) -> Int {
    max(1, min(64, (1 << 22) / max(1, map.tokenCount * facts.width)))
  }
}
