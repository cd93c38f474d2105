import LatentModels
import Tensors

/// Runs new tokens through a model with a cache: prelude, initial state, iterations. States, logits
/// and gates that are not finite end a pass: its methods throw `Divergence`.
struct TokenPass {
  let model: any GeneratingModel
  let cache: KeyValueCache
  let control: StepControl

  /// What a pass ended with.
  struct Outcome {
    let iterations: Int
    let exitValues: [Float?]
    let state: Matrix  // [tokens, width]
    /// Of the last position, or of all when they were asked for.
    let logits: Matrix  // [positions, vocabulary]
  }

  /// - Parameters:
  ///   - starts: where the tokens start; goes on by one call.
  ///   - warm: the state to start from instead, one row; nothing is drawn then.
  func begin(
    _ ids: [Int], from starts: inout StartStream, warm: Matrix? = nil
  ) throws -> (PromptContext, Matrix) {
    let first = cache.seen
    let context = try model.begin(ids, cache: cache, control: control)
    if let warm { return (context, try model.initialState(.given(warm), in: context)) }
    let state = try starts.next(first..<first + ids.count)
    return (context, try model.initialState(state, in: context))
  }

  /// One more iteration of the tokens that were begun last.
  func step(_ state: Matrix, _ context: PromptContext, _ iteration: Int) throws -> Matrix {
    let next = try model.step(
      state, in: context, iteration: iteration, cache: cache, control: control)
    try Divergence.check(
      states: next, firstToken: cache.seen - context.ids.count, iteration: iteration + 1)
    return next
  }

  /// Checks what was read out of some of the tokens that were begun last.
  func check(
    _ logits: Matrix, _ positions: Range<Int>, of ids: [Int], _ iterations: Int
  ) throws {
    try Divergence.check(
      logits: logits, firstToken: cache.seen - ids.count + positions.lowerBound,
      iteration: iterations)
  }

  /// A fixed number of iterations.
  /// - Parameter positions: which logits to give; nil for the last position's.
  func run(
    _ ids: [Int], iterations: Int, from starts: inout StartStream, warm: Matrix? = nil,
    positions: Range<Int>? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    for iteration in 0..<iterations {
      state = try step(state, context, iteration)
    }
    let decoded = try model.decode(state, in: context, cache: cache, control: control)
    let positions = positions ?? ids.count - 1..<ids.count
    let logits = model.logits(decoded, positions: positions)
    try check(logits, positions, of: ids, iterations)
    return Outcome(iterations: iterations, exitValues: [], state: state, logits: logits)
  }

  /// Iterations until the rule fires.
  ///
  /// Where a rule that reads predictions never fires, the logits are those of its last check, as in
  /// the published code: not of the last iteration when checks are further apart than one.
  func run(
    _ ids: [Int], until policy: ExitPolicy, maximum: Int, isPrefill: Bool,
    from starts: inout StartStream, warm: Matrix? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    let last = ids.count - 1..<ids.count
    var evaluator = ExitEvaluator(policy, start: state)
    var values: [Float?] = []
    var read: Matrix?
    var iterations = 0
    while iterations < maximum {
      state = try step(state, context, iterations)
      iterations += 1
      guard policy.checks(after: iterations, isPrefill: isPrefill) else { continue }
      var decoded: Matrix?
      if policy.rule.readsPrediction {
        let now = try model.decode(state, in: context, cache: cache, control: control)
        decoded = now
        let logits = model.logits(now, positions: last)
        try check(logits, last, of: ids, iterations)
        read = logits
      }
      let value = evaluator.check(state) { positions in
        decoded.map { model.logits($0, positions: positions) } ?? Matrix(rows: 0, columns: 0)
      }
      values.append(value)
      if evaluator.fires(value) { break }
    }
    if let read {
      return Outcome(iterations: iterations, exitValues: values, state: state, logits: read)
    }
    let decoded = try model.decode(state, in: context, cache: cache, control: control)
    let logits = model.logits(decoded, positions: last)
    try check(logits, last, of: ids, iterations)
    return Outcome(iterations: iterations, exitValues: values, state: state, logits: logits)
  }
}
