import ArgumentParser
import Checkpoints
import Engine
import Exports
import Glibc
import LatentModels
import RunFiles
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
      {id, text, p}; then the other numbers of the explorer's metrics under their names (angle, turn, \
      acceleration, normalised_acceleration, filtered_kl, which is minp-kl, entropy_change, flip, top1, \
      margin, stable_for) and, in the record of the last token from iteration 1 on, exits: for every exit \
      rule {value, scope, ends}, by its published threshold. With --to-last, distance_to_last and arrival \
      too, which compare with the end: records then come when the run has ended. The texts of a prompt's tokens joined are the prompt; of a token that is a part of \
      a letter, bytes are beside. Unknown values are null, and so is what \
      is NaN or infinite: a run that diverged has no argmax and an empty top from there on, and the \
      exit status is 1. Of models with an \
      exit gate, from iteration 1 on: exit_logit, what the gate says before the sigmoid, exit_lambda, the \
      chance to stop here, and exit_cdf, the chance to have stopped by now. Where a norm ends every \
      iteration, prenorm, the length before it; of two clocks low_norm, low_residual, \
      low_relative_residual, low_cosine and low_prenorm of z_L, beside those of z_H.

      With --blocks, after each iteration (from 1 on) more records: one for every (run, token, block, \
      lens) with block 0 the adapter's output (where nothing is injected, the state before) and block C \
      the last of the core: schema, run, iteration, token, block, lens, stream_norm, attention_norm and \
      feed_forward_norm (of what the block added, before any norm on the sum; null for block 0), \
      entropy, kl (nats, from the block before), argmax, margin (of the best logit over the second) and \
      top. Lenses: coda takes the stream as the state and reads it out as the model does; logit is the \
      final norm and the head alone. With --attention, one record for every (run, token, block from 1): \
      schema, run, iteration, token, block and attention, for each head the weights over the tokens up \
      to this one, or over all where a prompt looks both ways. Of two clocks all of these have pass, \
      such as L2.1: a cycle's low pass and which of its blocks.

      With --watch, all records of predictions, with --blocks too, have watched, a list of {id, text, rank, \
      p} in the order given: rank is 1 where no token of the vocabulary is likelier, and p of the softmax \
      over all of it; both are null where the prediction is not finite.

      With --edit, one more run, the last: the first one with that edit, or with all of them in turn. \
      TOKEN:ITERATION := VALUE changes the state that an iteration left, += adds to it. Tokens count \
      from 0, 3-5 and all are several, 4+ is from iteration 4 on. A value is 0 or a sum of places with \
      factors: 16:1, 0.7*(16:1@1 - 16:8), all:i@1 for every token's own at the same iteration; @1 is \
      run 1, without @ it is the run before the edit. 12:8.3 is the stream after core block 3 (0: the \
      adapter), 12:8.3.attention and 12:8.3.feed-forward what the block adds, 12:e and 12:p.1 the \
      prelude's output and blocks, 12:8.c.1 a block of the coda; of two clocks \
      12:2.L1.2 and 12:2.H.1 name cycle, pass and block. freeze 1:4 holds a token as it was at 4. \
      noise 7 is Gaussian noise of seed 7, as large as what the run has at the place that is changed: \
      all:e += 0.5*noise 7. --save saves the edited run.

      With --until, each run ends after the iteration where a condition becomes so of its last token; the \
      exit status is 1 if that was never so within --steps. A condition compares a number \
      (entropy, kl, norm, residual, relative_residual, cosine, acceleration, angle, top1, margin, \
      stable_for, iteration, rank("7"), p("7")) with <, <=, >, >=, == or !=, or says `jumps N`, \
      `argmax changes`, `argmax stable N`, `argmax == "7"`, `exit(RULE)` or `nonfinite`; &&, ||, !, \
      any(…) and all(…), over tokens, join them.

      With --save-run, all runs go to a run file, which the explorer opens and --run writes the same \
      records of, without the model.

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

  @OptionGroup var until: UntilOption

  @OptionGroup var watching: WatchOption

  @Flag(
    help: "Record how far states and predictions are from the last too, once that is there.")
  var toLast = false

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

  @Option(
    help: ArgumentHelp(
      "Write all runs to a run file that the explorer opens.", valueName: "file"))
  var saveRun: String?

  @Flag(help: "With --save-run: states rounded to bfloat16.")
  var bf16 = false

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "Run nothing: write the records of a run file, its runs numbered in the order they were made.",
      valueName: "file"))
  var savedRun: String?

  @Flag(help: "With --save: write the normed states [iterations + 1, tokens, width] too.")
  var normed = false

  @OptionGroup(title: "Inside an iteration") var inside: InsideOptions

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Trace the run with an edit too; several are made in turn.",
      discussion: "\"16:12 := 16:1\", \"1:3 := 0\", \"freeze 1:4\".", valueName: "edit"))
  var edit: [String] = []

  func validate() throws {
    if let steps, !(0...1_000_000).contains(steps) {
      throw ValidationError("--steps takes a number from 0 to 1000000, not \(steps).")
    }
    if !(1...1_000_000).contains(top) {
      throw ValidationError("--top takes a number from 1 to 1000000, not \(top).")
    }
    if savedRun != nil { return try validateSaved() }
    if prompt.given != 1 { throw PromptsOptions.problem }
    if jsonl == nil && save == nil && saveRun == nil {
      throw ValidationError(
        "Nothing to write: give --jsonl FILE (or -), --save FILE or --save-run FILE.")
    }
    if bf16 && saveRun == nil { throw ValidationError("--bf16 goes with --save-run FILE.") }
    if several.seeds != nil, start.start() != .usual {
      throw ValidationError(
        "Give at most one of --seeds, --seed, --zero-state and --initial-state.")
    }
    let runs = prompt.count * (try several.list()?.count ?? 1)
    for text in edit { _ = try EditOption.parse(text) }
    if save != nil, runs > 1, edit.isEmpty {
      throw ValidationError(
        "--save keeps the states of one run, and these are \(runs): give one prompt and one seed.")
    }
    if inside.attention && !inside.blocks {
      throw ValidationError("--attention goes with --blocks.")
    }
    if inside.lens != nil && (!inside.blocks || jsonl == nil) {
      throw ValidationError("--lens goes with --blocks and --jsonl FILE.")
    }
    if !watching.watch.isEmpty && jsonl == nil {
      throw ValidationError("--watch goes with --jsonl FILE.")
    }
    if logits && save == nil { throw ValidationError("--logits goes with --save FILE.") }
    if normed && save == nil { throw ValidationError("--normed goes with --save FILE.") }
    if toLast && jsonl == nil { throw ValidationError("--to-last goes with --jsonl FILE.") }
  }

  func run() throws {
    if let savedRun { return try writeRecords(of: savedRun) }
    var outputs = OutputSet()
    let recordFile = try outputs.open(jsonl, option: "--jsonl")
    let stateFile = try outputs.open(save, option: "--save")
    let runOutput = try outputs.open(saveRun, option: "--save-run")
    let checkpoint = try model.openCheckpoint()
    let workbench = try Workbench.open(
      checkpoint, team: model.team(), start: start,
      precision: model.precision, addSpecialTokens: !noSpecial)
    let starts = try several.list()?.map { .seed($0, form: start.seedForm.form) } ?? [start.start()]
    let iterations = steps ?? workbench.summary.defaultIterations
    let beginnings = try prompt.sources().flatMap { source in
      starts.map { Beginning.source(source, $0) }
    }
    try checkRoom(workbench, beginnings, iterations)
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    // Edits look back, and whoever looks inside several runs looks at one after the other: else
    // nothing but the last states is kept.
    let looksBack =
      saveRun != nil || toLast || !edit.isEmpty || inside.blocks && beginnings.count > 1
    let engine = Engine(workbench, candidates: top, budget: looksBack ? nil : 0)
    let condition = try until.condition(workbench)
    let watched = try watching.ids(workbench)
    engine.watched = watched + (condition?.watchedTokens ?? []).filter { !watched.contains($0) }
    let begun = try engine.begin(beginnings)
    var runs = begun.map { (lineage: Lineage($0.0), trajectory: $0.1) }
    if !edit.isEmpty { runs.append(try EditOption.make(edit, engine, runs.map(\.lineage))) }
    let lineages = runs.map(\.lineage)
    let last = runs.count - 1
    var watches = condition.map { condition in runs.map { _ in ConditionWatch(condition) } }
    // Runs that have not come to their end.
    var going = Array(runs.indices)
    var records = runs.enumerated().map { number, run in
      RunRecords(
        run: number, vocabulary: TokenTexts(workbench.codec),
        texts: workbench.codec.texts(run.trajectory.tokens.map(\.id)), watched: watched)
    }
    let saved = try stateFile.map {
      try SavedStates(
        for: $0, engine: engine, lineage: lineages[last], withLogits: logits,
        withBlocks: inside.blocks, withAttention: inside.attention,
        withNormed: normed)
    }
    let traced = runOutput.map { TracedRuns($0, engine, runs) }
    let blockRecords =
      inside.blocks
      ? try recordFile.map { try BlockRecords($0, engine, inside, watched: watched) } : nil
    // Records that cannot be written any more do not take the states along.
    var lost: OutputError?
    func record(_ steps: [Step], _ passes: [BlockPass]) throws {
      for (run, step) in zip(going, steps) { traced?.add(step, to: run) }
      if let step = steps.last, going.last == last {
        try saved?.append(try engine.state(lineages[last], step.iteration))
        if let pass = passes.last { try saved?.append(pass) }
      }
      guard lost == nil, let recordFile else { return }
      do {
        for (run, step) in zip(going, steps) where !toLast {
          for line in records[run].take(step, of: runs[run].trajectory) {
            try recordFile.write(line: line)
          }
        }
        for (run, step) in zip(going, steps) where toLast && step.iteration > 0 {
          runs[run].trajectory.append(step)
        }
        for (run, pass) in zip(going, passes) {
          try blockRecords?.write(pass, run: run, of: lineages[run])
        }
      } catch let error as OutputError {
        guard saved != nil else { throw error }
        lost = error
      }
    }
    try record(runs.map { $0.trajectory.steps[0] }, [])
    for run in going { watches?[run].add(runs[run].trajectory.steps[0]) }
    // What ends its thoughts itself has as many as it wants, as in `generate`.
    let stop = steps == nil ? workbench.model.facts.thoughts?.tokens.stop : nil
    func isEnough(_ step: Step) -> Bool { stop != nil && step.readings.last?.best?.id == stop }
    going.removeAll { isEnough(runs[$0].trajectory.steps[0]) }
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    var done = 0
    var divergences = runs.map(\.trajectory.divergence)
    do {
      while done < iterations, !going.isEmpty {
        let lineages = going.map { lineages[$0] }
        // Before the step, while the state it starts from is kept.
        let passes = try inside.passes(engine, lineages, done + 1, control: Interruption.control)
        let steps = try engine.step(lineages, to: done + 1, control: Interruption.control)
        done += 1
        for (run, step) in zip(going, steps) where divergences[run] == nil {
          divergences[run] = Divergence(in: step)
        }
        try record(steps, passes)
        for (run, step) in zip(going, steps) { watches?[run].add(step) }
        let enough = zip(going, steps).filter { isEnough($1) }.map(\.0)
        going.removeAll { watches?[$0].met != nil || enough.contains($0) }
      }
    } catch is CancellationRequested {}
    try OutputSet.each(
      {
        if let lost { throw lost }
        if toLast, let recordFile {
          try write(runs, with: &records, to: recordFile, engine)
        }
        try recordFile?.finish()
      },
      {
        try saved?.write(
          trajectory: runs[last].trajectory, model: workbench.summary.name, edits: edit)
      },
      {
        try traced?.write(
          of: try ModelIdentity(of: checkpoint, precision: model.precision), isCompact: bf16)
      })
    if done < iterations, !going.isEmpty {
      StandardError.say(
        "stopped after iteration \(done) of \(iterations); so far it is written")
      throw ExitCode(Interruption.exitStatus)
    }
    // All of it is written: what led there is what one looks for.
    for (run, divergence) in divergences.enumerated() {
      if let divergence {
        divergences[run] = try engine.located(divergence, of: lineages[run])
      }
    }
    for (run, divergence) in divergences.enumerated() where runs.count > 1 {
      if let divergence { StandardError.say("run \(run): \(divergence.words)") }
    }
    if let watches { try say(watches) }
    // Who waited for it has what was asked for.
    if let divergence = divergences.compactMap({ $0 }).first, watches == nil { throw divergence }
  }

  /// Writes whole runs, with how far everything is from their last.
  private func write(
    _ runs: [(lineage: Lineage, trajectory: Trajectory)], with records: inout [RunRecords],
    to file: OutputFile, _ engine: Engine
  ) throws {
    let source = ExportSource(
      runs.enumerated().map {
        ExportSource.Run(
          number: $0, words: $1.trajectory.prompt, lineage: $1.lineage, trajectory: $1.trajectory)
      }, current: 0)
    let exported = try engine.exported(
      source, needs: [.ends], program: Muninn.configuration.version)
    for (index, run) in exported.runs.enumerated() {
      try records[index].write(run.trajectory) { try file.write(line: $0) }
    }
  }

  /// Says where a condition was met.
  /// - Throws: exit status 1 where a run never met it.
  private func say(_ watches: [ConditionWatch]) throws {
    for (run, watch) in watches.enumerated() {
      let name = watches.count > 1 ? "run \(run): " : ""
      StandardError.say(
        watch.met.map { "\(name)\(watch.condition): met at iteration \($0)" }
          ?? "\(name)\(watch.condition): not met")
    }
    if watches.contains(where: { $0.met == nil }) { throw ExitCode(1) }
  }

  /// Refuses what would not fit in memory or, saved, on the disk.
  private func checkRoom(
    _ workbench: Workbench, _ beginnings: [Beginning], _ iterations: Int
  ) throws {
    let facts = workbench.model.facts
    let plain = try beginnings.map { try workbench.tokenCount($0) }
    let counts = plain + (edit.isEmpty ? [] : plain.prefix(1))
    // Too long a prompt is refused as such.
    guard counts.allSatisfy({ $0 <= facts.maximumTokens }) else { return }
    let tokens = counts.reduce(0, +)
    let numbers = counts.reduce(0.0) { $0 + inside.numbers(facts, tokens: $1) }
    try WorkForecast.checkTrace(facts, tokens: tokens, withLogits: logits, inside: numbers)
    guard let save else { return }
    try WorkForecast.checkSave(
      facts, to: save, tokens: tokens, iterations: iterations, withLogits: logits,
      inside: numbers, available: DiskRoom.available(at: save))
  }
}
