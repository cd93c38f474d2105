import Trajectories

/// A cell that can be opened: a token of a run, and the iteration that led to it.
struct InsidePlace: Sendable, Hashable {
  let node: NodeID
  /// Counts in the run.
  let row: Int
  let iteration: Int
}

/// What the explorer keeps of looking inside an iteration: the cell that was told of last. The
/// iteration has to run once more for it, so it is asked for while it is looked at, one cell at a time.
struct LookingInside: Sendable {
  /// The selected block; 0 is what the first block reads. It stays from cell to cell.
  var block = 1
  var known: (place: InsidePlace, pass: CellPass)?
  /// The cell that was asked for and has not come.
  var asked: InsidePlace?
  var isAsking: Bool { asked != nil }
  /// Stopped by hand, or could not be done: not asked for until another cell was looked at.
  var stopped: InsidePlace?
  /// What filled the screen when the cell was opened.
  var outer: PaneName?
}

extension LookingInside {
  /// Asks for what is looked at and not known; what is being computed comes first.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard state.zoom == .inside, !state.inside.isAsking, !state.isBusy,
      let place = state.insidePlace, let key = state.runKey(place.node)
    else { return [] }
    if state.inside.stopped != place { state.inside.stopped = nil }
    guard state.inside.known?.place != place, state.inside.stopped == nil else { return [] }
    state.inside.asked = place
    return [.submit(.inside(key, row: place.row, iteration: place.iteration))]
  }

  /// What was told of a cell, whichever is looked at now.
  static func took(_ pass: CellPass, of node: NodeID, _ state: inout ExplorerState) {
    state.inside.asked = nil
    guard state.runs[node] != nil, !pass.blocks.isEmpty else { return }
    let place = InsidePlace(node: node, row: pass.row, iteration: pass.iteration)
    state.inside.known = (place, pass)
    state.keepBlockThere()
  }
}

extension ExplorerState {
  /// The cell at the cursor; nil where no iteration led to it.
  var insidePlace: InsidePlace? {
    guard let passage, cursor.iteration >= 1, cursor.iteration <= edge,
      passage.tokens.contains(cursor.token)
    else { return nil }
    return InsidePlace(node: passage.node, row: row, iteration: cursor.iteration)
  }

  /// What is known of the cell at the cursor.
  var cellPass: CellPass? {
    guard let known = inside.known, known.place == insidePlace else { return nil }
    return known.pass
  }

  /// Opens the cell at the cursor; what was playing rests.
  mutating func lookInside(at block: Int? = nil) {
    Playback.pause(&self)
    if zoom != .inside { inside.outer = zoom }
    if let block { inside.block = block }
    keepBlockThere()
    inside.stopped = nil
    zoom = .inside
  }

  /// A block that the model lacks cannot be selected.
  fileprivate mutating func keepBlockThere() {
    guard let blocks = inside.known?.pass.blocks.count, inside.block >= blocks else { return }
    complain("there is no block \(inside.block); blocks are 0...\(blocks - 1)")
    inside.block = blocks - 1
  }

  /// What was asked for does not come. Stopped by hand nothing is asked for where one looks now; what
  /// could not be done is not asked for again.
  mutating func stopLookingInside(byHand: Bool) {
    inside.stopped = byHand ? insidePlace : inside.asked
    inside.asked = nil
  }
}
