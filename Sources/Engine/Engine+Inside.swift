import LatentModels
import Tensors
import Trajectories

/// Looking inside iterations that were computed before: they run once more, from the state before.
extension Engine {
  /// What an iteration of a node did, block by block.
  /// - Parameters:
  ///   - iteration: from 1.
  ///   - withAttention: whether attention weights are kept.
  /// - Throws: as `state`.
  /// - Precondition: the iteration counts from 1.
  public func inside(
    _ lineage: Lineage, _ iteration: Int, withAttention: Bool = true,
    control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    precondition(iteration >= 1, "nothing led to s₀")
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let state = try ready(run, at: iteration - 1, control)
    let changes = try changes(of: [run], at: iteration, control)
    return try BlockReader(model, withAttention: withAttention)
      .iteration(
        after: state, in: run.context, Call(control: control, hooks: changes.hooks),
        change: changes.apply)
  }

  /// What the prelude did with a node's tokens.
  /// - Throws: as `state`.
  public func insidePrelude(
    _ lineage: Lineage, withAttention: Bool = true, control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    let run = try run(lineage, control)
    let ids = run.context.ids
    let hooks = try preludeHooks(of: run, control)
    return try BlockReader(model, withAttention: withAttention)
      .prelude(
        ids, after: run.context.memory?.withoutLast(ids.count),
        Call(control: control, hooks: hooks))
  }

  /// What the coda did with a state of a node.
  /// - Throws: as `state`.
  public func insideCoda(
    _ lineage: Lineage, _ iteration: Int, withAttention: Bool = true,
    control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let rows = try rows(of: run, at: iteration, control)
    let state = LatentState(
      rows: rows, places: run.context.places, iteration: iteration, memory: run.context.memory)
    let hooks = try changes(of: [run], at: iteration, control).hooks
    return try BlockReader(model, withAttention: withAttention)
      .coda(of: state, in: run.context, Call(control: control, hooks: hooks))
  }

  /// What a lens reads of every block of an iteration.
  /// - Parameters:
  ///   - pass: what `inside` gave of the node.
  ///   - rows: the tokens to read, by row of the node; nil for all.
  ///   - watched: tokens whose standing is wanted, by row of the node.
  /// - Throws: as `state`.
  public func read(
    _ pass: BlockPass, of lineage: Lineage, through lens: StreamLens, rows: Range<Int>? = nil,
    watched: (Int) -> [Int] = { _ in [] }, control: StepControl = .uninterrupted
  ) throws -> LensTable {
    let run = try run(lineage, control)
    let state = LatentState(
      rows: pass.output, places: run.context.places, iteration: pass.iteration - 1,
      memory: run.context.memory)
    return try LensTable(
      pass, through: lens, model: model, state: state, in: run.context, rows: rows,
      candidates: candidates, watched: watched, Call(control: control))
  }

  /// What one token's stream went through in an iteration of a node, read through every lens.
  /// - Parameters:
  ///   - row: the token, by row of the node.
  ///   - iteration: from 1.
  /// - Throws: as `state`.
  /// - Precondition: the node has the row, and the iteration counts from 1.
  public func cell(
    _ lineage: Lineage, row: Int, _ iteration: Int, control: StepControl = .uninterrupted
  ) throws -> CellPass {
    let pass = try inside(lineage, iteration, control: control)
    let tables = try StreamLens.all.map {
      try read(pass, of: lineage, through: $0, rows: row..<row + 1, control: control)
    }
    return CellPass(pass, row: row, tables, vocabulary: workbench.vocabulary)
  }
}
