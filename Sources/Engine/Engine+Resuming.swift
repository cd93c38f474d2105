import LatentModels
import Tensors
import Trajectories

/// Runs that went on elsewhere, and are to go on here.
extension Engine {
  /// Notes how far a run went elsewhere. Nothing is computed before it is asked for, and then only what is
  /// not among the states.
  /// - Parameters:
  ///   - last: the last iteration that was made of it.
  ///   - states: such as are known, which must be those of this model to the bit; nil for none. They are
  ///     forgotten where its s₀ is another.
  public func resume(_ lineage: Lineage, through last: Int, states: KnownStates? = nil) {
    edges[lineage] = max(edges[lineage] ?? 0, last)
    held[lineage]?.edge = edges[lineage] ?? 0
    // Thoughts look at the keys and values of those before, which are made with the states.
    guard let states, !stepsNeedMemory else { return }
    known[lineage] = states
    if let run = held[lineage] { recall(lineage, run) }
  }

  /// Raw states of a run that are at hand, by iteration: those that are kept, and those that lie elsewhere.
  public func states(of lineage: Lineage) -> KnownStates {
    let kept = held[lineage]?.states ?? [:]
    let known = known[lineage]
    return KnownStates(iterations: Set(kept.keys).union(known?.iterations ?? [])) {
      kept[$0] ?? known?.rows($0)
    }
  }

  /// Tells a node of the states that are known of it.
  func recall(_ lineage: Lineage, _ run: HeldRun) {
    guard run.known == nil, let states = known[lineage] else { return }
    // Bits, since a state that is not finite equals nothing.
    let start = run.states[0]?.values.map(\.bitPattern)
    guard let own = states.rows(0)?.values.map(\.bitPattern), own == start else {
      known[lineage] = nil
      return
    }
    run.known = states
  }
}
