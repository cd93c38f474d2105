import ArgumentParser
import Checkpoints
import Engine
import Glibc
import LatentModels
import Trajectories

/// Says what kind of motion the states of each token are in: fixed point, cycle, slide, diverging.
struct MotionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "motion",
    abstract: "Say of each token's states whether they rest, go round, slide or diverge.",
    discussion: """
      Verdicts over a window of iterations, by default the second half: fixed point (steps fade, or are at \
      float32's floor), cycle N (states are back after N iterations), orbit N.N (they turn about a centre), \
      slide (they keep going one way), diverging, or unclear, with why. A verdict is only given where all \
      evidence agrees.

      --jsonl writes one object a token: schema, token, id, text, kind (fixed-point, cycle, orbit, slide, \
      diverging, unclear), period, since, first and last (the window), reasons; floor, rests_since (the \
      iteration from which steps are rounding), slope (of ln of the steps, nats an iteration), slope_low and \
      slope_high (95 %), fitted (how many steps), power (of r, fitted to the same); steps, step_cosines, \
      second_differences and relative_second_differences, from the first iteration that has one; net, \
      path_length, straightness (net over path), final_directed (mean cosine of a step and the net change), \
      effective_rank, matrix_entropy (nats), anisotropy, coe_r, coe_c (chain of embedding); return_distances \
      (after 1, 2, … iterations, 1 being that of unrelated states), radius, lag, turn. With --jacobian: \
      spectral_radius (of the token), sigma_max, exponent (nats an iteration) with exponent_low and \
      exponent_high over directions that begin at random, growth_deviation. What is undefined is null.
      """)

  static let schema = "muninn.motion/1"

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Start") var start: StartOptions

  @Option(
    name: [.customShort("r"), .long], help: "Iterations (default: as the model was trained).")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "The iterations that are looked at, such as 20-60 (default: the second half).",
      valueName: "first-last"))
  var window: String?

  @Flag(
    help: "The Jacobian's spectral radius, largest singular value and exponent too; takes long.")
  var jacobian = false

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  @Option(help: ArgumentHelp("Write all numbers here; - for standard output.", valueName: "file"))
  var jsonl: String?

  func validate() throws {
    if let steps, !(1...1_000_000).contains(steps) {
      throw ValidationError("--steps takes a number from 1 to 1000000, not \(steps).")
    }
    _ = try chosen(last: steps ?? 1_000_000)
  }

  private func chosen(last: Int) throws -> ClosedRange<Int> {
    guard let window else { return Motion.usualWindow(upTo: last) }
    let bounds = window.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let first = bounds[0], let end = bounds[1], first >= 0, first < end,
      end <= last
    else {
      throw ValidationError(
        "--window takes two iterations up to \(last), such as \(last / 2)-\(last), not \"\(window)\"."
      )
    }
    return Motion.lookedAt(first...end)
  }

  func run() throws {
    var outputs = OutputSet()
    let file = try outputs.open(jsonl, option: "--jsonl")
    let workbench = try Workbench.open(
      try model.openCheckpoint(), team: model.team(), start: start, precision: model.precision,
      addSpecialTokens: !noSpecial)
    let last = steps ?? workbench.summary.defaultIterations
    let window = try chosen(last: last)
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    do {
      try look(workbench, window, file)
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func look(_ workbench: Workbench, _ window: ClosedRange<Int>, _ file: OutputFile?) throws
  {
    let control = Interruption.control
    let engine = Engine(workbench, candidates: 1)
    let (cause, run) = try engine.begin(
      [.source(try prompt.source(), start.start())], control: control)[0]
    let lineage = Lineage(cause)
    if let warning = workbench.summary.depthWarning(at: window.upperBound) {
      StandardError.say(warning)
    }
    var divergence = run.divergence
    for iteration in 1...window.upperBound where divergence == nil {
      divergence = Divergence(
        in: try engine.step([lineage], to: iteration, control: control)[0])
    }
    let size = Engine.tokensAtOnce(window, width: workbench.model.facts.width)
    let motions = try stride(from: 0, to: run.tokens.count, by: size).flatMap { first in
      try engine.motion(
        of: lineage, rows: first..<min(run.tokens.count, first + size), window: window,
        control: control)
    }
    var stretch: LocalStretch?
    if jacobian, divergence == nil {
      var work = StretchWork(lineage, window: window)
      while !work.isDone { try work.advance(engine, control: control) }
      stretch = work.found
    }
    if let file {
      let records = MotionRecords(
        tokens: run.tokens, codec: workbench.codec, motions: motions, stretch: stretch)
      for line in records.lines { try file.write(line: line) }
      try file.finish()
    }
    if jsonl != "-" {
      for line in MotionReport(tokens: run.tokens, motions: motions, stretch: stretch).lines {
        try StandardOutput.say(line)
      }
    }
    if let divergence { throw try engine.located(divergence, of: lineage) }
  }
}
