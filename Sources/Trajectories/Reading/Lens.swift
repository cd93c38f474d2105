import Glibc
import Tensors

/// Turns logits into readings, one iteration after another, remembering the logits it saw last so
/// that each reading can say how far the prediction moved.
package struct Lens {
  package let candidates: Int
  /// The logits of the iteration before; empty before the first.
  package private(set) var previous: [Matrix] = []  // [chunks] of [positions, vocabulary]
  /// The same predictions with their unlikely tokens levelled; empty before the first.
  private var previousFiltered: [FilteredPrediction?] = []  // [tokens]
  /// How often it was used: the first reading is of s₀.
  private var count: Int

  /// - Parameter first: the iteration of the first state it reads, if not s₀. How far the prediction
  ///   has moved up to there is not known, except at 1.
  package init(candidates: Int, from first: Int = 0) {
    self.candidates = candidates
    count = first
  }

  /// Bytes of the logits it remembers.
  package var bytes: Int { previous.reduce(0) { $0 + 4 * $1.values.count } }

  /// Rows of logits asked for at a time.
  package static let chunk = 32

  /// What was read of one chunk of positions.
  private struct Chunk {
    let table: Matrix  // [positions, vocabulary]
    var readings: [Reading] = []
    /// nil where the logits are not finite.
    var filtered: [FilteredPrediction?] = []
  }

  /// Reads all positions.
  /// - Parameters:
  ///   - first: positions to read before all others, with the last, which says what comes next.
  ///   - watched: tokens whose standing every reading tells.
  ///   - early: told of these, as (first position, readings), while others are still to be read.
  ///   - logits: the logits of a range of positions. When it throws, nothing was read.
  package mutating func read(
    rows: Int, first: Range<Int>? = nil, vocabulary: Vocabulary, watched: [Int] = [],
    early: (Int, [Reading]) -> Void = { _, _ in },
    logits: (Range<Int>) throws -> Matrix  // [positions, vocabulary]
  ) rethrows -> [Reading] {
    // Chunks begin at the same positions whatever is read first, so that no number depends on it.
    let starts = Array(stride(from: 0, to: rows, by: Self.chunk))
    let isWanted = { (start: Int) in
      first.map { $0.overlaps(start..<start + Self.chunk) || start + Self.chunk >= rows } ?? false
    }
    var chunks: [Int: Chunk] = [:]
    for start in starts.filter(isWanted) + starts.filter({ !isWanted($0) }) {
      var chunk = Chunk(table: try logits(start..<min(rows, start + Self.chunk)))
      let before = before(start / Self.chunk, shapedLike: chunk.table)
      for row in 0..<chunk.table.rows {
        guard Operations.isFinite(chunk.table.row(row)) else {
          chunk.readings.append(.diverged)
          chunk.filtered.append(nil)
          continue
        }
        // From what was not finite nothing has moved.
        let wasFinite = before.map { Operations.isFinite($0.row(row)) } ?? false
        let statistics = Operations.softmaxStatistics(
          chunk.table.row(row), previous: wasFinite ? before?.row(row) : nil)
        let levelled = FilteredPrediction(chunk.table.row(row), logSumExp: statistics.logSumExp)
        let filteredKL = divergence(to: levelled, token: start + row)
        chunk.readings.append(
          read(chunk.table.row(row), statistics, filteredKL, vocabulary, watched))
        chunk.filtered.append(levelled)
      }
      chunks[start] = chunk
      if isWanted(start), chunks.count < starts.count { early(start, chunk.readings) }
    }
    let inOrder = starts.compactMap { chunks[$0] }
    previous = inOrder.map(\.table)
    previousFiltered = inOrder.flatMap(\.filtered)
    count += 1
    return inOrder.flatMap(\.readings)
  }

  /// What predictions are compared with: nothing at iteration 0, the uniform distribution (all
  /// logits equal) at iteration 1 as in the published exit rules, then the iteration before.
  private func before(_ chunk: Int, shapedLike table: Matrix) -> Matrix? {
    switch count {
    case 0: nil
    case 1: Matrix(rows: table.rows, columns: table.columns)
    default: previous.isEmpty ? nil : previous[chunk]
    }
  }

  private func divergence(to current: FilteredPrediction, token: Int) -> Float? {
    switch count {
    case 0: nil
    case 1: Float(FilteredPrediction(uniform: current.vocabulary).divergence(to: current))
    default:
      previousFiltered.isEmpty
        ? nil : previousFiltered[token].map { Float($0.divergence(to: current)) }
    }
  }

  private func read(
    _ logits: ArraySlice<Float>, _ statistics: SoftmaxStatistics, _ filteredKL: Float?,
    _ vocabulary: Vocabulary, _ watched: [Int]
  ) -> Reading {
    let top = Operations.topK(logits, count: candidates).lazy.map {
      (id: $0.id, probability: Float(exp(Double($0.logit) - statistics.logSumExp)))
    }
    return Reading(
      entropy: Float(statistics.entropy), kl: statistics.divergenceFromPrevious.map(Float.init),
      filteredKL: filteredKL, top: Candidates(top, in: vocabulary),
      watched: watched.compactMap {
        Standing(of: $0, in: logits, logSumExp: statistics.logSumExp)
      })
  }
}
