import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import LatentModels
import Tensors
import Trajectories

/// Measures what depth buys: accuracy against iterations.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract:
      "Measure accuracy against iterations, or against copies, on tasks or on your own problems.",
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

      --samples N answers every problem N times, made different by --noise, --relative-noise, \
      --noise-on-e, --dropout, --test-time-noise or --starts, and chooses among the answers, with one \
      --r. greedy is the run without noise; random one copy, in the mean; pass@k how often one of k \
      copies is right, unbiased (1 − C(N−c, k)/C(N, k) with c right of N, in the mean over problems), \
      and under it the 95 % interval: Wilson's of shares of problems; of means over problems Agresti \
      and Coull's, m ± 1.96·√(v/(n+3.84)), m and v being mean and variance of what the n problems came \
      to, with 1.92 problems of 0 and as many of 1 added. Copies of one problem are not independent: \
      problems are the unit. Where answers are one of ten digits, guessing alone covers nearly all in 64 \
      copies. no answer is the share of copies in which none could be read, distinct the \
      mean number of different answers. Then what every aggregator chose, right or not, among all \
      copies and among the first n of them: one subsample of them, not the mean of all. A copy writes \
      as many tokens as the answer has, and what it writes until it is as long is its answer; \
      questions as above. --judge and --beam are as muninn sample has them: what is chosen by scores \
      stands among the aggregators, and the best of a beam search in a line of its own. --exit says which rule \
      earliest-exit asks. Problem i has the same copies whatever the shard, and copy n whatever N, \
      batch or threads.

      Its --jsonl, schema muninn.eval.samples/1: a first line with the plan, shard and problems; one for \
      every problem: key, sample_seed and seed (with them muninn sample --sample-seed, and --seed with \
      --starts, makes the same copies), answers (null where none could be read), correct, entropy, \
      residuals (of the last three iterations), exit (the iteration at which --exit would have stopped a \
      copy), score and step_scores (with --judge), beam (with --beam), diverged_copies, greedy, and chosen, what each \
      aggregator that could has, with correct_of_first (among the first 1, 2, 4, … and N); a last one \
      with totals for every level: n, diverged, left_out, greedy, random, aggregators (right, accuracy, \
      low, high, chose: the problems it could choose in, of_first at the numbers of copies in first), beam, \
      pass_at_k for k = 1…N with pass_at_k_low and pass_at_k_high, unreadable, distinct, \
      problems_by_right_copies. --merge of such files makes the file of the whole.

      On a cluster: --shard $SLURM_ARRAY_TASK_ID/4 --jsonl part-$SLURM_ARRAY_TASK_ID.jsonl in an \
      array of 4 jobs, then --merge part-*.jsonl.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Problems") var tasks: TaskOptions
  @OptionGroup(title: "Runs") var sweep: SweepOptions
  @OptionGroup(title: "Copies") var copies: CopiesOptions
  @OptionGroup(title: "Judge") var judging: JudgeOptions

  @Option(help: ArgumentHelp("Write results here; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Option(
    help: ArgumentHelp(
      "Draw accuracy against r, or against copies, into an SVG file.", valueName: "file"))
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
    if copies.samples == nil, judging.isAnyGiven {
      throw ValidationError(
        "--judge, --beta, --beam and --expand are of copies: say how many with --samples.")
    }
    if merge.isEmpty {
      if tasks.task == nil && tasks.problems == nil {
        throw ValidationError("Give --task NAME, --task all or --problems FILE.")
      }
    } else if tasks.task != nil || tasks.problems != nil || shard != nil || resume != nil
      || copies.samples != nil
    {
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
      switch try merged() {
      case .accuracy(let table):
        try write(table, to: places, shard: .whole, title: "Accuracy against r")
        return try judge(table)
      case .samples(let table, let problems):
        try write(
          table, to: places, shard: .whole, problems: problems, title: "Coverage against copies")
        return try judge(table)
      }
    }
    Interruption.arm()
    do {
      try evaluate(places)
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  /// What files of shards come to.
  private enum Merged {
    case accuracy(ResultTable)
    case samples(SampledTable, problems: Int)
  }

  /// The first file says of which kind they are.
  private func merged() throws -> Merged {
    var tables = MergedTables()
    var samples = MergedSamples()
    var isOfSamples: Bool?
    for path in merge {
      var lines = try ByteLines(path, limit: ResultFiles.longestRow)
      var first = try lines.next()
      let ofSamples = isOfSamples ?? first.map(SampledFile.begins) ?? false
      isOfSamples = ofSamples
      func next() throws -> [UInt8]? {
        if let line = first {
          first = nil
          if ofSamples { lines.limit = SampledFile.longestLine }
          return line
        }
        return try lines.next()
      }
      if ofSamples {
        try samples.add(name: ByteLines.name(of: path), next: next)
      } else {
        try tables.add(name: ByteLines.name(of: path), next: next)
      }
    }
    if isOfSamples == true {
      let (table, problems) = try samples.finish()
      return .samples(table, problems: problems)
    }
    return .accuracy(try tables.finish())
  }

  /// Where results go, open from the start.
  struct Outputs {
    let jsonl: OutputFile?
    let svg: OutputFile?
  }

  private func evaluate(_ places: Outputs) throws {
    let checkpoint = try model.openCheckpoint()
    let understood = try model.plan(checkpoint)
    let thinksOnce = understood.facts.thoughts != nil
    let set = try tasks.set(template: thinksOnce ? "{question}" : ProblemFile.defaultTemplate)
    if thinksOnce, !sweep.exit.isEmpty, copies.samples == nil {
      throw ValidationError(
        "--exit asks how long each token is thought about, and this model thinks once, behind the "
          + "prompt. Leave it out: --r reads answers after so many thoughts.")
    }
    if let count = copies.samples {
      return try sample(count, checkpoint, understood, set, places)
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
    sayDepth(plan.iterations.last, understood.facts)
    let part = shard.flatMap(Shard.init) ?? .whole
    let run = EvaluationRun(plan: plan, set: set)
    let file = try resume.map { try ResumableFile($0, run: run, shard: part) }
    var table = ResultTable(plan, groups: set.groups)
    let models = try model.evaluationModels(understood, checkpoint)
    try unfinished(run, part, file).finish(models: models) { record in
      table.add(record, of: set.problems[record.number].group, plan)
    }
    try write(table, to: places, shard: part, title: "\(checkpoint.name): accuracy against r")
    try judge(table)
  }

  /// What was to be read past the depth that a model was trained to.
  func sayDepth(_ most: Int?, _ facts: ModelFacts) {
    if let most, let warning = facts.depthWarning(at: most) { StandardError.say(warning) }
  }

  func unfinished<Work: EvaluationWork>(
    _ run: Work, _ shard: Shard, _ file: ResumableFile<Work>?
  ) -> UnfinishedWork<Work> {
    UnfinishedWork(
      run: run, shard: shard, file: file, problems: tasks.problems.map(ByteLines.name))
  }

  /// What the numbers do not say by themselves.
  /// - Throws: the exit status of a run without answers.
  private func judge(_ table: ResultTable) throws {
    if table.diverged > 0 {
      StandardError.say(
        "\(table.diverged) of \(table.asked) problems diverged: their logits are not finite (NaN or "
          + "infinity) at some r, where they count as no answer")
    }
    try judge(asked: table.asked, leftOut: table.leftOut, diverged: table.diverged)
  }

  /// - Throws: the exit status of a run without answers.
  func judge(asked: Int, leftOut: Int, diverged: Int) throws {
    if leftOut > 0 {
      StandardError.say("\(leftOut) of \(asked) problems were left out; the rest was worked on")
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
