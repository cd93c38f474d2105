import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import Tensors
import Trajectories

/// Times the parts of a run.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time the prelude, one iteration, and the readout of a model.",
    discussion: """
      Medians over repeated calls, after one call that is not counted. Machines are noisy: compare \
      only figures from runs that were interleaved, as --precisions, --rounds and --beside do. \
      For large models each iteration stands next to its ceiling: its weights at the speed of a \
      plain read, its products at that of register-only arithmetic, whichever is longer.

      --kernels times the linear kernels alone on one weight of Huginn-0125, each call beside a \
      plain read of the same bytes and register-only arithmetic: bf16 (activations rounded to \
      bfloat16), bf16-exact (activations float32), int8, int4 and f32. share_of_ceiling is the \
      longer of the two ceilings over the kernel's time.

      --copies 64 times copies of a run with noise, of --tokens and 4 written behind them, as one \
      batch (of small models one a thread) and one after the other, in --rounds turns (default: 5): \
      with noise in all tokens of the prompt, and in the last alone, where those before it run once \
      for all copies of a batch. \
      Beside each stands what the ratio would be if a batch were nothing but its products at the \
      speed of register-only arithmetic. First comes what one iteration of all copies costs beside one \
      of a single token; of large models that alone is timed.

      --layer times what a layer of Huginn-0125 consists of at long prompts, in --precision: its products, \
      attention, and norms and the like (default: --tokens 128,512,2048).

      --generation times texts written by every means (greedy, self-speculative with an eighth of the \
      iterations for guesses, wavefronts of two kinds, named by iterations between two looks and fresh \
      positions after each, and exits by --exit) in every one of --precisions (default: all \
      four), in --rounds turns: tokens a second behind --prompt, or as many tokens as --tokens \
      says, with --written behind it, and after the first token. Beside each stands what the same does to answers of the \
      embedded model, --problems of every difficulty of every task: how many are right, and how many are \
      what exact, greedy decoding says. States start from zero.

      --make-model huginn DIR writes a random bfloat16 model of full size to time, --make-model grown DIR one of \
      the same size that computes what the embedded model does: guesses hold and states settle in it as in \
      a trained one.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "Prompt lengths to time, in tokens.")
  var tokens = "1,16,64"

  @Option(name: .customLong("repeat"), help: "Calls per figure.")
  var repetitions = 15

  @Option(
    help: ArgumentHelp(
      "Precisions to time in turns, such as exact,fast,int8,int4 (default: exact,fast).",
      valueName: "list"))
  var precisions: String?

  @Option(help: "Turns; every turn opens the model again in each precision.")
  var rounds = 1

  @Option(
    help: ArgumentHelp(
      "Another program to run in each turn; it prints JSON lines with tokens and iteration_ms.",
      valueName: "command"))
  var beside: String?

  @Flag(help: "One JSON object a line.")
  var json = false

  @Flag(help: "Time the linear kernels alone, next to their ceilings (under 50 s).")
  var kernels = false

  @Flag(help: "Time the parts of one layer at long prompts (takes 2 GB).")
  var layer = false

  @Flag(help: "Time gradients of the embedded model instead, in both numerics.")
  var training = false

  @Option(help: "Time so many copies of a run, as one batch and one after the other.")
  var copies: Int?

  @Flag(help: "Time texts written by every means, beside what it does to answers.")
  var generation = false

  @Option(help: "With --generation: iterations of a token (default: 32).")
  var steps: Int?

  @Option(help: "With --generation: tokens to write, at least (default: 8).")
  var written: Int?

  @Option(help: "With --generation: the prompt, as text.")
  var prompt: String?

  @Option(help: "With --generation: problems of every difficulty of every task (default: 5).")
  var problems: Int?

  @Option(
    help: ArgumentHelp(
      "With --generation: an exit rule, as generate has it; may be given again (default: kl and "
        + "latent-diff).", valueName: "rule[=threshold]"))
  var exit: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Write a model of Huginn-0125's shapes into a folder: random (huginn DIR), or one that computes what "
        + "the embedded model does (grown DIR).",
      valueName: "kind directory"))
  var makeModel: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --make-model: other sizes, such as width=256,heads=4,feed-forward=896,vocabulary=512.",
      valueName: "list"))
  var sizes: String?

  func validate() throws {
    if !makeModel.isEmpty {
      guard makeModel.count == 2, ["huginn", "grown"].contains(makeModel[0]) else {
        throw ValidationError(
          "--make-model takes huginn or grown and a folder: --make-model huginn DIR.")
      }
      if kernels || training {
        throw ValidationError("Give one of --kernels, --training and --make-model.")
      }
      _ = try ModelMaker.Sizes(parsing: sizes ?? "")
    } else if sizes != nil {
      throw ValidationError("--sizes goes with --make-model.")
    }
    if layer,
      kernels || training || generation || !makeModel.isEmpty || copies != nil || beside != nil
    {
      throw ValidationError(
        "--layer goes with none of --kernels, --training, --generation, --make-model, --copies and "
          + "--beside.")
    }
    if kernels && training { throw ValidationError("Give --kernels or --training, not both.") }
    if let copies {
      try NumberOption.check(copies, "copies", 2...4096)
      if kernels || training || !makeModel.isEmpty || beside != nil || precisions != nil {
        throw ValidationError(
          "--copies goes with none of --kernels, --training, --make-model, --beside and --precisions."
        )
      }
    }
    try NumberOption.check(steps, "steps", 1...100_000)
    try NumberOption.check(written, "written", 1...100_000)
    try NumberOption.check(problems, "problems", 1...100_000)
    if generation {
      if kernels || training || copies != nil || !makeModel.isEmpty || beside != nil {
        throw ValidationError(
          "--generation goes with none of --kernels, --training, --copies, --make-model and --beside."
        )
      }
      _ = try means()
    } else if steps != nil || written != nil || problems != nil || prompt != nil || !exit.isEmpty {
      throw ValidationError(
        "--steps, --written, --prompt, --problems and --exit go with --generation.")
    }
    if !(1...1_000_000).contains(rounds) {
      throw ValidationError("--rounds takes a number from 1 to 1000000, not \(rounds).")
    }
    if try chosenPrecisions().isEmpty { throw ValidationError("--precisions names none.") }
    if !(1...1_000_000).contains(repetitions) {
      throw ValidationError("--repeat takes a number from 1 to 1000000, not \(repetitions).")
    }
    let lengths = try lengths()
    if lengths.isEmpty { throw ValidationError("--tokens names no length.") }
    if let wrong = lengths.first(where: { !(1...1_048_576).contains($0) }) {
      throw ValidationError("--tokens takes lengths from 1 to 1048576, not \(wrong).")
    }
  }

  private func lengths() throws -> [Int] {
    try tokens.split(separator: ",").map { part in
      guard let length = Int(part) else {
        throw ValidationError("--tokens takes numbers such as 1,16; \"\(part)\" is none.")
      }
      return length
    }
  }

  func run() throws {
    if makeModel.count == 2 { return try writeModel(to: makeModel[1]) }
    if kernels {
      return try KernelBenchmark(team: model.team(), json: json).run { try show($0) }
    }
    if layer {
      let benchmark = LayerBenchmark(
        precision: model.precision, tokens: tokens == "1,16,64" ? [128, 512, 2048] : try lengths(),
        team: model.team(), json: json)
      return try benchmark.run { try show($0) }
    }
    if training {
      let benchmark = TrainingBenchmark(
        team: model.team(), repetitions: repetitions, json: json)
      return try benchmark.run { try show($0) }
    }
    let checkpoint = try model.openCheckpoint()
    if generation { return try timeGeneration(of: checkpoint) }
    if let copies { return try time(copies, of: try model.plan(checkpoint)) }
    let benchmark = ModelBenchmark(
      checkpoint: checkpoint, plan: try model.plan(checkpoint), precisions: try chosenPrecisions(),
      tokens: try lengths(), repetitions: repetitions, rounds: rounds, beside: beside,
      team: model.team(), note: json ? { _ in } : { try show($0) })
    let rows = try benchmark.run()
    for row in rows {
      let other = rows.first {
        $0.tokens == row.tokens && $0.name == (beside == nil ? rows[0].name : "beside")
      }
      try show(json ? row.json : row.text(against: other))
    }
  }

  private func time(_ copies: Int, of plan: ModelPlan) throws {
    let team = model.team()
    let opened = try plan.open(WeightPacking(precision: model.precision, team: team))
    let benchmark = CopiesBenchmark(
      model: opened, copies: copies, lengths: try lengths(), rounds: rounds == 1 ? 5 : rounds,
      team: team, precision: model.precision, json: json)
    try benchmark.run { try show($0) }
  }

  private func timeGeneration(of checkpoint: Checkpoint) throws {
    let plan = try model.plan(checkpoint)
    guard plan.facts.thoughts == nil else {
      throw ValidationError("--generation is for models that iterate for every token.")
    }
    Interruption.arm()
    let iterations = steps ?? Self.usualSteps
    do {
      let benchmark = GenerationBenchmark(
        plan: plan,
        precisions: precisions == nil && model.precision == .exact
          ? Precision.allCases : try chosenPrecisions(),
        means: try means(), iterations: iterations, tokens: written ?? 8,
        prompt: try promptIds(checkpoint, vocabulary: plan.facts.vocabularySize), rounds: rounds,
        answers: try AnswersByMeans(
          count: problems ?? 5, iterations: iterations, control: Interruption.control),
        team: model.team(), json: json, control: Interruption.control)
      try benchmark.run { try show($0) }
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func promptIds(_ checkpoint: Checkpoint, vocabulary: Int) throws -> [Int] {
    guard let prompt else {
      return (0..<(try lengths()[0])).map { ($0 * 7919 + 13) % vocabulary }
    }
    let ids = try checkpoint.neededTokenizer().encode(prompt, addSpecialTokens: true)
    guard !ids.isEmpty else { throw ValidationError("--prompt has no tokens.") }
    return ids
  }

  private static let usualSteps = 32

  private func means() throws -> [GenerationMeans] {
    do throws(UnknownExitPolicy) {
      return try GenerationMeans.all(
        iterations: steps ?? Self.usualSteps, exits: exit.isEmpty ? ["kl", "latent-diff"] : exit)
    } catch {
      throw ValidationError("--exit \(error)")
    }
  }

  /// Prints a line at once.
  private func show(_ line: String) throws {
    try json ? StandardOutput.data(line) : StandardOutput.say(line)
    try StandardOutput.flush()
  }

  private func chosenPrecisions() throws -> [Precision] {
    guard let precisions else {
      return model.precision == .exact ? [.exact, .fast] : [model.precision]
    }
    return try precisions.split(separator: ",").map { name in
      guard let precision = Precision(rawValue: String(name)) else {
        throw ValidationError(
          "--precisions takes a list of exact, fast, int8 and int4; \"\(name)\" is none.")
      }
      return precision
    }
  }

  private func writeModel(to directory: String) throws {
    let sizes = try ModelMaker.Sizes(parsing: sizes ?? "")
    let grown = makeModel[0] == "grown" ? try GrownModel(sizes: sizes) : nil
    let maker = ModelMaker(sizes: sizes)
    var shown = -1
    func tell(_ done: Int, _ total: Int) {
      let percent = done * 100 / max(1, total)
      guard percent / 10 > shown / 10 || shown < 0 else { return }
      shown = percent
      StandardError.put("\(percent) % of \(Quantity.bytes(total))\n")
    }
    if let grown {
      try grown.write(to: directory, progress: tell)
    } else {
      try maker.write(to: directory, progress: tell)
    }
    try StandardOutput.say(
      "\(directory): \(Quantity.bytes(maker.byteCount)), bfloat16, "
        + (grown == nil ? "random" : "computes what the embedded model does"))
  }
}
