import LatentModels
import Synchronization
import Tensors

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
    let logits =
      readsPath ? try read(thinking.state, thinking.context, control).logits : nil
    thinking.inputNumbers = nil
    if let thoughts = fed.withLock({ $0 }) {
      for lane in thinking.lanes {
        thinking.copies[lane].thoughts.append(Array(thoughts.row(lane)))
      }
    }
    note(&thinking, after: before, logits)
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
