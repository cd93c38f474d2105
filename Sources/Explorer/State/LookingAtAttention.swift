import LatentModels
import Trajectories

/// What the explorer keeps of where a block's attention looked, from every token: the map that was told
/// of last. The part of the model that the block is in runs once more for it, so it is asked for while
/// it is looked at.
struct LookingAtAttention: Sendable {
  /// A block of a run at an iteration.
  struct Place: Sendable, Hashable {
    let node: NodeID
    let iteration: Int
    let block: BlockPlace
  }

  /// The map has the room of the lines and of the selected token's weights.
  var isShown = false
  /// The head that is shown; nil for the mean over all.
  var head: Int?
  private(set) var known: (place: Place, map: AttentionMap)?
  private var asked: Place?
  private var stopped: Place?
  var isAsking: Bool { asked != nil }

  /// What was asked for does not come.
  mutating func stop() { (stopped, asked) = (asked, nil) }
}

extension LookingAtAttention {
  /// The block whose map is looked at; nil where none is, or it has no attention.
  static func place(_ state: ExplorerState) -> Place? {
    guard state.zoom == .inside, state.inside.map.isShown, let cell = state.insidePlace,
      state.inside.block.block >= 1
    else { return nil }
    return Place(node: cell.node, iteration: cell.iteration, block: state.inside.block)
  }

  /// What is known of it.
  static func shown(_ state: ExplorerState) -> AttentionMap? {
    guard let known = state.inside.map.known, known.place == place(state) else { return nil }
    return known.map
  }

  /// Asks for what is looked at and not known; a map that is not looked at any more is dropped.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    let place = state.isBusy ? nil : place(state)
    var effects: [Effect] = []
    if let asked = state.inside.map.asked, asked != place {
      state.inside.map.asked = nil
      effects.append(.drop(.attention))
    }
    guard let place, let key = state.runKey(place.node) else { return effects }
    if state.inside.map.stopped != place { state.inside.map.stopped = nil }
    guard state.inside.map.known?.place != place, state.inside.map.asked == nil,
      state.inside.map.stopped == nil
    else { return effects }
    state.inside.map.asked = place
    return effects + [
      .submit(.attention(key, iteration: place.iteration, place.block))
    ]
  }

  /// What was told of a block, whichever is looked at now.
  static func took(_ map: AttentionMap, of node: NodeID, _ state: inout ExplorerState) {
    let place = Place(node: node, iteration: map.iteration, block: map.place)
    if state.inside.map.asked == place { state.inside.map.asked = nil }
    guard state.runs[node] != nil else { return }
    state.inside.map.known = (place, map)
    if let head = state.inside.map.head, head >= map.heads { state.inside.map.head = nil }
  }
}
