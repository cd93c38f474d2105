import Tensors

/// Sequences that were made apart, side by side in one call, and apart again. A row's numbers do not
/// depend on its company, so neither changes one of them.
extension PromptContext {
  /// The sequences of several contexts, in order.
  /// - Precondition: at least one, all of one model, and all with a memory or none.
  public static func joining(_ parts: [PromptContext]) -> PromptContext {
    if parts.count == 1 { return parts[0] }
    let injections = parts.compactMap(\.injection)
    let blocks = parts.compactMap(\.blocks)
    return PromptContext(
      sequences: parts.flatMap(\.sequences), places: .joining(parts.map(\.places)),
      embedded: .stacking(parts.map(\.embedded)),
      injection: injections.isEmpty ? nil : .stacking(injections),
      memory: Memory.joining(parts.map(\.memory)),
      blocks: blocks.isEmpty ? nil : blocks.flatMap { $0 })
  }

  /// One of the sequences.
  /// - Precondition: it exists.
  public func selecting(_ sequence: Int) -> PromptContext {
    sequences.count == 1 ? self : selecting([sequence])
  }

  /// Some of the sequences, in this order; one may be taken more than once, for runs that go their own
  /// ways from here.
  /// - Precondition: at least one, and all exist.
  public func selecting(_ chosen: [Int]) -> PromptContext {
    let rows = chosen.map { places.spans[$0].rows }
    return PromptContext(
      sequences: chosen.map { sequences[$0] }, places: places.selecting(chosen),
      embedded: embedded.gathering(rows), injection: injection?.gathering(rows),
      memory: memory?.selecting(chosen), blocks: blocks.map { all in chosen.map { all[$0] } })
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
    places.spans.count == 1 ? self : selecting([sequence])
  }

  /// Some of the sequences, as those of a context are taken.
  /// - Precondition: at least one, and all exist.
  public func selecting(_ chosen: [Int]) -> LatentState {
    LatentState(
      rows: rows.gathering(chosen.map { places.spans[$0].rows }), places: places.selecting(chosen),
      iteration: iteration, memory: memory?.selecting(chosen))
  }
}

extension Places {
  fileprivate static func joining(_ parts: [Places]) -> Places {
    let spans = parts.flatMap(\.spans)
    return Places(counts: spans.map(\.rows.count), after: spans.map(\.firstPosition))
  }

  fileprivate func selecting(_ chosen: [Int]) -> Places {
    Places(
      counts: chosen.map { spans[$0].rows.count }, after: chosen.map { spans[$0].firstPosition })
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
  /// Some ranges of rows, one under the other.
  fileprivate func gathering(_ ranges: [Range<Int>]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(ranges.reduce(0) { $0 + $1.count } * columns)
    for range in ranges {
      values += self.values[range.lowerBound * columns..<range.upperBound * columns]
    }
    return Matrix(rows: ranges.reduce(0) { $0 + $1.count }, columns: columns, values: values)
  }

  fileprivate static func stacking(_ parts: [Matrix]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
    for part in parts { values += part.values }
    return Matrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns, values: values)
  }
}
