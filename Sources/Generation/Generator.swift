import LatentModels
import Tensors
import Trajectories

/// Generates a text token by token, each with as many iterations as the policy gives it.
///
/// Every call of `next` is one token; between calls everything is at rest, so a caller may stop,
/// show, or go on as it likes.
public struct Generator {
  public let model: any LatentModel
  public let options: GenerationOptions
  /// Keys and values of everything but the last token.
  public private(set) var memory: Memory
  /// The prompt, then what was generated.
  public private(set) var ids: [Int]
  private let promptCount: Int
  /// How many of them the model has seen: thoughts in its memory take positions of their own.
  private var fedCount = 0
  private var sampler: Sampler
  private var starts: StartStream
  /// The last position's state after the last pass, in the form the warm start takes.
  private var ended: Matrix?  // [1, width]

  /// - Throws: `CacheStrategyError` when the strategy does not fit the model, `ThinksOnce` for a warm
  ///   start of one that thinks once.
  public init(
    model: any LatentModel, prompt: [Int], options: GenerationOptions
  ) throws {
    if options.warmStart != .none {
      try ThinksOnce.refuse("A start from the state of the token before", of: model)
    }
    self.model = model
    self.options = options
    ids = prompt
    promptCount = prompt.count
    sampler = Sampler(options.sampling)
    starts = try StartStream(options.start, facts: model.facts, given: options.givenState)
    memory = try model.memory(options.cache, seed: options.sampling.seed)
  }

  /// How many tokens were generated.
  public var generated: Int { ids.count - promptCount }

  /// The next token.
  /// - Throws: `Divergence` when states or logits are not finite, and what the model throws.
  public mutating func next(control: StepControl = .uninterrupted) throws -> GeneratedToken {
    let isPrefill = generated == 0
    let fed = Array(ids[fedCount...])
    var pass = TokenPass(
      model: model, memory: memory, firstToken: fedCount, control: control)
    let outcome =
      switch iterations(isPrefill) {
      case .fixed(let iterations):
        try pass.run(fed, iterations: iterations, from: &starts, warm: ended)
      case .scheduled(let schedule):
        try pass.run(
          fed, iterations: generated < schedule.count ? schedule[generated] : schedule.last ?? 1,
          from: &starts, warm: ended)
      case .adaptive(let policy, let maximum):
        try pass.run(
          fed, until: policy, maximum: maximum, isPrefill: isPrefill, from: &starts, warm: ended)
      case .until(let condition, let maximum):
        try pass.run(fed, until: condition, maximum: maximum, from: &starts, warm: ended)
      case .untilSaid(let stop, let maximum):
        try pass.run(fed, untilSaid: stop, maximum: maximum, from: &starts)
      case .gated(let readout, let loops):
        try pass.run(fed, reading: readout, loops: loops, from: &starts)
      }
    memory = pass.memory
    fedCount = ids.count
    switch options.warmStart {
    case .none: break
    case .normalized: ended = Self.last(model.normalized(outcome.state))
    case .raw: ended = Self.last(outcome.state)
    }
    let logits = Array(outcome.logits.row(0))
    let forced = isPrefill ? forcedToken(outcome) : nil
    let id = try forced ?? sampler.choose(logits, after: ids)
    ids.append(id)
    return GeneratedToken(
      id: id, iterations: outcome.iterations, exitValues: outcome.exitValues, logits: logits,
      isMet: outcome.isMet, isForced: forced != nil)
  }

  /// What follows the thoughts, drawn or not: what the model ended them with, or what always does.
  private func forcedToken(_ outcome: TokenPass.Outcome) -> Int? {
    if outcome.isSaid, case .untilSaid(let stop, _) = options.iterations { return stop }
    return model.facts.thoughts?.forcedToken(after: ids)
  }

  /// Continuous thoughts are had once, behind the prompt.
  private func iterations(_ isPrefill: Bool) -> IterationPolicy {
    isPrefill || model.facts.thoughts == nil ? options.iterations : .fixed(0)
  }

  private static func last(_ state: Matrix) -> Matrix {
    state.rows(state.rows - 1..<state.rows)
  }

  /// Runs given tokens one by one, each until the rule fires (`forward_with_adaptive_compute`): the
  /// prompt as it would have been, had it been generated.
  public static func forward(
    _ ids: [Int], model: any LatentModel, policy: ExitPolicy, maximum: Int,
    start: Start, givenState: Matrix? = nil, strategy: CacheStrategy,
    control: StepControl = .uninterrupted
  ) throws -> [GeneratedToken] {
    var pass = TokenPass(model: model, memory: try model.memory(strategy), control: control)
    var starts = try StartStream(start, facts: model.facts, given: givenState)
    return try ids.map { id in
      let outcome = try pass.run(
        [id], until: policy, maximum: maximum, isPrefill: false, from: &starts)
      return GeneratedToken(
        id: id, iterations: outcome.iterations, exitValues: outcome.exitValues,
        logits: Array(outcome.logits.row(0)))
    }
  }
}
