import Tensors

/// What a model computed once for some tokens: everything that does not depend on the iteration.
public struct PromptContext: Sendable {
  /// The tokens of each sequence, without those that came before.
  public let sequences: [[Int]]
  /// Which row is which token.
  public let places: Places
  /// What a run starts from: the prelude's output e, which every iteration reads, or where there is
  /// no prelude the token embeddings.
  public let embedded: Matrix  // [rows, width]
  /// The part of an iteration that is the same every time: e through its half of the adapter. nil
  /// for a family that injects nothing.
  public let injection: Matrix?  // [rows, width]
  /// Keys and values of the tokens before these and, where there is a prelude, of these in it.
  public let memory: Memory?
  /// Which tokens of each sequence look at one another both ways, where nothing is older; nil for a family
  /// whose tokens all look back.
  public let blocks: [[Bool]]?

  /// - Precondition: one row of `embedded` and `injection` for each token.
  public init(
    sequences: [[Int]], places: Places, embedded: Matrix, injection: Matrix?, memory: Memory?,
    blocks: [[Bool]]? = nil
  ) {
    precondition(
      sequences.map(\.count) == places.spans.map(\.rows.count)
        && embedded.rows == places.rowCount
        && (injection == nil || injection?.rows == places.rowCount), "one row a token")
    self.sequences = sequences
    self.places = places
    self.embedded = embedded
    self.injection = injection
    self.memory = memory
    self.blocks = blocks
  }

  /// The tokens of all sequences, one after another.
  public var ids: [Int] { sequences.count == 1 ? sequences[0] : sequences.flatMap { $0 } }

  /// The state that rows are at the start.
  /// - Precondition: one row a token.
  public func start(_ rows: Matrix) -> LatentState {
    LatentState(rows: rows, places: places, iteration: 0, memory: memory)
  }

  /// Without the memory, for runs that have begun and do not go back: who keeps no second copy of a memory
  /// writes into it where it lies.
  public func withoutMemory() -> PromptContext {
    PromptContext(
      sequences: sequences, places: places, embedded: embedded, injection: injection, memory: nil)
  }

  /// The rows of every sequence, made one sequence after another.
  /// - Precondition: one origin a sequence, and as many rows from each as it has.
  func gather<Origin>(
    _ origins: [Origin], _ rows: (Origin, Places.Span) throws -> Matrix
  ) rethrows -> Matrix {
    precondition(origins.count == sequences.count, "\(origins.count) for \(sequences.count)")
    if origins.count == 1 { return try rows(origins[0], places.spans[0]) }
    let values = try zip(origins, places.spans).flatMap { try rows($0, $1).values }
    return Matrix(rows: places.rowCount, columns: embedded.columns, values: values)
  }
}
