import LatentModels

extension LatentModel {
  /// The state s₀ of sequences, each from its stream; one that is drawn too large for numbers is a
  /// divergence.
  /// - Throws: as `initialState(from:in:)`, `Divergence`.
  package func finiteInitialState(
    from streams: inout [StartStream], in context: PromptContext
  ) throws -> LatentState {
    let rows = try context.next(of: &streams)
    for (rows, span) in zip(rows, context.places.spans) {
      guard let rows else { continue }
      try Divergence.check(states: rows, firstToken: span.firstPosition, iteration: 0)
    }
    return try initialState(rows, in: context)
  }

  /// The same of one sequence.
  package func finiteInitialState(
    from stream: inout StartStream, in context: PromptContext
  ) throws -> LatentState {
    var streams = [stream]
    defer { stream = streams[0] }
    return try finiteInitialState(from: &streams, in: context)
  }
}
