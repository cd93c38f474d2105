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
      projected, queries: last, heads: heads, keyValueHeads: keyValueHeads, headDimension: size,
      kept: list, into: cached, team: team)
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
