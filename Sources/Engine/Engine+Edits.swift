import LatentModels
import Tensors
import Trajectories

/// An edit names what a run does not have.
public struct EditDoesNotFit: Error, Sendable, Hashable, CustomStringConvertible {
  public let edit: Edit
  /// What is wrong, as a sentence without its point.
  public let problem: String
  public var description: String { "The edit \(edit) cannot be made: \(problem)." }
}

/// What edits change of runs side by side at one iteration.
struct ActingChanges {
  /// Rewrites what lies at sites.
  fileprivate(set) var hooks = Hooks.none
  /// Changes of the states, by sequence.
  fileprivate var states: [(sequence: Int, row: Int, edit: RowEdit)] = []

  /// Changes the states that the iteration left.
  func apply(_ state: inout LatentState) {
    for (sequence, row, edit) in states {
      let place = state.places.spans[sequence].rows.lowerBound + row
      for column in 0..<state.rows.columns {
        switch edit {
        case .replace(let values): state.rows[place, column] = values[column]
        case .add(let values): state.rows[place, column] += values[column]
        case .multiply(let values): state.rows[place, column] *= values[column]
        }
      }
    }
  }
}

/// What lies at places of runs, for edits that take from the same ones: a look inside an iteration runs it
/// once more.
private struct Taken {
  private struct Place: Hashable {
    let passage: Lineage.Passage
    let source: EditSource
  }

  private var rows: [Place: Matrix] = [:]  // of [tokens of the passage, width]

  /// What lies at a place of a run, at the iteration at hand.
  mutating func callAsFunction(
    _ source: EditSource, _ passage: Lineage.Passage, make: () throws -> Matrix
  ) rethrows -> Matrix {
    var source = source
    (source.run, source.token) = (nil, nil)
    let place = Place(passage: passage, source: source)
    let found = try rows[place] ?? make()
    rows[place] = found
    return found
  }
}

/// Edited runs: those of their parents, but for what edits write on the way.
extension Engine {
  /// Begins a run with an edit. What is there already of it stays.
  /// - Returns: what it is now, and its run so far, which is s₀. Its iterations up to the first that
  ///   differs are those of the run it was made from.
  /// - Throws: `EditDoesNotFit`, and as `begin`.
  public func edit(
    _ lineage: Lineage, _ cause: EditCause, control: StepControl = .uninterrupted
  ) throws -> (Lineage, Trajectory) {
    try rerun(lineage.appending(cause), checkedAt: cause.edit.target.firstIteration, control)
  }

  /// Begins another run of the tokens of one.
  /// - Parameter checked: where it changes something: what cannot be made says so now.
  func rerun(
    _ lineage: Lineage, checkedAt checked: Int, _ control: StepControl
  ) throws -> (Lineage, Trajectory) {
    let run = try run(lineage, control)
    _ = try changes(of: [run], at: checked, control)
    let (steps, lenses) = try read([run], control)
    keep(run, as: lineage, lens: lenses[0])
    makeRoom(for: [run])
    guard case .prompt(let prompt) = lineage.links[0].cause else {
      preconditionFailure("a lineage begins with a prompt")
    }
    return (lineage, trajectory(run.context.ids, prompt.text ?? "", prompt.start, steps[0]))
  }

  /// An edited run, at s₀; not kept yet.
  func open(
    _ cause: EditCause, of parent: HeldRun, _ before: Lineage, _ control: StepControl
  ) throws -> HeldRun {
    let target = cause.edit.target
    try check(cause, parent)
    let own = HeldRun.Edited(cause: cause, before: before)
    let changes = parent.changes + [.edit(own)]
    var context = parent.context
    var start = parent.nearest(upTo: 0)
    if case .prelude = target.moments {
      (context, start) = try beginAgain(parent, changes, control)
    }
    if target.site == nil, target.acts(at: 0) {
      var taken = Taken()
      let rows = try resolve(own, parent, at: 0, &taken, control)
      ActingChanges(states: rows.map { (0, $0.row, $0.edit) }).apply(&start)
    }
    let run = hold(context, start.rows, inPlaceOf: parent, changes)
    let shared = parent.nearest(upTo: max(0, target.firstIteration - 1))
    if shared.iteration > 0 { run.keep([(shared.iteration, shared.rows)]) }
    return run
  }

  /// The prelude of a run with other changes, and s₀ behind it.
  func beginAgain(
    _ run: HeldRun, _ changes: [HeldRun.Change], _ control: StepControl
  ) throws -> (PromptContext, LatentState) {
    let ids = run.context.ids
    let context = try model.begin(
      [ids], after: run.context.memory?.withoutLast(ids.count),
      Call(control: control, hooks: try preludeHooks(changes, run, control)))
    var start = run.nearest(upTo: 0)
    // The one start that comes out of the prelude.
    if case .embedded = run.starts.start {
      start.rows = try model.initialState(.embedded, in: context).rows
    }
    return (context, start)
  }

  /// Holds another run of the tokens of one.
  func hold(
    _ context: PromptContext, _ start: Matrix, inPlaceOf run: HeldRun, _ changes: [HeldRun.Change]
  ) -> HeldRun {
    hold(
      context, firstToken: run.tokens.lowerBound, start, run.starts,
      after: run.keys.parent.map { ($0, run.keys.fork) }, changes: changes)
  }

  /// Refuses what the model or the run does not have.
  private func check(_ cause: EditCause, _ run: HeldRun) throws(EditDoesNotFit) {
    let target = cause.edit.target
    let layers = model.facts.layers
    func refuse(_ problem: String) -> EditDoesNotFit {
      EditDoesNotFit(edit: cause.edit, problem: problem)
    }
    if let site = target.site {
      let count =
        switch site.part {
        case .prelude: layers.prelude
        case .core: layers.core
        case .coda: layers.coda
        }
      if site.block > count { throw refuse("the \(site.part.rawValue) has \(count) blocks") }
      if site == .adapter, run.context.injection == nil, !stepsNeedMemory {
        throw refuse("this model injects nothing and has no adapter")
      }
      if case .prelude = target.moments, site.part != .prelude {
        throw refuse("\(site) is not in the prelude")
      }
      if site.part == .prelude, target.moments != .prelude {
        throw refuse("the prelude runs once, before all iterations")
      }
      if site.kind == .attentionWeights || site.kind == .state {
        throw refuse("\(site) has no rows of tokens to write")
      }
      if site.part == .core, target.firstIteration == 0 {
        throw refuse("nothing runs at iteration 0")
      }
    }
    if case .range(let tokens) = target.tokens,
      !run.tokens.contains(tokens.lowerBound) || !run.tokens.contains(tokens.upperBound)
    {
      throw refuse(
        "this run has the tokens \(run.tokens.lowerBound) to \(run.tokens.upperBound - 1)")
    }
  }

  // MARK: What acts

  /// The next iteration of a run, with its edits.
  func step(
    _ state: LatentState, of run: HeldRun, _ control: StepControl
  ) throws -> LatentState {
    let changes = try changes(of: [run], at: state.iteration + 1, control)
    var next = try model.step(
      state, in: run.context, Call(control: control, hooks: changes.hooks))
    changes.apply(&next)
    return next
  }

  /// What edits and copies do to runs side by side at an iteration; nothing for runs that have none.
  func changes(
    of runs: [HeldRun], at iteration: Int, _ control: StepControl
  ) throws -> ActingChanges {
    var acting = ActingChanges()
    if runs.allSatisfy(\.changes.isEmpty) { return acting }
    var hooks: [Hook] = []
    var taken = Taken()
    for (sequence, run) in runs.enumerated() {
      for change in run.changes {
        switch change {
        case .copy(let cause):
          // In the prelude it acted when the run was made.
          if iteration > 0 { hooks += try self.hooks(of: cause, at: iteration, sequence: sequence) }
        case .edit(let change) where change.cause.edit.target.acts(at: iteration):
          let rows = try resolve(change, run, at: iteration, &taken, control)
          if let site = change.cause.edit.target.site {
            hooks.append(Self.hook(site, sequence: sequence, rows, of: run.tokens.count))
          } else if iteration > 0 {
            // s₀ was changed when the run was made.
            acting.states += rows.map { (sequence, $0.row, $0.edit) }
          }
        case .edit: continue
        }
      }
    }
    acting.hooks = Hooks(hooks)
    return acting
  }

  /// What edits and copies do in the prelude of a run.
  func preludeHooks(of run: HeldRun, _ control: StepControl) throws -> Hooks {
    try preludeHooks(run.changes, run, control)
  }

  func preludeHooks(
    _ changes: [HeldRun.Change], _ run: HeldRun, _ control: StepControl
  ) throws -> Hooks {
    var taken = Taken()
    return Hooks(
      try changes.flatMap { change -> [Hook] in
        switch change {
        case .copy(let cause): return try hooks(of: cause, at: 0, sequence: 0)
        case .edit(let change):
          guard case .prelude = change.cause.edit.target.moments,
            let site = change.cause.edit.target.site
          else { return [] }
          let rows = try resolve(change, run, at: 0, &taken, control)
          return [Self.hook(site, sequence: 0, rows, of: run.tokens.count)]
        }
      })
  }

  /// - Parameter count: rows of the run; where fewer pass a site, as of thoughts, they are its last.
  private static func hook(
    _ site: Site, sequence: Int, _ rows: [(row: Int, edit: RowEdit)], of count: Int
  ) -> Hook {
    .rewriting([site]) { value in
      let present = value.places.spans[sequence].rows
      let first = present.upperBound - count
      return SiteEdit(
        rows: rows.map { (first + $0.row, $0.edit) }.filter { present.contains($0.0) })
    }
  }

  // MARK: What is written

  /// The rows that a change writes at an iteration.
  private func resolve(
    _ change: HeldRun.Edited, _ run: HeldRun, at iteration: Int, _ taken: inout Taken,
    _ control: StepControl
  ) throws -> [(row: Int, edit: RowEdit)] {
    let edit = change.cause.edit
    let chosen =
      switch edit.target.tokens {
      case .all: run.tokens
      case .range(let range): range.lowerBound..<range.upperBound + 1
      }
    // A lineage is as long as its text: not to be looked up by for every token.
    var found: [EditSource: Matrix] = [:]
    let isOfStates = edit.target.site == nil || edit.target.site == .state
    let width = isOfStates ? model.facts.stateWidth : model.facts.width
    /// What lies at a place, for the token that is edited.
    func values(_ source: EditSource, _ position: Int) throws -> [Float] {
      var place = source
      // What lies there is the same for every token.
      place.token = source.token ?? position
      let passage = try passage(of: place, change)
      var key = place
      key.token = passage.firstToken
      let rows =
        try found[key]
        ?? taken(source, passage) {
          try self.rows(at: source, passage, iteration, edit, control)
        }
      found[key] = rows
      let row = Array(rows.row((place.token ?? position) - passage.firstToken))
      guard row.count == width else {
        throw EditDoesNotFit(
          edit: edit,
          problem: "\(source) holds \(row.count) numbers and what is written \(width): a state of "
            + "this model is \(model.facts.vectorsInState) vectors side by side")
      }
      return row
    }
    return try chosen.compactMap { position in
      let written = try edit.value.evaluate(
        width: width, { try values($0, position) },
        noise: { seed in
          Self.noise(
            seed, edit.target, at: iteration, position,
            beside: try values(edit.target.source, position))
        })
      let row = position - run.tokens.lowerBound
      if edit.operation == .set { return (row, .replace(written)) }
      // To add nothing leaves even the sign of a zero.
      return written.allSatisfy { $0 == 0 } ? nil : (row, .add(written))
    }
  }

  /// Normal numbers of one place, as large as what lies there: times the root of its mean square.
  /// - Parameter signal: what lies there.  // [width]
  private static func noise(
    _ seed: UInt64, _ target: EditTarget, at iteration: Int, _ position: Int,
    beside signal: [Float]
  ) -> [Float] {
    // An edit makes one copy of a run, the first.
    PlacedRandom(seed: seed).at(0).at(UInt64(iteration)).at((target.site ?? .state).number)
      .at(UInt64(position)).normal(signal.count, size: Operations.rootMeanSquare(signal[...]))
  }

  /// The run that has a token of a source.
  private func passage(
    of source: EditSource, _ change: HeldRun.Edited
  ) throws(EditDoesNotFit) -> Lineage.Passage {
    let lineage = change.cause.lineage(of: source) ?? change.before
    let count = lineage.ids.count
    guard let token = source.token, token < count,
      let passage = lineage.passages.last(where: { $0.firstToken <= token })
    else {
      throw EditDoesNotFit(
        edit: change.cause.edit,
        problem: "\(source) is not there: the text has \(count) token\(count == 1 ? "" : "s")")
    }
    return passage
  }

  /// What lies at a place of a run.  // [tokens of the run, width]
  private func rows(
    at source: EditSource, _ passage: Lineage.Passage, _ iteration: Int, _ edit: Edit,
    _ control: StepControl
  ) throws -> Matrix {
    let run = try run(passage.lineage, control)
    let at =
      switch source.moment {
      case .prelude: 0
      case .iteration(let iteration): iteration
      case .same: iteration
      }
    guard let site = source.site else { return try rows(of: run, at: at, control) }
    if site == .embedded { return model.leading(run.context.embedded) }
    let pass =
      switch site.part {
      case .prelude: try insidePrelude(passage.lineage, attention: .none, control: control)
      case .core where at == 0:
        throw EditDoesNotFit(edit: edit, problem: "\(source): nothing runs at iteration 0")
      case .core: try inside(passage.lineage, at, attention: .none, control: control)
      case .coda: try insideCoda(passage.lineage, at, attention: .none, control: control)
      }
    if site == .adapter { return pass.stream(after: 0) }
    guard pass.blocks.indices.contains(site.block - 1) else {
      throw EditDoesNotFit(
        edit: edit, problem: "the \(site.part.rawValue) has \(pass.blocks.count) blocks")
    }
    let block = pass.blocks[site.block - 1]
    return switch site.kind {
    case .attention: block.attention
    case .feedForward: block.feedForward
    default: block.stream
    }
  }
}

extension EditTarget {
  /// What the run has there by itself, as something to take.
  fileprivate var source: EditSource {
    EditSource(token: nil, moments == .prelude ? .prelude : .same, site: site)
  }
}
