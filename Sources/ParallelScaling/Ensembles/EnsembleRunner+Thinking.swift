import Generation
import LatentModels
import Synchronization
import Tensors
import Trajectories

extension EnsembleRunner {
  /// The prompt of some copies, before the first iteration.
  /// - Parameters:
  ///   - readsPath: whether the prediction is read at every iteration.
  ///   - keepsPath: whether the states or thoughts of every iteration are kept.
  /// - Throws: `ModelError`, `StartError`, `CancellationRequested`.
  /// - Precondition: at least one copy.
  public func begin(
    _ copies: [Int], readsPath: Bool = false, keepsPath: Bool = true,
    control: StepControl = .uninterrupted
  ) throws -> Thinking {
    precondition(!copies.isEmpty, "at least one copy")
    return try begin(
      copies, readsPath: readsPath, keepsPath: keepsPath, after: sharedMemory(control),
      control: control)
  }

  /// - Parameter shared: as `sharedMemory` has it.
  func begin(
    _ copies: [Int], readsPath: Bool, keepsPath: Bool, after shared: Memory?,
    control: StepControl
  ) throws -> Thinking {
    var starts = try CopyStarts(plan, copies, of: model)
    let (context, state) = try begin(copies, &starts, after: shared, control)
    var thinking = Thinking(
      copies: copies.map { Copy(number: $0) }, numbers: copies, starts: starts, state: state,
      context: context, keepsPath: keepsPath)
    note(&thinking, after: nil, readsPath ? try read(state, context, control).logits : nil)
    if let exit = plan.exit {
      thinking.exits = context.places.spans.map { span in
        ExitEvaluator(
          exit, start: model.leading(state.rows.rows(rowsWatched(span, by: exit))))
      }
    }
    return thinking
  }

  /// One iteration of every lane, with the noise and the masks of `Thinking.numbers`.
  /// - Throws: `ModelError`, `CancellationRequested`; the lanes are of no use then.
  public func advance(
    _ thinking: inout Thinking, readsPath: Bool = false, control: StepControl = .uninterrupted
  ) throws {
    var call = call(
      thinking.numbers, thinking.iteration + 1, control, inputs: thinking.inputNumbers)
    let fed = Mutex<Matrix?>(nil)
    if thinking.keepsPath, model.facts.thoughts != nil {
      // Behind those that add noise.
      let reading = Hook.reading([.adapter]) { value in fed.withLock { $0 = value.values } }
      call = Call(control: call.control, hooks: Hooks(call.hooks.all + [reading]))
    }
    let before = thinking.state.rows
    thinking.state = try model.step(thinking.state.handedOver(), in: thinking.context, call)
    let isRead = readsPath || plan.exit?.rule.readsPrediction == true
    let reading = isRead ? try read(thinking.state, thinking.context, control) : nil
    thinking.inputNumbers = nil
    if let thoughts = fed.withLock({ $0 }) {
      for lane in thinking.lanes {
        thinking.copies[lane].thoughts.append(Array(thoughts.row(lane)))
      }
    }
    note(&thinking, after: before, readsPath ? reading?.logits : nil)
    watchExits(&thinking, reading)
  }

  /// Shows the states of an iteration to what watches for the exit rule of the plan.
  /// - Parameter reading: what is read out of them; needed by rules that look at the prediction.
  private func watchExits(_ thinking: inout Thinking, _ reading: LastReading?) {
    guard let exit = plan.exit, exit.checks(after: thinking.iteration, isPrefill: true) else {
      return
    }
    for (lane, span) in zip(thinking.lanes, thinking.context.places.spans)
    where thinking.copies[lane].exit == nil {
      let watched = rowsWatched(span, by: exit)
      _ = thinking.exits[lane].check(
        model.leading(thinking.state.rows.rows(watched))
      ) { rows in
        guard let reading else { preconditionFailure("a rule that reads is told what is read") }
        if watched.count == 1 { return reading.logits.rows(lane..<lane + 1) }
        let (first, last) = (rows.lowerBound, rows.upperBound)
        return model.logits(
          reading.hidden, positions: watched.lowerBound + first..<watched.lowerBound + last)
      }
      if thinking.exits[lane].hasFired { thinking.copies[lane].exit = thinking.iteration }
    }
  }

  /// The rows of a sequence at which an exit rule looks: of thoughts, and for rules of the last position,
  /// the last alone.
  private func rowsWatched(_ span: Places.Span, by exit: ExitPolicy) -> Range<Int> {
    let end = span.rows.upperBound
    return model.facts.thoughts != nil || exit.scope == .last ? end - 1..<end : span.rows
  }

  /// The thoughts that the next iteration would read, with the noise of `Thinking.numbers` on them; nil
  /// where iterations read states.  // [lanes, width]
  /// - Throws: `CancellationRequested`.
  public func nextThoughts(
    _ thinking: Thinking, control: StepControl = .uninterrupted
  ) throws -> Matrix? {
    try model.nextThoughts(
      thinking.state,
      call(
        thinking.numbers, thinking.iteration + 1, control, inputs: thinking.inputNumbers))
  }

  /// Lanes that say they have thought enough; none where all have as many thoughts.
  /// - Throws: `CancellationRequested`.
  public func lanesThatStop(
    _ thinking: Thinking, control: StepControl = .uninterrupted
  ) throws -> [Int] {
    guard let stop = plan.thoughtStop else { return [] }
    let logits = try read(thinking.state, thinking.context, control).logits
    return thinking.lanes.filter { Self.likeliest(logits.row($0)) == stop }
  }
}
