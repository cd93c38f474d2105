import LatentModels
import Tensors
import Trajectories

/// How an engine makes nodes, and makes again what it has let go. All of it only adds to what is kept.
extension Engine {
  // MARK: Nodes

  /// Prompts at s₀, as one batch; not kept yet.
  func open(_ prompts: [PromptCause], _ control: StepControl) throws -> [HeldRun] {
    var streams = try prompts.map { try workbench.stream($0.start) }
    let context = try model.begin(
      prompts.map(\.ids), after: try model.memory(Self.strategy, sequences: prompts.count),
      Call(control: control))
    let state = try model.finiteInitialState(from: &streams, in: context)
    return prompts.indices.map { index in
      hold(
        context.selecting(index), firstToken: 0, state.selecting(index).rows, streams[index],
        after: nil)
    }
  }

  /// A token after a text, at s₀; not kept yet.
  func open(
    _ id: Int, after parent: HeldRun, _ ending: HeldRun.Ending, _ control: StepControl
  ) throws -> HeldRun {
    let changes = inherited(from: parent)
    let context = try model.begin(
      [id], after: ending.memory,
      Call(control: control, hooks: try preludeHooks(changes, parent, control)))
    var starts = parent.starts
    let state = try model.finiteInitialState(from: &starts, in: context)
    return hold(
      context, firstToken: parent.tokens.upperBound, state.rows, starts,
      after: (parent.keys, ending.iteration), changes: changes)
  }

  func hold(
    _ context: PromptContext, firstToken: Int, _ start: Matrix, _ starts: StartStream,
    after parent: (keys: HeldKeys, iteration: Int)?, changes: [HeldRun.Change] = []
  ) -> HeldRun {
    let layout = model.cacheLayout
    let layer = context.ids.count * 2 * layout.keyWidth * 4
    // A thought is one more position, whatever the length of the text before it.
    let iteration = stepsNeedMemory ? layer / context.ids.count : layer
    let keys = HeldKeys(
      after: parent, fixedBytes: (layout.preludeLayers + layout.codaLayers) * layer,
      bytesPerIteration: layout.coreLayers * iteration, ledger: ledger)
    return HeldRun(
      context: context, firstToken: firstToken, changes: changes, start: start, starts: starts,
      keys: keys, ledger: ledger)
  }

  /// Measures s₀ of nodes that were opened, and reads it unless that is long, as one batch.
  func read(_ runs: [HeldRun], _ control: StepControl) throws -> ([Step], [Lens]) {
    if isLong(tokens: runs.reduce(0) { $0 + $1.tokens.count }) {
      // What is read at 1 is compared with nothing that was read before.
      return (
        stepper.measured(.joining(runs.map { $0.nearest(upTo: 0) })),
        runs.map { _ in Lens(candidates: candidates, from: 1) }
      )
    }
    var lenses = runs.map { _ in Lens(candidates: candidates) }
    let hooks = try changes(of: runs, at: 0, control).hooks
    let steps = try stepper.begin(
      .joining(runs.map { $0.nearest(upTo: 0) }), in: .joining(runs.map(\.context)),
      with: &lenses, hooks: hooks, control: control)
    return (steps, lenses)
  }

  func trajectory(_ ids: [Int], _ text: String, _ start: Start, _ step: Step) -> Trajectory {
    Trajectory(
      prompt: text, tokens: ids.map(workbench.codec.token), start: start.label,
      initial: step, changesLastAlone: stepsNeedMemory)
  }

  /// The node of a lineage, made with those before it where they are not kept.
  func run(_ lineage: Lineage, _ control: StepControl) throws -> HeldRun {
    var missing: [Lineage] = []
    var rest: Lineage? = lineage
    var found: HeldRun?
    while let lineage = rest, found == nil {
      found = held[lineage]
      if found == nil { missing.append(lineage) }
      rest = lineage.parent
    }
    for lineage in missing.reversed() {
      let link = lineage.links[lineage.links.count - 1]
      let made: HeldRun
      switch (link.cause, found) {
      case (.token(let token), .some(let parent)):
        let ending = try ending(of: parent, at: link.iteration ?? 1, control)
        made = try open(token.id, after: parent, ending, control)
      case (.edit(let cause), .some(let parent)):
        made = try open(cause, of: parent, lineage.parent ?? lineage, control)
      case (.copy(let cause), .some(let parent)): made = try open(cause, of: parent, control)
      case (.prompt(let prompt), _): made = try open([prompt], control)[0]
      case (.token, nil), (.edit, nil), (.copy, nil):
        preconditionFailure("a lineage begins with a prompt")
      }
      keep(made, as: lineage)
      found = made
    }
    guard let found else { preconditionFailure("a lineage is never empty") }
    clock += 1
    found.used = clock
    return found
  }

  // MARK: Places

  /// A state of a node, computed from the nearest before it where it is not kept.
  func rows(of run: HeldRun, at iteration: Int, _ control: StepControl) throws -> Matrix {
    if let kept = run.states[iteration] {
      run.look(at: iteration)
      return kept
    }
    if let rows = run.known?.rows(iteration) {
      run.keep([(iteration, rows)])
      return rows
    }
    var state = resuming(run, upTo: iteration)
    var rebuilt: [(iteration: Int, rows: Matrix)] = []
    while state.iteration < iteration {
      state = goingOn(try step(state, of: run, control), in: run.context)
      if state.iteration % HeldRun.spacing == 0 || state.iteration == iteration {
        rebuilt.append((state.iteration, state.rows))
      }
    }
    run.keep(rebuilt)
    if stepsNeedMemory, let memory = state.memory { run.keep(memory, through: iteration) }
    return state.rows
  }

  /// Whether an iteration looks at the keys and values of those before it, as thoughts do.
  var stepsNeedMemory: Bool { model.facts.thoughts != nil }

  /// A state without what the next iteration does not look at: for most families the keys and values
  /// of the iterations before it, which are nothing to it.
  func goingOn(_ state: LatentState, in context: PromptContext) -> LatentState {
    guard !stepsNeedMemory else { return state }
    return LatentState(
      rows: state.rows, places: state.places, iteration: state.iteration, memory: context.memory)
  }

  /// The last state up to an iteration from which a node can be computed again.
  private func resuming(_ run: HeldRun, upTo iteration: Int) -> LatentState {
    guard stepsNeedMemory else { return run.nearest(upTo: iteration) }
    guard let (through, memory) = run.memory, through <= iteration, let rows = run.states[through]
    else { return run.nearest(upTo: 0) }
    return LatentState(
      rows: rows, places: run.context.places, iteration: through, memory: memory)
  }

  /// A state of a node, ready for the iteration that follows it.
  func ready(
    _ run: HeldRun, at iteration: Int, _ control: StepControl
  ) throws -> LatentState {
    if stepsNeedMemory { return try remembered(run, at: iteration, control) }
    return LatentState(
      rows: try rows(of: run, at: iteration, control), places: run.context.places,
      iteration: iteration, memory: run.context.memory)
  }

  /// What has read the state of a node up to an iteration, and knows what it read there.
  func lens(of run: HeldRun, at iteration: Int, _ control: StepControl) throws -> Lens {
    if let (at, lens) = run.lens, at == iteration { return lens }
    // What is read at 1 is compared with nothing that was read before.
    guard iteration > 0 else { return Lens(candidates: candidates, from: 1) }
    let state = run.state(try rows(of: run, at: iteration, control), at: iteration)
    var lenses = [Lens(candidates: candidates, from: iteration)]
    let hooks = try changes(of: [run], at: iteration, control).hooks
    try stepper.read(state, in: run.context, with: &lenses, hooks: hooks, control: control)
    return lenses[0]
  }

  /// What a text goes on from. Keys and values of all iterations before are computed again where they
  /// are not kept.
  func ending(
    of run: HeldRun, at iteration: Int, _ control: StepControl
  ) throws -> HeldRun.Ending {
    if let kept = run.ending, kept.iteration == iteration { return kept }
    let state = try remembered(run, at: iteration, control)
    let hooks = try changes(of: [run], at: iteration, control).hooks
    let decoded = try model.decode(state, in: run.context, Call(control: control, hooks: hooks))
    guard let memory = decoded.memory else {
      preconditionFailure("an engine's runs begin with a memory")
    }
    let last = decoded.hidden.rows - 1
    let ending = HeldRun.Ending(
      iteration: iteration, hidden: decoded.hidden.rows(last..<last + 1), memory: memory)
    run.keep(ending)
    return ending
  }

  /// A state of a node with the keys and values of all iterations up to it.
  private func remembered(
    _ run: HeldRun, at iteration: Int, _ control: StepControl
  ) throws -> LatentState {
    let rows = try rows(of: run, at: iteration, control)
    if let (through, memory) = run.memory, through >= iteration {
      if stepsNeedMemory {
        return LatentState(
          rows: rows, places: run.context.places, iteration: iteration,
          memory: memory.withoutLast(through - iteration))
      }
      let first = run.context.places.spans[0].firstPosition
      return LatentState(
        rows: rows, places: run.context.places, iteration: iteration,
        memory: memory.without(iterationsFrom: iteration, positionsFrom: first))
    }
    let through = run.memory?.iteration ?? 0
    let bytes = (iteration - through) * run.keys.bytesPerIteration
    // Asking the system costs more than an iteration of a small model.
    if bytes > 1 << 26, let available = MemoryBudget.available(), bytes > available {
      throw NoKeysAndValues(bytes: bytes)
    }
    var state = run.state(try self.rows(of: run, at: through, control), at: through)
    while state.iteration < iteration {
      state = try step(state, of: run, control)
    }
    if let memory = state.memory { run.keep(memory, through: iteration) }
    return state
  }

  // MARK: Keeping

  /// Keeps a node, unless it is kept already.
  /// - Parameter lens: what has read its s₀.
  func keep(_ run: HeldRun, as lineage: Lineage, lens: Lens? = nil) {
    let run = held[lineage] ?? run
    if let edge = edges[lineage] { run.edge = edge } else { began(lineage) }
    recall(lineage, run)
    clock += 1
    run.used = clock
    if let lens { run.keep(beginning: lens) }
    held[lineage] = run
  }

  /// Lets go of what was used longest ago until the budget holds, with some room to go on: states
  /// that are soon made again first, then keys and values, then whole nodes. Of the nodes at work
  /// stays what the next step needs.
  func makeRoom(for current: [HeldRun]) {
    guard used > budget else { return }
    let enough = budget - budget / 8
    // Names alone: who holds a node here would keep it from going.
    let order = held.sorted { $0.value.used < $1.value.used }.map(\.key)
    let atWork = Set(current.map(ObjectIdentifier.init))
    for stage in 0..<4 {
      for lineage in order {
        letGo(lineage, stage, atWork)
        if used <= enough { return }
      }
    }
  }

  private func letGo(_ lineage: Lineage, _ stage: Int, _ atWork: Set<ObjectIdentifier>) {
    guard let run = held[lineage] else { return }
    let isAtWork = atWork.contains(ObjectIdentifier(run))
    switch stage {
    case 0:
      run.thin(to: HeldRun.spacing)
      if !isAtWork { run.dropReadings() }
    case 1: run.dropKeys()
    case 2: run.thin(to: nil)
    default: if !isAtWork { held[lineage] = nil }
    }
  }
}
