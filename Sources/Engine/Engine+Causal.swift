import LatentModels
import Tensors
import Trajectories

/// Why two runs cannot be held against each other.
public struct NoCausalMap: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence without its point.
  public let problem: String
  public var description: String { "There is no causal map: \(problem)." }
}

/// Causal maps: the states of one run put into another, many at once.
extension Engine {
  /// A map without cells: what both runs say at the end, of all iterations that can be asked about.
  /// - Throws: as the other one.
  public func causalMap(
    _ question: CausalMap.Question, control: StepControl = .uninterrupted
  ) throws -> CausalMap {
    try causalMap(
      clean: question.clean, corrupted: question.corrupted, kind: question.kind,
      site: question.site, iterations: question.iterations, last: question.last, control: control)
  }

  /// A map without cells: what both runs say at the end.
  /// - Parameters:
  ///   - iterations: where states are put back; 0 is the initial state.
  ///   - last: the iteration at which runs are read out.
  ///   - answer: nil for what the clean run says.
  ///   - other: what the answer is held against; nil for what the corrupted run says, or where that is
  ///     the answer too, the clean run's second choice.
  /// - Throws: `NoCausalMap`, and as `state`.
  public func causalMap(
    clean: Lineage, corrupted: Lineage, kind: CausalMap.Kind = .once, site: Site? = nil,
    iterations: [Int], last: Int, answer: Int? = nil, other: Int? = nil,
    control: StepControl = .uninterrupted
  ) throws -> CausalMap {
    guard clean.passages.count == 1, corrupted.passages.count == 1 else {
      throw NoCausalMap(problem: "texts that tokens were appended to are not compared")
    }
    guard clean.ids.count == corrupted.ids.count else {
      throw NoCausalMap(
        problem: "the texts have \(clean.ids.count) and \(corrupted.ids.count) tokens, and states "
          + "are put back token by token")
    }
    if let bad = iterations.first(where: { !(0...last).contains($0) }) {
      throw NoCausalMap(problem: "iteration \(bad) does not lie between 0 and \(last)")
    }
    if let site, site.part != .core {
      throw NoCausalMap(problem: "\(site) is no place of an iteration")
    }
    if let site, site.block > model.facts.layers.core {
      let count = model.facts.layers.core
      throw NoCausalMap(problem: "there is no \(site): blocks are 1 to \(count)")
    }
    if site != nil, iterations.contains(0) {
      throw NoCausalMap(problem: "nothing runs at iteration 0, so that nothing lies inside it")
    }
    let rows = clean.ids.count - 1..<clean.ids.count
    let cleanLogits = try logits(clean, last, rows: rows, control: control).row(0)
    let corruptedLogits = try logits(corrupted, last, rows: rows, control: control).row(0)
    let best = Operations.topK(cleanLogits, count: 2).map(\.id)
    let answer = answer ?? best[0]
    let said = other ?? Operations.topK(corruptedLogits, count: 1)[0].id
    let other = said != answer || best.count < 2 ? said : best[0] == answer ? best[1] : best[0]
    let vocabulary = model.facts.vocabularySize
    guard (0..<vocabulary).contains(answer), (0..<vocabulary).contains(other) else {
      throw NoCausalMap(problem: "tokens count from 0 to \(vocabulary - 1)")
    }
    return CausalMap(
      CausalMap.Question(
        clean: clean, corrupted: corrupted, kind: kind, site: site, last: last),
      iterations: iterations, answer: answer, other: other,
      cleanEffect: .init(cleanLogits, answer: answer, other: other),
      corruptedEffect: .init(corruptedLogits, answer: answer, other: other))
  }

  /// Computes some of the cells that are missing, as one batch. When it throws, the map is what it was.
  /// - Parameter most: cells at most.
  /// - Throws: as `edit`.
  public func fill(
    _ map: inout CausalMap, most: Int = 16, control: StepControl = .uninterrupted
  ) throws {
    let cells = map.next(most)
    for (cell, effect) in zip(cells, try effects(of: map, at: cells, control: control)) {
      map.add(effect, at: cell)
    }
  }

  /// What comes of cells of one iteration, all as one batch.
  /// - Parameter map: what is asked; its cells are not looked at.
  /// - Returns: in the order of the cells.
  /// - Throws: as `edit`.
  /// - Precondition: the cells are of one iteration of the map.
  public func effects(
    of map: CausalMap, at cells: [CausalMap.Cell], control: StepControl = .uninterrupted
  ) throws -> [CausalMap.Effect] {
    guard let first = cells.first else { return [] }
    precondition(cells.allSatisfy { $0.iteration == first.iteration }, "of one iteration")
    let parent = try run(map.corrupted, control)
    // Runs start from the state before: from then on they differ.
    _ = try rows(of: parent, at: max(0, first.iteration - 1), control)
    let runs = try cells.map { try open(map.cause(of: $0), of: parent, map.corrupted, control) }
    let context = PromptContext.joining(runs.map(\.context))
    var state = LatentState.joining(
      runs.map { $0.nearest(upTo: max(0, first.iteration - 1)) })
    while state.iteration < map.last {
      let changes = try changes(of: runs, at: state.iteration + 1, control)
      var next = try model.step(state, in: context, Call(control: control, hooks: changes.hooks))
      changes.apply(&next)
      // The keys and values of its earlier iterations are nothing to it.
      state = LatentState(
        rows: next.rows, places: next.places, iteration: next.iteration, memory: context.memory)
    }
    let hooks = try changes(of: runs, at: map.last, control).hooks
    let hidden = try model.decode(state, in: context, Call(control: control, hooks: hooks)).hidden
    let ends = state.places.rows.flatMap { hidden.row($0.upperBound - 1) }
    let logits = model.logits(
      Matrix(rows: cells.count, columns: hidden.columns, values: ends), positions: 0..<cells.count)
    makeRoom(for: [parent])
    return cells.indices.map {
      .init(logits.row($0), answer: map.answer, other: map.other)
    }
  }
}
