import Tensors

/// Sequences that were made apart, side by side in one call, and apart again. A row's numbers do not
/// depend on its company, so neither changes one of them.
extension PromptContext {
  /// The sequences of several contexts, in order.
  /// - Precondition: at least one, all of one model, and all with a memory or none.
  public static func joining(_ parts: [PromptContext]) -> PromptContext {
    if parts.count == 1 { return parts[0] }
    let injections = parts.compactMap(\.injection)
    return PromptContext(
      sequences: parts.flatMap(\.sequences), places: .joining(parts.map(\.places)),
      embedded: .stacking(parts.map(\.embedded)),
      injection: injections.isEmpty ? nil : .stacking(injections),
      memory: Memory.joining(parts.map(\.memory)))
  }

  /// One of the sequences.
  /// - Precondition: it exists.
  public func selecting(_ sequence: Int) -> PromptContext {
    if sequences.count == 1 { return self }
    let rows = places.spans[sequence].rows
    return PromptContext(
      sequences: [sequences[sequence]], places: places.selecting(sequence),
      embedded: embedded.rows(rows), injection: injection?.rows(rows),
      memory: memory?.selecting([sequence]))
  }
}

extension LatentState {
  /// The sequences of several states, in order.
  /// - Precondition: at least one, all at one iteration, and all with a memory or none.
  public static func joining(_ parts: [LatentState]) -> LatentState {
    if parts.count == 1 { return parts[0] }
    precondition(
      parts.allSatisfy { $0.iteration == parts[0].iteration }, "states of one iteration")
    return LatentState(
      rows: .stacking(parts.map(\.rows)), places: .joining(parts.map(\.places)),
      iteration: parts[0].iteration, memory: Memory.joining(parts.map(\.memory)))
  }

  /// One of the sequences.
  /// - Precondition: it exists.
  public func selecting(_ sequence: Int) -> LatentState {
    if places.spans.count == 1 { return self }
    return LatentState(
      rows: rows.rows(places.spans[sequence].rows), places: places.selecting(sequence),
      iteration: iteration, memory: memory?.selecting([sequence]))
  }
}

extension Places {
  fileprivate static func joining(_ parts: [Places]) -> Places {
    let spans = parts.flatMap(\.spans)
    return Places(counts: spans.map(\.rows.count), after: spans.map(\.firstPosition))
  }

  fileprivate func selecting(_ sequence: Int) -> Places {
    Places(counts: [spans[sequence].rows.count], after: [spans[sequence].firstPosition])
  }
}

extension Memory {
  /// nil where none has one.
  fileprivate static func joining(_ parts: [Memory?]) -> Memory? {
    let memories = parts.compactMap { $0 }
    precondition(memories.isEmpty || memories.count == parts.count, "all remember, or none does")
    return memories.isEmpty ? nil : joining(memories)
  }
}

extension Matrix {
  fileprivate static func stacking(_ parts: [Matrix]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
    for part in parts { values += part.values }
    return Matrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns, values: values)
  }
}
