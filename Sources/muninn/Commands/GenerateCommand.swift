import ArgumentParser
import Checkpoints
import Engine
import Foundation
import Generation
import LatentModels
import Tensors
import Trajectories

/// Goes on writing where a prompt ends.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue a prompt, token by token, with as many iterations as each token needs.",
    discussion: """
      Writes the text as it comes. --jsonl writes one object a token instead: schema, token, id, \
      text, iterations, exit_values, stop; the texts joined are what is written without --jsonl, and a \
      letter over several tokens is the text of the last, with the bytes of each beside it.

      --seed begins one running stream of random numbers, as torch.manual_seed does: the initial \
      state of the prompt is drawn from it, then that of every token in turn, as the published code \
      draws them. What else is drawn (tokens with --temperature) has a stream of its own, of \
      --sample-seed, or of --seed where that is not given. --initial-state gives a table, row p for \
      position p.
      """)

  enum Continuous: String, ExpressibleByArgument, CaseIterable { case minimal, adaptive }

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Prompt") var prompt: PromptOptions
  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Adaptive compute") var exit: ExitOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Wavefront") var wavefront: WavefrontOptions

  @Option(name: [.customShort("n"), .customLong("tokens")], help: "Tokens to generate at most.")
  var tokens = 256

  @Option(
    name: [.customShort("r"), .long],
    help: ArgumentHelp(
      "Iterations of every token, at most so many with --exit (default: as trained). Of models that "
        + "think once: thoughts behind the prompt (default: 6, or until the model ends them)."))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "What earlier tokens show to later ones: full, skip, latest, available, always-last or "
        + "randomized, with -compress-sN, -rN or -anchor after it (default: full, as published, with "
        + "which a token that stopped early is not seen by iterations it did not have; with "
        + "--wavefront latest with the slots of one iteration).",
      valueName: "strategy"))
  var cache: String?

  @Option(
    help: "Start every token from the state before it, normed (minimal) or raw (adaptive).")
  var continuous: Continuous?

  @Option(help: "Guess ahead with this many iterations, then check the guesses in one pass.")
  var draftSteps: Int?

  @Option(help: "With --draft-steps: how many tokens to guess.")
  var lookahead: Int?

  @Option(
    help: "With --draft-steps: accept guesses of at least this share of the likeliest one's.")
  var verificationThreshold: Float = 1

  @OptionGroup var until: UntilOption

  @Option(help: "Stop before this text; may be given more than once.")
  var stop: [String] = []

  @Flag(help: "Go on past the tokens that end a text.")
  var noStopTokens = false

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  @Flag(help: "Write one JSON object a token.")
  var jsonl = false

  @Flag(help: "Afterwards, say on standard error how many iterations each token took.")
  var verbose = false

  func validate() throws {
    try NumberOption.check(tokens, "tokens", 1...1_000_000)
    try NumberOption.check(steps, "steps", 1...100_000)
    try NumberOption.check(draftSteps, "draft-steps", 1...100_000)
    try NumberOption.check(lookahead, "lookahead", 1...4096)
    if let cache {
      do throws(CacheStrategyError) {
        _ = try CacheStrategy(parsing: cache)
      } catch {
        throw ValidationError(error.description)
      }
    }
    if until.until != nil,
      exit.exit != nil || exit.gate != nil || wavefront.wavefront || draftSteps != nil
    {
      throw ValidationError(
        "--until says when a token is done; leave out --exit, --gate, --wavefront and --draft-steps."
      )
    }
    if wavefront.wavefront,
      exit.exit != nil || exit.gate != nil || continuous != nil || draftSteps != nil
        || sampling.temperature != nil || sampling.repetitionPenalty != 1
    {
      throw ValidationError(
        "--wavefront takes the likeliest tokens; leave out --exit, --gate, --continuous, "
          + "--draft-steps, --temperature and --repetition-penalty.")
    }
    if exit.gate != nil, draftSteps != nil || continuous != nil {
      throw ValidationError("--gate goes with neither --draft-steps nor --continuous.")
    }
    if draftSteps == nil {
      if lookahead != nil { throw ValidationError("--lookahead goes with --draft-steps.") }
    } else if exit.exit != nil || continuous != nil || sampling.temperature != nil
      || sampling.repetitionPenalty != 1
    {
      throw ValidationError(
        "--draft-steps takes the likeliest token with fixed iterations; leave out --exit, "
          + "--continuous, --temperature and --repetition-penalty.")
    }
  }

  func run() throws {
    Interruption.arm()
    do {
      try generate()
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func generate() throws {
    let checkpoint = try model.openCheckpoint()
    let workbench = try Workbench.open(
      checkpoint, team: model.team(), start: start, precision: model.precision,
      addSpecialTokens: !noSpecial, progress: { _, _ in try Interruption.control.check() })
    let ids =
      switch try prompt.source() {
      case .text(let text): try workbench.codec.encode(text)
      case .ids(let ids): ids
      }
    let iterations = steps ?? workbench.model.facts.usualMost(behind: ids.count)
    if let warning = workbench.summary.depthWarning(at: iterations) { StandardError.say(warning) }
    let stops = noStopTokens ? [] : workbench.stopTokens
    var text = GeneratedText(
      workbench.codec, after: ids, stopStrings: stop, asRecords: jsonl)
    let next = try source(of: ids, workbench.model, workbench, iterations)
    let clock = ContinuousClock()
    let begun = clock.now
    let limit = try limit(behind: ids.count, workbench.model, iterations)
    // What was written until then is a text: it is ended before the reason is said.
    var interruption: (any Error)?
    var unmet = 0
    do {
      generation: while text.iterations.count < limit {
        for token in try next(Interruption.control) where text.iterations.count < limit {
          if token.isMet == false { unmet += 1 }
          let isStop = stops.contains(token.id)
          try text.take(token, isStop: isStop)
          if isStop || text.isStopped { break generation }
        }
      }
    } catch let error where error is CancellationRequested || error is Divergence {
      interruption = error
    }
    // A run that diverged before it said anything has no line to end.
    if !(interruption is Divergence) || !text.iterations.isEmpty { try text.finish() }
    if verbose { report(text.iterations, clock.now - begun) }
    if let interruption { throw interruption }
    if unmet > 0, let condition = until.until {
      StandardError.say(
        "\(condition): not met within \(iterations) iterations for \(unmet) of "
          + "\(text.iterations.count) tokens")
      throw ExitCode(1)
    }
  }

  /// Tokens to generate at most: as asked, as the model takes, and as memory holds.
  private func limit(
    behind prompt: Int, _ model: any LatentModel, _ iterations: Int
  ) throws -> Int {
    let room = model.facts.maximumTokens - prompt + 1
    // A prompt that is too long is refused when its first token is asked for.
    guard room > 0 else { return 1 }
    let shared = "full-compress-s\(model.cacheLayout.coreLayers)"
    let strategy = try CacheStrategy(parsing: cache ?? (wavefront.wavefront ? shared : "full"))
    let wanted = min(tokens, room)
    let limit = try WorkForecast.tokens(
      model.facts, strategy: strategy, iterations: iterations, prompt: prompt, wanted: wanted)
    if limit < wanted {
      StandardError.say(
        "memory holds the keys and values of \(limit) tokens more, not of \(wanted): the text ends "
          + "there; fewer --steps or a --cache that shares them make it longer")
    }
    return limit
  }

  /// What gives the next tokens: one, or as many as were agreed on.
  private func source(
    of ids: [Int], _ model: any LatentModel, _ workbench: Workbench, _ iterations: Int
  ) throws -> (StepControl) throws -> [GeneratedToken] {
    let begin = tokenStart(workbench)
    if wavefront.wavefront { return try wave(of: ids, workbench, begin, iterations) }
    let strategy = try CacheStrategy(parsing: cache ?? "full")
    if let draftSteps {
      var options = SpeculativeGenerator.Options(
        draftIterations: draftSteps, lookahead: lookahead ?? 8, iterations: iterations,
        start: begin, cache: strategy)
      options.givenState = workbench.givenState
      options.threshold = verificationThreshold
      var generator = try SpeculativeGenerator(model: model, prompt: ids, options: options)
      return { try generator.next(control: $0) }
    }
    let policy = try exit.policy()
    var count =
      policy.map { .adaptive($0, maximum: iterations) } ?? IterationPolicy.fixed(iterations)
    if policy == nil, steps == nil, let stop = model.facts.thoughts?.tokens.stop {
      count = .untilSaid(stop, maximum: iterations)
    }
    if let condition = try until.condition(workbench, workbench.summary.hasExitGate ? .gate : []) {
      count = .until(condition, maximum: iterations)
    }
    if let readout = try exit.gateReadout() { count = .gated(readout, loops: iterations) }
    var options = GenerationOptions(iterations: count, start: begin, cache: strategy)
    options.givenState = workbench.givenState
    options.sampling = sampling.sampling(seed: start.seed ?? 0)
    options.warmStart =
      switch continuous {
      case nil: .none
      case .minimal: .normalized
      case .adaptive: .raw
      }
    if continuous != nil, model.facts.hasFixedStart, model.facts.thoughts == nil {
      throw ModelError.fixedStart(asked: "the state of the token before")
    }
    var generator = try Generator(model: model, prompt: ids, options: options)
    return { [try generator.next(control: $0)] }
  }

  /// Where tokens start. A model that starts from its embeddings has no use for a seed there; what is
  /// sampled has.
  private func tokenStart(_ workbench: Workbench) -> Start {
    guard start.seed != nil, workbench.summary.hasFixedStart else {
      return workbench.resolved(start.start())
    }
    if sampling.temperature == nil, cache?.hasPrefix("randomized") != true {
      StandardError.say(
        "--seed changes nothing here: the model starts from its token embeddings, and the likeliest "
          + "tokens are taken")
    }
    return workbench.resolved(.usual)
  }

  /// Positions of a wavefront differ in their iterations, so all of them share the slots of one
  /// iteration unless asked otherwise.
  private func wave(
    of ids: [Int], _ workbench: Workbench, _ begin: Start, _ iterations: Int
  ) throws -> (StepControl) throws -> [GeneratedToken] {
    let model = workbench.model
    let strategy = try CacheStrategy(
      parsing: cache ?? "latest-compress-s\(model.cacheLayout.coreLayers)")
    if model.facts.hasFixedStart, model.facts.thoughts == nil {
      throw ModelError.fixedStart(asked: "a wavefront, whose states outlive their guesses")
    }
    var generator = try WavefrontGenerator(
      model: model, prompt: ids,
      options: try wavefront.options(
        iterations: iterations, start: begin, givenState: workbench.givenState, cache: strategy,
        seed: sampling.sampling(seed: start.seed ?? 0).seed))
    var hasSaid = false
    return { control in
      let tokens = try generator.next(control: control)
      if generator.unsettled > 0, !hasSaid, let ceiling = generator.options.freeze.ceiling {
        hasSaid = true
        StandardError.say(
          "A position did not settle in \(ceiling) looks and was taken as it stood, as others may "
            + "be after it; --freeze says when one is done.")
      }
      return tokens
    }
  }

  private func report(_ iterations: [Int], _ duration: Duration) {
    let seconds = duration / .seconds(1)
    let total = iterations.reduce(0, +)
    let list = iterations.map(String.init).joined(separator: " ")
    StandardError.say(
      "\(iterations.count) tokens, \(total) iterations in "
        + String(format: "%.3f s", seconds) + "; a token: \(list)")
  }
}
