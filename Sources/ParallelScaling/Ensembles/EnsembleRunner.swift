import LatentModels
import Tensors
import Trajectories

/// Runs copies of a prompt side by side: each thinks and writes as it would alone, to the bit,
/// whatever the others are and however many.
public struct EnsembleRunner: Sendable {
  public let model: any LatentModel
  public let plan: EnsemblePlan

  public init(model: any LatentModel, plan: EnsemblePlan) {
    self.model = model
    self.plan = plan
  }

  /// What one copy came to.
  public struct Copy: Sendable {
    public let number: Int
    public internal(set) var written: [Int] = []
    /// Whether the last token written ends the text.
    public internal(set) var isEnded = false
    /// Whether states or predictions stopped being finite; nothing it says counts then.
    public internal(set) var isFinite = true
    /// ‖sᵢ − sᵢ₋₁‖ / ‖sᵢ‖ of the prompt's last token, from the first iteration on.
    public internal(set) var residuals: [Double] = []
    /// The thoughts that were fed back, as noise left them; none where iterations read states, or where
    /// the way is not kept.
    // [iterations] of [width]
    public internal(set) var thoughts: [[Float]] = []
    /// The states of the prompt's last token, from s₀ on; none where they are not kept.
    // [iterations + 1] of [width]
    public internal(set) var path: [[Float]] = []
    /// The likeliest token there at every iteration, from 0 on; nil where it is not finite.
    public internal(set) var said: [Int?] = []
    /// Of the prediction that the answer begins with, nats.
    public internal(set) var entropy: Double?
    /// The iteration at which the exit rule of the plan would have stopped it; nil where it would not have.
    public internal(set) var exit: Int?
  }

  /// Runs some copies side by side: as one batch, or of a small model as a batch a thread.
  /// - Parameters:
  ///   - readsPath: whether the prediction is read at every iteration.
  ///   - keepsPath: whether the states of every iteration are kept.
  /// - Throws: `ModelError`, `StartError`, `CancellationRequested`.
  /// - Precondition: at least one copy.
  public func run(
    _ copies: [Int], readsPath: Bool = false, keepsPath: Bool = true,
    control: StepControl = .uninterrupted
  ) throws -> [Copy] {
    precondition(!copies.isEmpty, "at least one copy")
    let shared = try sharedMemory(control)
    guard let twins = model.twins, copies.count >= twins.count else {
      return try runBatch(copies, readsPath, keepsPath, shared, control)
    }
    return try twins.deal(copies) { share, twin in
      try EnsembleRunner(model: twin, plan: plan)
        .runBatch(Array(share), readsPath, keepsPath, shared, control)
    }
  }

  /// - Parameter shared: as `sharedMemory` has it.
  private func runBatch(
    _ copies: [Int], _ readsPath: Bool, _ keepsPath: Bool, _ shared: Memory?,
    _ control: StepControl
  ) throws -> [Copy] {
    var thinking = try begin(
      copies, readsPath: readsPath, keepsPath: keepsPath, after: shared, control: control)
    // Those that have thought enough wait, each with its place among the copies.
    var groups: [(places: [Int], thinking: Thinking)] = []
    var places = Array(copies.indices)
    for _ in stride(from: 0, to: plan.iterations, by: 1) {
      let enough = try lanesThatStop(thinking, control: control)
      if !enough.isEmpty {
        groups.append((enough.map { places[$0] }, thinking.selecting(enough)))
        let others = thinking.lanes.filter { !enough.contains($0) }
        places = others.map { places[$0] }
        guard !others.isEmpty else { break }
        thinking = thinking.selecting(others)
      }
      try advance(&thinking, readsPath: readsPath, control: control)
    }
    if !places.isEmpty { groups.append((places, thinking)) }
    thinking.letGoOfMemory()
    var done: [Copy?] = copies.map { _ in nil }
    for index in groups.indices {
      let copies = try finish(&groups[index].thinking, control)
      for (place, copy) in zip(groups[index].places, copies) { done[place] = copy }
    }
    return done.compactMap { $0 }
  }

  /// Keeps what an iteration came to.
  /// - Parameters:
  ///   - before: the states it started from; nil at s₀.
  ///   - logits: what is read out of it; nil where nobody reads.
  func note(_ thinking: inout Thinking, after before: Matrix?, _ logits: Matrix?) {
    // Of states that hold two vectors the one that is read is what is looked at and judged.
    let rows = model.leading(thinking.state.rows)
    let before = before.map(model.leading)
    for (lane, span) in zip(thinking.lanes, thinking.context.places.spans) {
      let last = span.rows.upperBound - 1
      let row = rows.row(last)
      if let before {
        thinking.copies[lane].residuals.append(Self.relativeResidual(before.row(last), row))
      }
      if thinking.keepsPath { thinking.copies[lane].path.append(Array(row)) }
      if let logits { thinking.copies[lane].said.append(Self.likeliest(logits.row(lane))) }
    }
  }

  static func likeliest(_ logits: ArraySlice<Float>) -> Int? {
    Operations.isFinite(logits) ? Operations.topK(logits, count: 1)[0].id : nil
  }

  /// - Parameter inputs: whose numbers what an iteration reads is changed by; nil for the same.
  func call(
    _ copies: [Int], _ iteration: Int, _ control: StepControl, inputs: [Int]? = nil
  ) -> Call {
    Call(
      control: control,
      hooks: plan.hooks(copies, inputs: inputs, iteration: iteration, of: model))
  }

  /// ‖after − before‖ / ‖after‖.
  private static func relativeResidual(
    _ before: ArraySlice<Float>, _ after: ArraySlice<Float>
  ) -> Double {
    var (change, size) = (0.0, 0.0)
    for (a, b) in zip(after, before) {
      change += (Double(a) - Double(b)) * (Double(a) - Double(b))
      size += Double(a) * Double(a)
    }
    return (change / size).squareRoot()
  }

  /// The prompt of every copy at s₀. What runs before iterations runs once where it is the same for all.
  /// - Parameter shared: as `sharedMemory` has it.
  func begin(
    _ copies: [Int], _ starts: inout CopyStarts, after shared: Memory?, _ control: StepControl
  ) throws -> (PromptContext, LatentState) {
    if let shared { return try beginLast(copies, &starts, after: shared, control) }
    let own = call(copies, 0, control)
    let context: PromptContext
    if own.hooks.all.isEmpty {
      let one = try model.begin(
        [plan.ids], after: try model.memory(.init(.latest)), Call(control: control))
      context = .joining(Array(repeating: one, count: copies.count))
    } else {
      context = try model.begin(
        Array(repeating: plan.ids, count: copies.count),
        after: try model.memory(.init(.latest), sequences: copies.count), own)
    }
    let rows = try starts.next(context.places.spans[0].positions, of: Array(copies.indices))
    return (context, try model.initialState(rows, in: context))
  }

  /// What the tokens before the last left, which have run once for all copies; nil where they are every
  /// copy's own.
  func sharedMemory(_ control: StepControl) throws -> Memory? {
    guard plan.sharesPrompt, plan.firstPosition(model.facts) != nil else { return nil }
    let before = Array(plan.ids.dropLast())
    let quiet = Call(control: control)
    let shared = try model.begin([before], after: try model.memory(.init(.latest)), quiet)
    // All tokens of a prompt are drawn in one go, as torch draws them.
    var first = try StartStream(plan.start, facts: model.facts)
    let rows = try first.next(0..<plan.ids.count)
    var state = try model.initialState([rows?.rows(0..<before.count)], in: shared)
    for _ in 0..<plan.iterations { state = try model.step(state, in: shared, quiet) }
    // With the keys and values that reading them out leaves, at which those of later tokens look.
    guard let memory = try model.decode(state, in: shared, quiet).memory else {
      preconditionFailure("a run that began with a memory keeps one")
    }
    return memory
  }

  /// The last token of every copy at s₀, behind those before it.
  private func beginLast(
    _ copies: [Int], _ starts: inout CopyStarts, after shared: Memory, _ control: StepControl
  ) throws -> (PromptContext, LatentState) {
    let place = plan.ids.count - 1
    let context = try model.begin(
      copies.map { _ in [plan.ids[place]] },
      after: shared.selecting(copies.map { _ in 0 }), call(copies, 0, control))
    let own = try starts.next(0..<plan.ids.count, of: Array(copies.indices))
    let last = own.map { $0?.rows(place..<place + 1) }
    return (context, try model.initialState(last, in: context))
  }

  /// What is read out of states.
  typealias LastReading = (
    /// Of the last row of every sequence.  // [lanes, vocabulary]
    logits: Matrix,
    /// What the head reads, of all rows.  // [rows, width]
    hidden: Matrix, memory: Memory?
  )

  /// What the head says of the last row of every sequence.
  func read(
    _ state: LatentState, _ context: PromptContext, _ control: StepControl
  ) throws -> LastReading {
    let decoded = try model.decode(state, in: context, Call(control: control))
    let ends = context.places.spans.map { $0.rows.upperBound - 1 }
    let rows = Matrix(
      rows: ends.count, columns: decoded.hidden.columns,
      values: ends.flatMap { decoded.hidden.row($0) })
    return (model.logits(rows, positions: 0..<ends.count), decoded.hidden, decoded.memory)
  }

  /// The likeliest tokens, one after another, until each copy has ended its text. A copy that has ended
  /// goes, and the others stay what they are.
  /// - Throws: `ModelError`, `StartError`, `CancellationRequested`.
  public func finish(
    _ thinking: Thinking, control: StepControl = .uninterrupted
  ) throws -> [Copy] {
    var own = thinking
    return try finish(&own, control)
  }

  /// The same of what nobody goes back to: its memory is written where it lies.
  private func finish(_ thinking: inout Thinking, _ control: StepControl) throws -> [Copy] {
    var (done, starts) = (thinking.copies, thinking.starts)
    var (state, active) = (thinking.state, Array(thinking.lanes))
    thinking.letGoOfMemory()
    var context = thinking.context
    for place in 0..<plan.tokens {
      let (logits, _, memory) = try read(state, context, control)
      let forced = place == 0 ? model.facts.thoughts?.forcedToken(after: plan.ids) : nil
      var kept: [Int] = []
      for (lane, index) in active.enumerated() {
        let row = logits.row(lane)
        guard Operations.isFinite(row) else {
          done[index].isFinite = false
          continue
        }
        let id = forced ?? Operations.topK(row, count: 1)[0].id
        if done[index].entropy == nil, forced == nil {
          done[index].entropy = Operations.softmaxStatistics(row).entropy
        }
        done[index].written.append(id)
        done[index].isEnded = plan.stops.contains(id)
        if !done[index].isEnded { kept.append(lane) }
      }
      guard !kept.isEmpty, place + 1 < plan.tokens, let memory else { break }
      active = kept.map { active[$0] }
      let numbers = active.map { thinking.numbers[$0] }
      let fed = active.map { [done[$0].written.last ?? 0] }
      // Thoughts are had once, and nothing is drawn behind them.
      let thinks = model.facts.thoughts == nil
      context = try model.begin(
        fed, after: memory.selecting(kept),
        thinks ? call(numbers, 0, control) : Call(control: control))
      // All have written as many tokens.
      let rows = try starts.next(context.places.spans[0].positions, of: active)
      state = try model.initialState(rows, in: context)
      context = context.withoutMemory()
      for iteration in stride(from: 1, through: thinks ? plan.iterations : 0, by: 1) {
        state = try model.step(
          state.handedOver(), in: context, call(numbers, iteration, control))
      }
    }
    return done
  }
}
