import LatentModels
import Tensors
import Trajectories

/// Runs new tokens through a model after those it remembers: prelude, initial state, iterations.
/// States, logits and gates that are not finite end a pass: its methods throw `Divergence`.
struct TokenPass {
  let model: any LatentModel
  /// What was seen before; after a pass, with what the pass left.
  private(set) var memory: Memory
  /// Where its tokens stand in the text.
  private var firstToken: Int
  let control: StepControl

  /// What a pass ended with.
  struct Outcome {
    let iterations: Int
    let exitValues: [Float?]
    let state: Matrix  // [tokens, width]
    /// Of the last position, or of all when they were asked for.
    let logits: Matrix  // [positions, vocabulary]
    /// Whether the condition was met that was waited for; nil without one.
    var isMet: Bool?
    /// Whether the model itself ended its thoughts; the token that says so follows.
    var isSaid = false
  }

  /// - Parameter firstToken: where its tokens stand in the text; nil for as many as are remembered.
  init(
    model: any LatentModel, memory: Memory, firstToken: Int? = nil, control: StepControl
  ) {
    self.model = model
    self.memory = memory
    self.firstToken = firstToken ?? memory.seen[0]
    self.control = control
  }

  private var call: Call { Call(control: control) }

  /// - Parameters:
  ///   - starts: where the tokens start; goes on by one call.
  ///   - warm: the state to start from instead, one row; nothing is drawn then.
  func begin(
    _ ids: [Int], from starts: inout StartStream, warm: Matrix? = nil
  ) throws -> (PromptContext, LatentState) {
    let context = try model.begin(ids, after: memory, call)
    if let warm { return (context, try model.initialState([warm], in: context)) }
    return (context, try model.finiteInitialState(from: &starts, in: context))
  }

  /// One more iteration of the tokens that were begun last.
  func step(_ state: LatentState, _ context: PromptContext) throws -> LatentState {
    let next = try model.step(state, in: context, call)
    try locating(from: state, context) { () throws(Divergence) in
      try Divergence.check(
        states: next.rows, firstToken: firstToken, iteration: next.iteration)
    }
    return next
  }

  /// Checks what was read out of some of the tokens that were begun last.
  /// - Parameter state: what it was read from.
  func check(
    _ logits: Matrix, _ positions: Range<Int>, of state: LatentState, _ context: PromptContext
  ) throws {
    try locating(from: state, context) { () throws(Divergence) in
      try Divergence.check(
        logits: logits, firstToken: firstToken + positions.lowerBound,
        iteration: state.iteration)
    }
  }

  /// Says of a divergence where inside the model it began, too.
  private func locating(
    from state: LatentState, _ context: PromptContext, _ check: () throws(Divergence) -> Void
  ) throws {
    try Divergence.locating(
      in: model, from: state, of: context, call,
      prelude: { _ = try model.begin(context.sequences, after: memory, $0) }, check: check)
  }

  /// A fixed number of iterations.
  /// - Parameter positions: which logits to give; nil for the last position's.
  mutating func run(
    _ ids: [Int], iterations: Int, from starts: inout StartStream, warm: Matrix? = nil,
    positions: Range<Int>? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    for _ in 0..<iterations { state = try step(state, context) }
    let hidden = try decode(&state, context)
    let positions = positions ?? ids.count - 1..<ids.count
    let logits = model.logits(hidden, positions: positions)
    try check(logits, positions, of: state, context)
    return end(
      state, Outcome(iterations: iterations, exitValues: [], state: state.rows, logits: logits))
  }

  /// Iterations until the rule fires.
  ///
  /// Where a rule that reads predictions never fires, the logits are those of its last check, as in
  /// the published code: not of the last iteration when checks are further apart than one.
  mutating func run(
    _ ids: [Int], until policy: ExitPolicy, maximum: Int, isPrefill: Bool,
    from starts: inout StartStream, warm: Matrix? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    let last = ids.count - 1..<ids.count
    // Thoughts are of the last position alone: those before it never change.
    var watched = policy
    if model.facts.thoughts != nil { watched.scope = .last }
    var evaluator = ExitEvaluator(watched, start: model.leading(state.rows))
    var values: [Float?] = []
    var read: Matrix?
    var iterations = 0
    while iterations < maximum {
      state = try step(state, context)
      iterations += 1
      guard policy.checks(after: iterations, isPrefill: isPrefill) else { continue }
      var decoded: Matrix?
      if policy.rule.readsPrediction {
        let now = try decode(&state, context)
        decoded = now
        let logits = model.logits(now, positions: last)
        try check(logits, last, of: state, context)
        read = logits
      }
      let value = evaluator.check(model.leading(state.rows)) { positions in
        decoded.map { model.logits($0, positions: positions) } ?? Matrix(rows: 0, columns: 0)
      }
      values.append(value)
      if evaluator.hasFired { break }
    }
    if read == nil {
      let logits = model.logits(try decode(&state, context), positions: last)
      try check(logits, last, of: state, context)
      read = logits
    }
    let outcome = Outcome(
      iterations: iterations, exitValues: values, state: state.rows,
      logits: read ?? Matrix(rows: 0, columns: 0))
    return end(state, outcome)
  }

  /// What the head reads of a state, which then remembers that it was read: later tokens look at the
  /// coda's keys and values of the last reading, also where more iterations came after it.
  func decode(_ state: inout LatentState, _ context: PromptContext) throws -> Matrix {
    let decoded = try model.decode(state, in: context, call)
    state.memory = decoded.memory
    return decoded.hidden
  }

  /// Remembers what a pass left.
  mutating func end(_ state: LatentState, _ outcome: Outcome) -> Outcome {
    if let memory = state.memory { self.memory = memory }
    return outcome
  }
}
