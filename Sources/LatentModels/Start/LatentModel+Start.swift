import Tensors

extension LatentModel {
  /// The state s₀ of sequences, each from its stream, which goes on by the sequence's tokens.
  /// - Throws: as `StartStream.next`.
  public func initialState(
    from streams: inout [StartStream], in context: PromptContext
  ) throws -> LatentState {
    try initialState(try context.next(of: &streams), in: context)
  }

  /// The state s₀ of sequences that all start alike, each as if it were alone.
  /// - Parameter table: what a given start means.  // [positions, width]
  /// - Throws: as `StartStream`.
  public func initialState(
    _ start: Start, given table: Matrix? = nil, in context: PromptContext
  ) throws -> LatentState {
    let stream = try StartStream(start, facts: facts, given: table)
    var streams = context.sequences.map { _ in stream }
    return try initialState(from: &streams, in: context)
  }

  /// The rows as they are, or the embedded ones in place of none, which are all that a model with a fixed
  /// start takes.
  public func initialState(
    _ rows: [Matrix?], in context: PromptContext
  ) throws -> LatentState {
    guard !facts.hasFixedStart || rows.allSatisfy({ $0 == nil }) else {
      throw ModelError.fixedStart(asked: "a given state")
    }
    return context.start(
      try context.gather(rows) { rows, span in
        let embedded = context.embedded
        guard let rows else {
          return span.rows.count == embedded.rows ? embedded : embedded.rows(span.rows)
        }
        let (found, expected) = ([rows.rows, rows.columns], [span.rows.count, embedded.columns])
        guard found == expected else {
          throw ModelError.initialStateShape(found: found, expected: expected)
        }
        return rows
      })
  }
}

extension PromptContext {
  /// What the streams of its sequences give their tokens; nil for what was embedded.
  /// - Precondition: one stream a sequence.
  package func next(of streams: inout [StartStream]) throws -> [Matrix?] {
    precondition(
      streams.count == sequences.count, "\(streams.count) starts of \(sequences.count)")
    return try places.spans.indices.map { try streams[$0].next(places.spans[$0].positions) }
  }
}
