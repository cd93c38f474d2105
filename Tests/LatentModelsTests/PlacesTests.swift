import Testing

@testable import LatentModels

@Suite struct PlacesTests {
  @Test func rowsLieSideBySide() {
    let places = Places(counts: [2, 0, 3], after: [5, 1, 0])
    #expect(places.rowCount == 5)
    #expect(places.rows == [0..<2, 2..<2, 2..<5])
    #expect(places.spans[0].positions == 5..<7)
    #expect(places.place(of: 1) == (0, 6))
    #expect(places.place(of: 4) == (2, 2))
  }

  @Test func positionsAreFoundAmongRunsWithHoles() {
    var list = PositionList()
    list.append(2..<5)
    list.append(5..<6)
    list.append(9..<11)
    #expect(list.all == [2, 3, 4, 5, 9, 10] && list.count == 6 && list.last == 10)
    #expect(
      (0..<12).map { list.index(of: $0) } == [nil, nil, 0, 1, 2, 3, nil, nil, nil, 4, 5, nil])
    #expect(list.removeAll(from: 10) == 1)
    #expect(list.removeAll(from: 4) == 3)
    #expect(list.all == [2, 3])
    #expect(list.removeAll(from: 0) == 2 && list.last == nil)
  }
}
