import Tensors

/// Which row of a matrix is which token: rows of one sequence lie together, in order of position.
///
/// Sequences may be of different lengths, and may begin at different positions.
public struct Places: Sendable, Equatable {
  /// The rows of one sequence.
  public struct Span: Sendable, Equatable {
    public let rows: Range<Int>
    /// Position in its sequence of the first of them.
    public let firstPosition: Int

    /// Positions of the rows.
    public var positions: Range<Int> { firstPosition..<firstPosition + rows.count }

    public init(rows: Range<Int>, firstPosition: Int) {
      self.rows = rows
      self.firstPosition = firstPosition
    }
  }

  /// One a sequence.
  public let spans: [Span]

  /// Sequences side by side.
  /// - Parameters:
  ///   - counts: rows of each sequence.
  ///   - seen: positions that came before, for each sequence; nil for none.
  /// - Precondition: none is negative, and there is one of `seen` for each sequence.
  public init(counts: [Int], after seen: [Int]? = nil) {
    precondition(counts.allSatisfy { $0 >= 0 }, "no negative number of rows: \(counts)")
    precondition(seen == nil || seen?.count == counts.count, "one first position a sequence")
    var row = 0
    spans = counts.enumerated().map { index, count in
      defer { row += count }
      return Span(rows: row..<row + count, firstPosition: seen?[index] ?? 0)
    }
  }

  /// How many rows there are.
  public var rowCount: Int { spans.last?.rows.upperBound ?? 0 }
  /// The rows of every sequence.
  public var rows: [Range<Int>] { spans.map(\.rows) }

  /// The sequence and the position of a row.
  /// - Precondition: the row exists.
  public func place(of row: Int) -> (sequence: Int, position: Int) {
    guard let sequence = spans.firstIndex(where: { $0.rows.contains(row) }) else {
      preconditionFailure("row \(row) of \(rowCount)")
    }
    return (sequence, spans[sequence].firstPosition + row - spans[sequence].rows.lowerBound)
  }
}

/// A latent state: what a model thinks at one moment, of one sequence or of many. A value; a step
/// makes another one and changes nothing, so that rewinding is an index and a fork is free.
public struct LatentState: Sendable {
  /// The raw latent states, before any final norm.
  public var rows: Matrix  // [rows, width]
  /// Which row is which token.
  public let places: Places
  /// Iterations that led here; 0 for s₀.
  public let iteration: Int
  /// Keys and values of everything up to here; nil where none are kept. Forks share their pages.
  public var memory: Memory?

  /// - Precondition: one place for each row.
  public init(rows: Matrix, places: Places, iteration: Int, memory: Memory?) {
    precondition(rows.rows == places.rowCount, "\(rows.rows) rows at \(places.rowCount) places")
    precondition(iteration >= 0, "no negative iteration")
    self.rows = rows
    self.places = places
    self.iteration = iteration
    self.memory = memory
  }

  /// This state with its memory, which is not here any more: a step from it copies nothing of a memory
  /// that nobody else holds.
  public mutating func handedOver() -> LatentState {
    let whole = self
    memory = nil
    return whole
  }
}

/// What the output head reads, and what reading left behind.
public struct Decoded: Sendable {
  /// Hidden vectors after the coda.
  public let hidden: Matrix  // [rows, width]
  /// The memory of the state with the coda's keys and values; tokens that follow begin after it.
  public let memory: Memory?

  public init(hidden: Matrix, memory: Memory?) {
    self.hidden = hidden
    self.memory = memory
  }
}

/// A norm by the root mean square that states have gone through.
public struct StateNorm: Sendable, Equatable {
  public let gain: [Float]  // [width]
  public let epsilon: Float
}
