import ArgumentParser
import Checkpoints
import Engine
import Foundation
import LatentModels
import ParallelScaling
import Tasks
import Tensors
import Trajectories

extension EnsemblePlan.Positions: ExpressibleByArgument {}
extension AnswerReading: ExpressibleByArgument {}

/// Runs many copies of a prompt and chooses among their answers.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Think about a prompt many times at once, and choose among the answers.",
    discussion: """
      Copies differ by noise, dropout or initial states, and run as a batch; copy 5 is the same \
      whatever their number, their batch or the threads. Prints the votes and what every aggregator \
      chooses, with greedy (the run without noise) and random (one copy, in the mean) beside them.

      --jsonl writes one object a copy: schema, copy, answer, text, correct (null where the right \
      answer is not known), score (null: nobody judged), step_scores (null: none of steps), iterations, entropy (nats, of the prediction \
      the answer begins with), residual (relative, of the last iteration), exit (the iteration at which --exit \
      would have stopped it; null: it would not); and a last one with copies, \
      wanted, settled, exit_rule, greedy, random, coverage (pass@k by k, unbiased) and aggregates, each with its answer \
      and whether that is correct.

      --judge scores every copy: a latent reward model (published layout: a backbone and a classifier) every \
      thought, in score their sum; others have one number for the whole: coe-r and coe-c (chain of \
      embedding), residual, entropy, agreement. Scores order copies of one prompt and mean nothing \
      elsewhere. --beam B --expand C searches as well: at every step each of B beams goes on in C ways and the \
      B with the largest sums are kept; the best writes. It writes one object with beam: beams, ways, answer, \
      text, correct, score, step_scores and steps, each with scores and totals of all candidates (those of the \
      first beam, then of the second) and the places of those kept, best first.

      An answer is the number that models of continuous thoughts are trained to end with, a task's \
      answer where the prompt is of one, else the text; --answer says otherwise. Ctrl-C ends it with \
      the copies that are done.
      """)

  static let schema = "muninn.sample/1"

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Perturbation") var perturbation: PerturbationOptions
  @OptionGroup(title: "Judge") var judging: JudgeOptions
  @OptionGroup(title: "Exit") var exit: CopyExitOption

  @Option(name: [.customShort("n"), .customLong("copies")], help: "How many copies.")
  var copies = 16

  @Option(help: "Seed of noise and masks; initial states have --seed.")
  var sampleSeed: UInt64 = 0

  @Option(
    name: [.customShort("r"), .long],
    help: ArgumentHelp(
      "Iterations, or thoughts, of every copy (default: as trained, or until the model ends its "
        + "thoughts itself)."))
  var steps: Int?

  @Option(help: "Tokens that a copy writes at most.")
  var tokens = 32

  @Option(help: "Copies that run side by side (default: as many as memory holds, up to 64).")
  var batch: Int?

  @Option(
    help: "Tokens of the prompt that differ: all, or last, with those before it run once for all.")
  var positions = EnsemblePlan.Positions.all

  @Flag(help: "Stop when copies to come cannot change the majority.")
  var settled = false

  @Option(help: "What an answer is: number (the last one written) or text.")
  var answer: AnswerReading?

  @Option(help: "The right answer, where it is known (default: a task's own).")
  var correct: String?

  @Option(help: ArgumentHelp("Write all copies here; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  func validate() throws {
    try NumberOption.check(copies, "copies", 1...1_000_000)
    try NumberOption.check(steps, "steps", 1...100_000)
    try NumberOption.check(tokens, "tokens", 1...100_000)
    try NumberOption.check(batch, "batch", 1...65_536)
  }

  func run() throws {
    var outputs = OutputSet()
    let file = try outputs.open(jsonl, option: "--jsonl")
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    let workbench = try Workbench.open(
      try model.openCheckpoint(), team: model.team(), start: start, precision: model.precision,
      addSpecialTokens: !noSpecial)
    let source = try prompt.source()
    let reader = AnswerReader(workbench, source, reading: answer, correct: correct)
    let ids = try reader.ids(source)
    var plan = EnsemblePlan(
      ids: ids,
      perturbations: try perturbation.perturbations(of: workbench.model),
      start: try perturbation.start(of: workbench.resolved(start.start())),
      drawsStarts: perturbation.starts, positions: positions,
      seed: sampleSeed,
      iterations: steps ?? workbench.model.facts.usualMost(behind: ids.count), tokens: tokens,
      stops: workbench.stopTokens)
    if steps == nil { plan.thoughtStop = workbench.model.facts.thoughts?.tokens.stop }
    plan.exit = try exit.policy()
    try workbench.model.facts.check(plan.ids)
    plan.limitTokens(workbench.model.facts)
    if copies > 1 { try PerturbationOptions.checkDifferent(isPlain: plan.isPlain) }
    let side = try sideBySide(plan, workbench.model.facts)
    let runner = EnsembleRunner(model: workbench.model, plan: plan)
    let judge = try judging.open(for: workbench.model.facts, packing: model.packing())
    let search = try beamSearch(runner, judge)
    var ensemble = Ensemble(wanted: copies, options: judging.options(seed: sampleSeed))
    let records = file.map { SampleRecords($0, reader: reader) }
    var bar = ProgressBar(total: copies, before: 0, unit: "copies")
    var next = 0
    var levels: [Perturbation: Float] = [:]
    do {
      while next < copies, !(settled && ensemble.isSettled) {
        // To see early that a vote is settled, few at a time.
        let count = min(settled ? min(8, side) : side, copies - next)
        // The level of noise is told beside a state of the first copy.
        let done = try runner.run(
          Array(next..<next + count), keepsPath: next == 0 || judge != nil,
          control: Interruption.control)
        var rollouts = done.map(reader.rollout)
        if let judge, !judge.needsAll {
          let verdicts = try judge.verdicts(
            on: zip(done, rollouts).map { JudgedCopy($0, $1) }, of: ids,
            control: Interruption.control)
          rollouts = zip(rollouts, verdicts).map { $0.judged($1) }
        }
        if next == 0 { levels = Self.levels(plan, done[0]) }
        if judge?.needsAll != true { for rollout in rollouts { try records?.write(rollout) } }
        ensemble.add(rollouts)
        next += count
        bar.show(next)
      }
    } catch is CancellationRequested {
      bar.clear()
      guard !ensemble.rollouts.isEmpty else {
        StandardError.say(
          "stopped before a copy was done; --batch \(max(1, side / 8)) gives some early")
        throw ExitCode(Interruption.exitStatus)
      }
      StandardError.say("stopped after \(ensemble.rollouts.count) of \(copies) copies")
    }
    bar.clear()
    if let judge, judge.needsAll {
      ensemble.judge(
        try judge.verdicts(
          on: ensemble.rollouts.map { JudgedCopy($0) }, of: ids, control: .uninterrupted))
      for rollout in ensemble.rollouts { try records?.write(rollout) }
    }
    let beams = try search.flatMap { try searched($0, reader) }
    var plain = plan
    plain.perturbations = []
    plain.drawsStarts = false
    plain.exit = nil
    let greedy = reader.rollout(
      try EnsembleRunner(model: workbench.model, plan: plain).run([0])[0])
    if let beams { try records?.write(beams) }
    try records?.finish(ensemble, greedy: greedy, beams: beams, exit: plan.exit)
    try file?.finish()
    if jsonl != "-" {
      let report = SampleReport(
        ensemble: ensemble, greedy: greedy, reader: reader, plan: plan, levels: levels,
        judge: judge, beams: beams)
      for line in report.lines { try StandardOutput.say(line) }
    }
    if Interruption.control.isCancelled() { throw ExitCode(Interruption.exitStatus) }
  }

  /// The beam search that was asked for; nil for none.
  private func beamSearch(
    _ runner: EnsembleRunner, _ judge: (any Judge)?
  ) throws -> BeamSearch? {
    guard let judge, let beams = judging.beam else { return nil }
    try judging.checkBeams(
      endsItself: runner.plan.thoughtStop != nil, isHeld: perturbation.held,
      isPlain: runner.plan.isPlain, depth: "--steps")
    let search = try BeamSearch(runner, judge: judge, beams: beams, candidates: judging.ways)
    try checkRoom(beams * judging.ways, runner.plan, runner.model.facts, "candidates of beams")
    return search
  }

  /// Searches; nil where it was interrupted.
  private func searched(_ search: BeamSearch, _ reader: AnswerReader) throws -> SampleBeams? {
    var bar = ProgressBar(total: search.runner.plan.iterations, before: 0, unit: "steps of beams")
    defer { bar.clear() }
    do {
      let result = try search.run(control: Interruption.control) { done, _ in bar.show(done) }
      return SampleBeams(
        search: search, result: result,
        rollout: reader.rollout(result.copy).judged(Verdict(steps: result.scores)))
    } catch is CancellationRequested {
      return nil
    }
  }

  /// Refuses what would not fit, with the number.
  private func checkRoom(
    _ count: Int, _ plan: EnsemblePlan, _ facts: ModelFacts, _ what: String
  ) throws {
    let each = plan.bytesPerCopy(facts)
    guard let available = MemoryBudget.available(), available / 2 / max(1, each) < count else {
      return
    }
    throw NotEnoughRoom(
      description: "\(count) \(what) side by side take about "
        + "\(Quantity.bytes(count * each)) of memory (\(Quantity.bytes(each)) each), and half of "
        + "\(Quantity.bytes(available)) is for them. Give fewer --beam or --expand, fewer --steps or fewer "
        + "--tokens.")
  }

  /// How many copies run side by side.
  private func sideBySide(_ plan: EnsemblePlan, _ facts: ModelFacts) throws -> Int {
    let each = plan.bytesPerCopy(facts)
    let wanted = min(copies, batch ?? 64)
    guard let available = MemoryBudget.available() else { return wanted }
    let fitting = available / 2 / max(1, each)
    guard fitting >= (batch.map { min($0, copies) } ?? 1) else {
      throw NotEnoughRoom(
        description: "\(batch.map { "\(min($0, copies)) copies" } ?? "One copy") side by side take "
          + "about \(Quantity.bytes((batch.map { min($0, copies) } ?? 1) * each)) of memory "
          + "(\(Quantity.bytes(each)) each), and half of \(Quantity.bytes(available)) is for them. "
          + "Give a smaller --batch, fewer --steps or fewer --tokens.")
    }
    return min(wanted, fitting)
  }

  /// How large what is added is beside what is there, at the first iteration.
  private static func levels(
    _ plan: EnsemblePlan, _ copy: EnsembleRunner.Copy
  ) -> [Perturbation: Float] {
    guard let state = copy.path.first else { return [:] }
    let norm = Float(state.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
    return plan.perturbations.reduce(into: [:]) { levels, perturbation in
      levels[perturbation] = perturbation.relativeLevel(width: state.count, norm: norm)
    }
  }
}
