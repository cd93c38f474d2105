import LatentModels
import Tensors
import Trajectories

/// Looking inside iterations that were computed before: they run once more, from the state before.
extension Engine {
  /// What an iteration of a node did, block by block.
  /// - Parameters:
  ///   - iteration: from 1.
  ///   - attention: which attention weights are kept.
  ///   - withHalves: whether streams between attention and feed-forward network are.
  /// - Throws: as `state`.
  /// - Precondition: the iteration counts from 1.
  public func inside(
    _ lineage: Lineage, _ iteration: Int, attention: BlockReader.Attention = .all,
    withHalves: Bool = false, control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    precondition(iteration >= 1, "nothing led to s₀")
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let state = try ready(run, at: iteration - 1, control)
    let changes = try changes(of: [run], at: iteration, control)
    return try BlockReader(model, attention: attention, withHalves: withHalves)
      .iteration(
        after: state, in: run.context, Call(control: control, hooks: changes.hooks),
        change: changes.apply)
  }

  /// What the prelude did with a node's tokens.
  /// - Throws: as `state`.
  public func insidePrelude(
    _ lineage: Lineage, attention: BlockReader.Attention = .all, withHalves: Bool = false,
    control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    let run = try run(lineage, control)
    let ids = run.context.ids
    let hooks = try preludeHooks(of: run, control)
    return try BlockReader(model, attention: attention, withHalves: withHalves)
      .prelude(
        ids, after: run.context.memory?.withoutLast(ids.count),
        Call(control: control, hooks: hooks))
  }

  /// What the coda did with a state of a node.
  /// - Throws: as `state`.
  public func insideCoda(
    _ lineage: Lineage, _ iteration: Int, attention: BlockReader.Attention = .all,
    withHalves: Bool = false, control: StepControl = .uninterrupted
  ) throws -> BlockPass {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let rows = try rows(of: run, at: iteration, control)
    let state = LatentState(
      rows: rows, places: run.context.places, iteration: iteration, memory: run.context.memory)
    let hooks = try changes(of: [run], at: iteration, control).hooks
    return try BlockReader(model, attention: attention, withHalves: withHalves)
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

  /// What one token's stream went through in an iteration of a node, and before and after it in prelude
  /// and coda, read through every lens.
  /// - Parameters:
  ///   - row: the token, by row of the node.
  ///   - iteration: from 1.
  ///   - watched: tokens of the vocabulary whose standing is wanted.
  /// - Throws: as `state`.
  /// - Precondition: the node has the row, and the iteration counts from 1.
  public func cell(
    _ lineage: Lineage, row: Int, _ iteration: Int, watched: [Int] = [],
    control: StepControl = .uninterrupted
  ) throws -> CellPass {
    let run = try run(lineage, control)
    let layers = model.facts.layers
    var passes = [
      try inside(lineage, iteration, attention: .row(row), withHalves: true, control: control)
    ]
    if layers.prelude > 0 {
      passes.insert(
        try insidePrelude(lineage, attention: .row(row), withHalves: true, control: control), at: 0)
    }
    if layers.coda > 0 {
      passes.append(
        try insideCoda(
          lineage, iteration, attention: .row(row), withHalves: true, control: control))
    }
    let state = LatentState(
      rows: passes[0].output, places: run.context.places, iteration: iteration - 1,
      memory: run.context.memory)
    return try CellPass(
      passes, row: row, model: model, state: state, in: run.context, candidates: candidates,
      watched: watched, vocabulary: workbench.vocabulary, Call(control: control))
  }

  /// Where attention of one block looked, from every token of a node.
  /// - Parameters:
  ///   - place: a block, from 1.
  ///   - iteration: from 1; of no account in the prelude.
  /// - Returns: nil where the model has no such block.
  /// - Throws: as `state`.
  public func attention(
    of place: BlockPlace, _ lineage: Lineage, _ iteration: Int,
    control: StepControl = .uninterrupted
  ) throws -> AttentionMap? {
    let wanted = BlockReader.Attention.block(place.block)
    let pass =
      switch place.part {
      case .prelude: try insidePrelude(lineage, attention: wanted, control: control)
      case .core: try inside(lineage, iteration, attention: wanted, control: control)
      case .coda: try insideCoda(lineage, iteration, attention: wanted, control: control)
      }
    guard place.block >= 1, place.block <= pass.blocks.count,
      let weights = pass.blocks[place.block - 1].attentionWeights
    else { return nil }
    return AttentionMap(place, iteration: iteration, weights: weights, tokens: pass.output.rows)
  }
}
