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
    let projected = numbers.matrix(tokens, queries + 2 * keys)
    let team = ThreadTeam(count: 2)
    let whole = Buffer()
    Operations.causalAttention(
      Buffer(projected), heads: heads, keyValueHeads: keyValueHeads, into: whole, team: team)
    var kept: [Float] = []
    Operations.append(Buffer(projected), columns: queries..<queries + 2 * keys, to: &kept)
    #expect(kept.count == tokens * 2 * keys)
    let cached = Buffer()
    Operations.cachedAttention(
      Buffer(projected.rows(tokens - newest..<tokens)), heads: heads,
      keyValueHeads: keyValueHeads, headDimension: size, kept: kept, into: cached, team: team)
    let expected = whole.matrix().rows(tokens - newest..<tokens).values
    #expect(relativeError(cached.matrix().values, expected) < 2e-6)
  }

  @Test func aRowIsReplacedAndNoOther() {
    var numbers = TestNumbers(seed: 3)
    let source = numbers.matrix(2, 5)
    var rows: [Float] = [0, 0, 0, 0, 0, 0]
    Operations.replace(row: 1, of: &rows, with: Buffer(source), row: 1, columns: 3..<5)
    #expect(rows == [0, 0, source[1, 3], source[1, 4], 0, 0])
  }
}
