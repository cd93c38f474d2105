import LatentModels
import Tensors

/// Runs new tokens through a model with a cache: prelude, initial state, iterations.
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

  /// A fixed number of iterations.
  /// - Parameter positions: which logits to give; nil for the last position's.
  func run(
    _ ids: [Int], iterations: Int, from starts: inout StartStream, warm: Matrix? = nil,
    positions: Range<Int>? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    for iteration in 0..<iterations {
      state = try model.step(
        state, in: context, iteration: iteration, cache: cache, control: control)
    }
    let decoded = try model.decode(state, in: context, cache: cache, control: control)
    let logits = model.logits(decoded, positions: positions ?? ids.count - 1..<ids.count)
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
      state = try model.step(
        state, in: context, iteration: iterations, cache: cache, control: control)
      iterations += 1
      guard policy.checks(after: iterations, isPrefill: isPrefill) else { continue }
      var decoded: Matrix?
      if policy.rule.readsPrediction {
        let now = try model.decode(state, in: context, cache: cache, control: control)
        decoded = now
        read = model.logits(now, positions: last)
      }
      let value = evaluator.check(state) { positions in
        decoded.map { model.logits($0, positions: positions) } ?? Matrix(rows: 0, columns: 0)
      }
      values.append(value)
      if evaluator.fires(value) { break }
    }
    if read == nil {
      let decoded = try model.decode(state, in: context, cache: cache, control: control)
      read = model.logits(decoded, positions: last)
    }
    return Outcome(
      iterations: iterations, exitValues: values, state: state,
      logits: read ?? Matrix(rows: 0, columns: 0))
  }
}
