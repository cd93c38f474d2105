import LatentModels
import Tensors
import Trajectories

/// Runs a model for somebody else: makes nodes by their lineages and steps them, many at once, and
/// keeps states, keys and values within a budget. What it has let go, or never had, it computes from
/// the causes in the lineage, to the same bits. Used from one thread.
///
/// Keys and values are those of `Generator` with the strategy `latest`: where an earlier token was
/// given fewer iterations, its last ones stand in. What a text says is what `Generator` says with the
/// same iterations for each token, however one came there.
public final class Engine {
  /// How the next token is chosen.
  public enum Choice: Sendable, Hashable {
    /// As the model says it.
    case said(Sampling)
    /// By hand; a token that ends texts is run like any other.
    case chosen(Int)
  }

  /// What comes after a text.
  public enum Next: Sendable {
    /// A token; its run so far, which is s₀.
    case token(TokenCause, Trajectory)
    /// The model said a token that ends the text.
    case end(Token)
  }

  /// What acts in one of many copies of a run: in the prelude, as iteration 0, and in iterations, from 1,
  /// of one sequence alone.
  public typealias CopyHooks =
    @Sendable (_ copy: CopyCause, _ iteration: Int, _ model: any LatentModel) throws -> [Hook]

  /// Earlier tokens stand in with their last iterations for those they were not given.
  public static let strategy = CacheStrategy(.latest)

  public private(set) var workbench: Workbench
  /// Bytes it keeps at most, other than what the work at hand needs.
  public let budget: Int
  let candidates: Int
  let copyHooks: CopyHooks?
  /// Multiplications in the head from which on a readout is waited for by nobody; nil for never.
  public var longReadout: Int?
  /// Tokens whose standing every reading from now on tells.
  public var watched: [Int] {
    get { stepper.watched }
    set { stepper.watched = newValue }
  }
  private(set) var stepper: Stepper
  let ledger = Ledger()
  var held: [Lineage: HeldRun] = [:]
  /// How far every lineage went, whatever of it is kept.
  var edges: [Lineage: Int] = [:]
  /// States of lineages that went on elsewhere.
  var known: [Lineage: KnownStates] = [:]
  var clock = 0

  /// - Parameters:
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - budget: bytes of states, keys and values and of the logits they are compared by; nil for
  ///     `usualBudget`.
  ///   - copies: what acts in copies of runs; nil where none are made.
  public init(
    _ workbench: Workbench, candidates: Int, budget: Int? = nil, copies: CopyHooks? = nil
  ) {
    self.workbench = workbench
    copyHooks = copies
    self.candidates = max(1, min(candidates, workbench.model.facts.vocabularySize))
    self.budget = budget ?? Self.usualBudget(workbench.model.facts)
    stepper = Stepper(model: workbench.model, vocabulary: workbench.vocabulary)
  }

  /// Tells it of tables that `Start.given` means, by their labels.
  public func know(starts: [String: Matrix]) {
    workbench.givenStates.merge(starts) { $1 }
  }

  /// A quarter of the free memory, but no more than the weights twice or 32 MiB: the smaller a model,
  /// the sooner anything is computed again.
  public static func usualBudget(
    _ facts: ModelFacts, available: Int? = MemoryBudget.available()
  ) -> Int {
    min(max(32 << 20, 2 * facts.packedBytes), (available ?? 4 << 30) / 4)
  }

  /// Bytes it keeps now.
  public var used: Int { ledger.bytes }

  /// The last iteration it has made of a lineage; nil where it has not begun it.
  public func lastIteration(of lineage: Lineage) -> Int? { edges[lineage] }

  /// Whether every state of a lineage up to an iteration is kept, so that looking at them all takes
  /// no computing.
  public func isKept(_ lineage: Lineage, upTo iteration: Int) -> Bool {
    held[lineage].map { $0.keeps(upTo: iteration) } ?? false
  }

  var model: any LatentModel { workbench.model }

  // MARK: Runs

  /// Begins prompts, all as one batch: tokenises, runs the prelude, makes s₀ and reads it, unless that is
  /// long: then what is read of it is to be asked for with `startReadings`.
  ///
  /// What is there already of the same prompt and start stays.
  /// - Returns: what each came to, and its run so far, in order.
  /// - Throws: `ModelError`, `Divergence`, `StartError`,
  ///   `CancellationRequested`, what the tokenizer throws.
  public func begin(
    _ beginnings: [Beginning], control: StepControl = .uninterrupted
  ) throws -> [(PromptCause, Trajectory)] {
    guard !beginnings.isEmpty else { return [] }
    let prompts = try beginnings.map(workbench.cause)
    let runs = try open(prompts, control)
    let (steps, lenses) = try read(runs, control)
    for (index, run) in runs.enumerated() {
      keep(run, as: Lineage(prompts[index]), lens: lenses[index])
    }
    makeRoom(for: runs)
    return zip(prompts, steps).map { prompt, step in
      (prompt, trajectory(prompt.ids, prompt.text ?? "", prompt.start, step))
    }
  }

  /// The next iteration of each; those at the same one run as one batch. When it throws, no run has
  /// gone on.
  /// - Parameters:
  ///   - iteration: which that is, from 1; nil for the one after the last that was made of each.
  ///   - first: positions of the first lineage to be read out before all else.
  ///   - early: told of these while others are still to be read, and before, where readouts are long, of
  ///     all that needs none.
  /// - Returns: in order. The duration of each is that of the batch it ran in.
  /// - Throws: as `begin`.
  public func step(
    _ lineages: [Lineage], to iteration: Int? = nil, reading first: Range<Int>? = nil,
    early: (EarlyStep) -> Void = { _ in }, control: StepControl = .uninterrupted
  ) throws -> [Step] {
    var lanes: [(run: HeldRun, earlier: Matrix?, state: LatentState, lens: Lens, hasAll: Bool)] = []
    for lineage in lineages {
      let run = try run(lineage, control)
      let before = iteration.map { max(0, $0 - 1) } ?? run.edge
      // Where they have to be made again the state before is on the way.
      let earlier = before > 0 ? try rows(of: run, at: before - 1, control) : nil
      let rows = try rows(of: run, at: before, control)
      let lens = try lens(of: run, at: before, control)
      let hasAll = stepsNeedMemory || (run.memory?.iteration ?? 0) == before
      let state =
        stepsNeedMemory ? try ready(run, at: before, control) : run.state(rows, at: before)
      lanes.append((run, earlier, state, lens, hasAll))
    }
    var done: [(state: LatentState, step: Step, lens: Lens)?] = lanes.map { _ in nil }
    // The first lineage is in the first batch.
    var waiting = Array(lanes.indices)
    while let leader = waiting.first {
      let batch = waiting.filter { lanes[$0].state.iteration == lanes[leader].state.iteration }
      waiting.removeAll(where: batch.contains)
      var lenses = batch.map { lanes[$0].lens }
      let changes = try changes(
        of: batch.map { lanes[$0].run }, at: lanes[leader].state.iteration + 1, control)
      let (after, steps) = try stepper.advance(
        .joining(batch.map { lanes[$0].state }), after: batch.compactMap { lanes[$0].earlier },
        in: .joining(batch.map { lanes[$0].run.context }),
        with: &lenses, reading: leader == 0 ? first : nil,
        early: { if leader == 0 { early($0) } },
        isLong: isLong(tokens: batch.reduce(0) { $0 + lanes[$1].run.tokens.count }),
        hooks: changes.hooks,
        change: changes.apply, control: control)
      for (place, index) in batch.enumerated() {
        done[index] = (after.selecting(place), steps[place], lenses[place])
      }
    }
    for (index, lineage) in lineages.enumerated() {
      guard let (state, step, lens) = done[index] else { continue }
      let lane = lanes[index]
      lane.run.advance(
        to: step.iteration, state.rows, memory: lane.hasAll ? state.memory : nil, lens: lens)
      edges[lineage] = max(edges[lineage] ?? 0, step.iteration)
    }
    makeRoom(for: lanes.map(\.run))
    return done.compactMap { $0?.step }
  }

  /// Chooses the token after a text that was thought about for so long, and begins its run.
  ///
  /// What is there already of the same token stays.
  /// - Throws: as `begin`; `Divergence` also where it says nothing finite, `NoKeysAndValues`,
  ///   `PenaltyTooStrong`.
  /// - Precondition: the iteration counts from 1; where tokens are not thought about, from 0.
  public func next(
    after lineage: Lineage, at iteration: Int, choice: Choice,
    control: StepControl = .uninterrupted
  ) throws -> Next {
    precondition(iteration >= 1 || stepsNeedMemory, "nothing was thought at s₀")
    let parent = try run(lineage, control)
    let ending = try ending(of: parent, at: iteration, control)
    let cause: TokenCause
    switch choice {
    case .chosen(let id): cause = TokenCause(id: id, sampling: nil)
    case .said(let sampling):
      if lineage.takenCount == 0,
        let forced = model.facts.thoughts?.forcedToken(after: lineage.ids)
      {
        cause = TokenCause(id: forced, sampling: sampling)
        break
      }
      let logits = model.logits(ending.hidden, positions: 0..<1)
      try Divergence.check(
        logits: logits, firstToken: parent.tokens.upperBound - 1,
        iteration: iteration)
      // Drawn as if every token before had been, in turn.
      var sampler = Sampler(sampling, drawn: lineage.takenCount)
      let id = try sampler.choose(Array(logits.row(0)), after: lineage.ids)
      if workbench.stopTokens.contains(id) { return .end(workbench.codec.token(id)) }
      cause = TokenCause(id: id, sampling: sampling)
    }
    let run = try open(cause.id, after: parent, ending, control)
    let (steps, lenses) = try read([run], control)
    keep(run, as: lineage.appending(cause, at: iteration), lens: lenses[0])
    makeRoom(for: [run])
    guard case .prompt(let prompt) = lineage.links[0].cause else {
      preconditionFailure("a lineage begins with a prompt")
    }
    return .token(cause, trajectory([cause.id], "", prompt.start, steps[0]))
  }

  /// Notes that a lineage is there.
  func began(_ lineage: Lineage) { edges[lineage] = edges[lineage] ?? 0 }

  // MARK: Places

  /// The raw state of a node's tokens, computed where it is not kept.  // [tokens, width]
  /// - Throws: as `begin`, `NoKeysAndValues`.
  public func state(
    _ lineage: Lineage, _ iteration: Int, control: StepControl = .uninterrupted
  ) throws -> Matrix {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    return try rows(of: run, at: iteration, control)
  }

  /// ln_f of a state.  // [tokens, width]
  /// - Throws: as `state`.
  public func normalized(
    _ lineage: Lineage, _ iteration: Int, control: StepControl = .uninterrupted
  ) throws -> Matrix {
    model.normalized(try state(lineage, iteration, control: control))
  }

  /// Next-token logits of some of a node's tokens.  // [rows, vocabulary]
  /// - Throws: as `state`.
  public func logits(
    _ lineage: Lineage, _ iteration: Int, rows: Range<Int>, control: StepControl = .uninterrupted
  ) throws -> Matrix {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    if let (at, hidden) = run.decoded, at == iteration {
      return model.logits(hidden, positions: rows)
    }
    let state = run.state(try self.rows(of: run, at: iteration, control), at: iteration)
    let hooks = try changes(of: [run], at: iteration, control).hooks
    let hidden = try model.decode(state, in: run.context, Call(control: control, hooks: hooks))
      .hidden
    run.keep(decoded: hidden, at: iteration)
    return model.logits(hidden, positions: rows)
  }

  /// How tokens of the vocabulary stand in what some of a node's tokens say after an iteration.
  /// - Returns: by row, each in the order of `ids`; none where the logits are not finite, nor of tokens
  ///   that do not exist.
  /// - Throws: as `state`.
  public func standings(
    of ids: [Int], _ lineage: Lineage, _ iteration: Int, rows: Range<Int>,
    control: StepControl = .uninterrupted
  ) throws -> [[Standing]] {
    var found: [[Standing]] = []
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Lens.chunk) {
      try control.check()
      let logits = try logits(
        lineage, iteration, rows: start..<min(rows.upperBound, start + Lens.chunk), control: control
      )
      for row in 0..<logits.rows {
        let logits = logits.row(row)
        guard Operations.isFinite(logits) else {
          found.append([])
          continue
        }
        let total = Operations.softmaxStatistics(logits).logSumExp
        found.append(ids.compactMap { Standing(of: $0, in: logits, logSumExp: total) })
      }
    }
    return found
  }

  /// ‖ln_f(sᵢ) − ln_f(s_last)‖: as much work as there are iterations, so it is for when they are looked
  /// at.  // [iterations + 1][tokens]
  /// - Parameter last: nil for the last iteration it has made.
  /// - Throws: as `state`.
  public func distancesToLast(
    _ lineage: Lineage, last: Int? = nil, control: StepControl = .uninterrupted
  ) throws -> [[Float]] {
    let last = last ?? edges[lineage] ?? 0
    let end = try normalized(lineage, last, control: control)
    return try (0...last).map { iteration in
      try control.check()
      let state = try normalized(lineage, iteration, control: control)
      return StateMetrics.distances(to: end, of: [state])[0]
    }
  }
}
