import Testing

@testable import Tensors

@Suite struct CachedAttentionTests {
  /// New queries over kept keys give the last rows of attention over everything.
  @Test(arguments: [(1, 1, 5), (4, 2, 37), (6, 1, 16), (3, 3, 50)], [1, 7, 20])
  func theLastRowsOfTheWhole(shape: (Int, Int, Int), newest: Int) {
    let (heads, keyValueHeads, size) = shape
    let tokens = 20
    let queries = heads * size
    let keys = keyValueHeads * size
    var numbers = TestNumbers(seed: UInt64(heads * 100 + size))
    let projected = Buffer(numbers.matrix(tokens, queries + 2 * keys))
    let team = ThreadTeam(count: 2)
    let whole = Buffer()
    Operations.causalAttention(
      projected, heads: heads, keyValueHeads: keyValueHeads, into: whole, team: team)
    var kept = KeptRows(width: 2 * keys)
    kept.append(projected, rows: 0..<tokens, columns: queries..<queries + 2 * keys)
    var list = RowList()
    list.append(kept)
    #expect(list.count == tokens)
    let cached = Buffer(rows: tokens, columns: queries)
    let last = tokens - newest..<tokens
    Operations.cachedAttention(
      projected, sequences: [(last, list)], heads: heads, keyValueHeads: keyValueHeads,
      headDimension: size, into: cached, team: team)
    let expected = whole.matrix().rows(last).values
    #expect(relativeError(cached.matrix().rows(last).values, expected) < 2e-6)
    #expect(cached.matrix().rows(0..<tokens - newest).values.allSatisfy { $0 == 0 })

    let weights = Operations.attentionWeights(
      projected, queries: last, heads: heads, keyValueHeads: keyValueHeads, headDimension: size,
      kept: list)
    for row in 0..<weights.rows {
      #expect(abs(weights.row(row).reduce(0, +) - 1) < 1e-5)
      let seen = tokens - newest + row % newest + 1
      #expect(weights.row(row).suffix(tokens - seen).allSatisfy { $0 == 0 })
    }
    let mixed = Buffer(rows: tokens, columns: queries)
    Operations.mix(
      weights, queries: last, heads: heads, keyValueHeads: keyValueHeads, headDimension: size,
      kept: list, into: mixed)
    #expect(relativeError(mixed.matrix().rows(last).values, expected) < 2e-6)
  }

  /// Queries of many sequences over what each of them kept give, bit for bit, what each gives alone,
  /// whoever computes them.
  @Test func keptSequencesDoNotSeeEachOther() {
    let (heads, size) = (4, 24)
    let width = heads * size
    var numbers = TestNumbers(seed: 6)
    let counts = [3, 40, 1, 17, 64, 9]
    let projected = Buffer(numbers.matrix(2 * counts.count, 3 * width))
    let kept = counts.enumerated().map { index, count in
      let older = Buffer(numbers.matrix(count, 2 * width))
      var rows = KeptRows(width: 2 * width)
      rows.append(older, rows: 0..<count, columns: 0..<2 * width)
      rows.append(projected, rows: 2 * index..<2 * index + 2, columns: width..<3 * width)
      var list = RowList()
      list.append(rows)
      return (queries: 2 * index..<2 * index + 2, kept: list)
    }
    func attended(_ sequences: [(queries: Range<Int>, kept: RowList)], _ threads: Int) -> Matrix {
      let y = Buffer(rows: projected.rows, columns: width)
      let team = ThreadTeam(count: threads)
      for _ in 0..<20 {
        Operations.cachedAttention(
          projected, sequences: sequences, heads: heads, keyValueHeads: heads,
          headDimension: size, into: y, team: team)
      }
      return y.matrix()
    }
    let together = attended(kept, 3)
    for sequence in kept {
      let alone = attended([sequence], 1)
      for row in sequence.queries { #expect(together.row(row) == alone.row(row)) }
    }
  }

  /// Sequences side by side give, bit for bit, what each of them gives alone.
  @Test(arguments: [[20], [1, 19], [5, 70, 1, 64]])
  func sequencesDoNotSeeEachOther(counts: [Int]) {
    let (heads, size) = (4, 24)
    let rows = counts.reduce(0, +)
    var numbers = TestNumbers(seed: 5)
    let projected = numbers.matrix(rows, 3 * heads * size)
    var sequences: [Range<Int>] = []
    for count in counts {
      let first = sequences.last?.upperBound ?? 0
      sequences.append(first..<first + count)
    }
    let team = ThreadTeam(count: 2)
    let together = Buffer()
    Operations.causalAttention(
      Buffer(projected), sequences: sequences, heads: heads, into: together, team: team)
    for sequence in sequences {
      let alone = Buffer()
      Operations.causalAttention(
        Buffer(projected.rows(sequence)), heads: heads, into: alone, team: team)
      #expect(together.matrix().rows(sequence) == alone.matrix())
    }
  }
}
