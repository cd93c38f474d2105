import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import LatentModels
import Synchronization
import Tensors
import Trajectories

/// Measures what depth buys: accuracy against iterations.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure accuracy against iterations, on tasks or on your own problems.",
    discussion: """
      Prompt and answer are encoded as one text and cut at the prompt. An answer is right when the \
      likeliest tokens (greedy) spell it; the line's end is not asked for. Questions in the manner of \
      GSM8K are answered in writing, and the last number counts. Models of continuous thoughts are asked \
      in the format they were trained on, think --r thoughts, and answer everything in writing, read as \
      their published code does.

      The table has a line for every level: n, the problems answered at the greatest r; r=…, the \
      share of right answers after so many iterations; 95 %, Wilson's interval of the last of these; \
      nats, the mean entropy of the prediction of the answer's first token there; agree, the share of \
      problems to which all starts (--seeds, --with-…) give one answer there; diverged, problems whose \
      logits are not finite there; left out, problems that cannot be asked; needs, the least r whose \
      share comes within 0.01 of the line's best; tokens, the mean length of an answer; MFLOP, the \
      mean cost of a problem at the r it needs, or at the greatest. Under it, what --exit does: \
      iterations, the mean over tokens at which the rule leaves, and accuracy there.

      A problem that is broken, or longer than the model takes, is named by its number and left out; \
      the others are worked on, and the exit status is 0. It is 1 when no problem could be asked, or \
      when logits were not finite (diverged): such problems count in neither n nor accuracy.

      FLOPs are two for every multiply-add with a weight matrix and in attention, of the prompt once \
      and of every answer token, keys and values kept; rules that read predictions pay for a readout \
      at every iteration.

      --jsonl writes one object for every level and r, schema muninn.eval/2: row and rows (which line \
      of how many), task, difficulty, form, r (or exit, scope, threshold), n, diverged, left_out, \
      accuracy, low, high, entropy (nats, at the answer's first token), iterations (a token), tokens, \
      flops (a problem), agreement, the sums that --merge adds, and a check over the line. --merge \
      refuses files that lost or changed a line.

      On a cluster: --shard $SLURM_ARRAY_TASK_ID/4 --jsonl part-$SLURM_ARRAY_TASK_ID.jsonl in an \
      array of 4 jobs, then --merge part-*.jsonl.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Problems") var tasks: TaskOptions
  @OptionGroup(title: "Runs") var sweep: SweepOptions

  @Option(help: ArgumentHelp("Write results here; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Option(help: ArgumentHelp("Draw accuracy against r into an SVG file.", valueName: "file"))
  var svg: String?

  @Option(
    help: ArgumentHelp(
      "Keep every problem's result here, and skip those that are here already.", valueName: "file"))
  var resume: String?

  @Option(help: ArgumentHelp("Do every n-th problem only, as in 1/4.", valueName: "i/n"))
  var shard: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Put the --jsonl files of all shards together.", valueName: "files"))
  var merge: [String] = []

  func validate() throws {
    if let shard, Shard(shard) == nil {
      throw ValidationError("--shard takes a part such as 1/4, not \"\(shard)\".")
    }
    if merge.isEmpty {
      if tasks.task == nil && tasks.problems == nil {
        throw ValidationError("Give --task NAME, --task all or --problems FILE.")
      }
    } else if tasks.task != nil || tasks.problems != nil || shard != nil || resume != nil {
      throw ValidationError("--merge goes with --jsonl and --svg alone.")
    }
  }

  func run() throws {
    var outputs = OutputSet()
    let places = Outputs(
      jsonl: try outputs.open(jsonl, option: "--jsonl"),
      svg: try outputs.open(svg, option: "--svg"))
    try outputs.claim(resume, option: "--resume")
    if !merge.isEmpty {
      let table = try merged()
      try write(table, to: places, shard: .whole, title: "Accuracy against r")
      return try judge(table)
    }
    Interruption.arm()
    do {
      try evaluate(places)
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func merged() throws -> ResultTable {
    var tables = MergedTables()
    for path in merge {
      var lines = try ByteLines(path, limit: ResultFiles.longestRow)
      try tables.add(name: ByteLines.name(of: path)) { try lines.next() }
    }
    return try tables.finish()
  }

  /// Where results go, open from the start.
  private struct Outputs {
    let jsonl: OutputFile?
    let svg: OutputFile?
  }

  private func evaluate(_ places: Outputs) throws {
    let checkpoint = try model.openCheckpoint()
    let understood = try model.plan(checkpoint)
    let thinksOnce = understood.facts.thoughts != nil
    let set = try tasks.set(template: thinksOnce ? "{question}" : ProblemFile.defaultTemplate)
    if thinksOnce, !sweep.exit.isEmpty {
      throw ValidationError(
        "--exit asks how long each token is thought about, and this model thinks once, behind the "
          + "prompt. Leave it out: --r reads answers after so many thoughts.")
    }
    let hasGate = understood.tensors.keys.contains { $0.contains("early_exit_gate") }
    let plan = EvaluationPlan(
      model: EvaluationPlan.mark(
        of: understood, name: checkpoint.name, precision: model.precision),
      problems: set, iterations: try sweep.iterations(understood.facts),
      starts: try sweep.starts(understood.facts),
      exits: try sweep.exits(hasGate: hasGate), tokenLimit: sweep.tokens,
      alwaysWrites: thinksOnce)
    if set.kind == .lastNumber, plan.starts.count > 1 {
      throw ValidationError("--seeds, --with-zero and --with-scale do not go with questions.")
    }
    if let depth = understood.facts.trainedDepth, let most = plan.iterations.last, most > depth {
      StandardError.say("trained to r = \(depth); predictions past it get worse")
    }
    let part = shard.flatMap(Shard.init) ?? .whole
    let run = EvaluationRun(plan: plan, set: set)
    let file = try resume.map { try ResumableFile($0, run: run, shard: part) }
    let table = try finish(run, part, file, models: models(understood, checkpoint))
    try write(table, to: places, shard: part, title: "\(checkpoint.name): accuracy against r")
    try judge(table)
  }

  /// One model a thread, each computing alone, where they fit; else one on all threads.
  private func models(
    _ plan: ModelPlan, _ checkpoint: Checkpoint
  ) throws -> [EvaluationModel] {
    let threads = model.threads ?? ThreadTeam.availableCores
    let isSmall = plan.packedBytes(model.precision) <= Self.copied
    let teams = isSmall ? [ThreadTeam](repeating: .single, count: threads) : [model.team()]
    let tokenizer = try checkpoint.neededTokenizer()
    return try teams.map { team in
      try Interruption.control.check()
      return EvaluationModel(
        model: try plan.open(WeightPacking(precision: model.precision, team: team)),
        tokenizer: tokenizer, stops: StopTokens.of(checkpoint), cost: ComputeCost(plan))
    }
  }

  /// Models up to this size are copied for every thread.
  private static let copied = 256 << 20

  /// Does what is left to do and adds it to what is done.
  private func finish(
    _ run: EvaluationRun, _ shard: Shard, _ file: ResumableFile?, models: [EvaluationModel]
  ) throws -> ResultTable {
    let kept = file?.records ?? []
    let done = Set(kept.map(\.number))
    let mine = run.set.problems.indices.filter(shard.contains)
    let waiting = mine.filter { !done.contains($0) }
    struct Progress {
      var table: ResultTable
      var count: Int
      var bar: ProgressBar
      var leftOut: [ProblemRecord]
      /// Of the first problem that diverged.
      var diverged: ProblemRecord?
    }
    var table = ResultTable(run.plan, groups: run.set.groups)
    for record in kept {
      table.add(record, of: run.set.problems[record.number].group, run.plan)
    }
    let bar = ProgressBar(total: mine.count, before: done.count, unit: "problems")
    let progress = Mutex(
      Progress(
        table: table, count: done.count, bar: bar, leftOut: kept.filter { $0.leftOut != nil }))
    nonisolated(unsafe) let results = file
    defer { progress.withLock { $0.bar.clear() } }
    do {
      try run.run(waiting, models: models, control: Interruption.control) { record in
        // Called by one thread at a time.
        try results?.append(record)
        progress.withLock { progress in
          progress.table.add(record, of: run.set.problems[record.number].group, run.plan)
          if record.leftOut != nil { progress.leftOut.append(record) }
          if record.divergence != nil, record.number < progress.diverged?.number ?? .max {
            progress.diverged = record
          }
          progress.count += 1
          progress.bar.show(progress.count)
        }
      }
    } catch is CancellationRequested {
      progress.withLock { $0.bar.clear() }
      let count = progress.withLock { $0.count }
      StandardError.say(
        "stopped after \(count) of \(mine.count) problems; "
          + (resume == nil
            ? "with --resume FILE they would have been kept"
            : "the same command goes on from there"))
      throw CancellationRequested()
    }
    let (whole, leftOut, diverged) = progress.withLock { ($0.table, $0.leftOut, $0.diverged) }
    progress.withLock { $0.bar.clear() }
    if let diverged, let words = diverged.divergence?.words {
      StandardError.say("problem \(diverged.number) diverged: \(words)")
    }
    for line in LeftOutReport(leftOut, of: run, name: tasks.problems.map(ByteLines.name)).lines {
      StandardError.say(line)
    }
    return whole
  }

  /// What the numbers do not say by themselves.
  /// - Throws: the exit status of a run without answers.
  private func judge(_ table: ResultTable) throws {
    let (asked, leftOut, diverged) = (table.asked, table.leftOut, table.diverged)
    if leftOut > 0 {
      StandardError.say("\(leftOut) of \(asked) problems were left out; the rest was worked on")
    }
    if diverged > 0 {
      StandardError.say(
        "\(diverged) of \(asked) problems diverged: their logits are not finite (NaN or infinity) "
          + "at some r, where they count as no answer")
    }
    if diverged > 0 || asked > 0 && leftOut == asked { throw ExitCode(1) }
  }

  private func write(
    _ table: ResultTable, to places: Outputs, shard: Shard, title: String
  ) throws {
    try OutputSet.each(
      {
        try places.svg?.write(line: AccuracyChart(table, title: title).svg)
        try places.svg?.finish()
      },
      {
        guard let file = places.jsonl else { return }
        for line in ResultFiles.lines(of: table, shard: shard) { try file.write(line: line) }
        try file.finish()
      },
      {
        if places.jsonl?.isStandardOutput == true { return }
        for line in AccuracyReport(table).lines { try StandardOutput.say(line) }
      })
  }
}

extension Checkpoint {
  /// The tokenizer, for a command that can do nothing without.
  fileprivate func neededTokenizer() throws -> Tokenizer {
    switch tokenizer {
    case .present(let tokenizer): return tokenizer
    case .unreadable(let error): throw error
    case .missing:
      throw CheckpointError(
        .missing, file: source, "The model has no tokenizer.json, which problems in text need.")
    }
  }
}
