import Tensors

/// Reading of families whose iterations end with the norm that the head needs.
extension Workspace {
  /// What the head reads of a state: the state itself, as those who look leave it.
  func read(_ state: LatentState, _ call: Call) throws -> Decoded {
    let job = Job(
      places: state.places, memory: nil, iteration: state.iteration, call: call, total: 0)
    let (hidden, _) = try run(job) { scratch in
      scratch[.stream].load(state.rows)
      scratch.visit(.readState, .stream)
      return scratch[.stream].matrix()
    }
    return Decoded(hidden: hidden, memory: state.memory)
  }

  /// A head on some rows.  // [positions, vocabulary]
  func logits(_ hidden: Matrix, _ positions: Range<Int>, through head: Linear) -> Matrix {
    self[.normed].load(hidden.rows(positions))
    head.apply(self[.normed], into: self[.logits], team: team)
    return self[.logits].matrix()
  }
}
