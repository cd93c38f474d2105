import Testing

@testable import Tensors

@Suite struct KeptRowsTests {
  private func row(_ value: Float) -> Buffer {
    Buffer(Matrix(rows: 1, columns: 3, values: [-1, value, value + 0.5]))
  }

  private func contents(_ rows: KeptRows) -> [Float] { (0..<rows.count).map { rows[$0][0] } }

  private func grown(_ rows: KeptRows, _ value: Float) -> KeptRows {
    var rows = rows
    rows.append(row(value), rows: 0..<1, columns: 1..<3)
    return rows
  }

  @Test func forksShareWhatTheyHaveAndNoMore() {
    var trunk = KeptRows(width: 2)
    for value in 0..<6 { trunk = grown(trunk, Float(value)) }
    let left = grown(grown(trunk, 10), 11)
    let right = grown(grown(trunk, 20), 21)
    #expect(contents(trunk) == [0, 1, 2, 3, 4, 5])
    #expect(contents(left) == [0, 1, 2, 3, 4, 5, 10, 11])
    #expect(contents(right) == [0, 1, 2, 3, 4, 5, 20, 21])
    #expect(left.row(5) == right.row(5), "the trunk is not copied")
    #expect(left[7] == [11, 11.5])
  }

  @Test func whatIsCutGrowsAgainWithoutHarm() {
    var rows = KeptRows(width: 2)
    for value in 0..<9 { rows = grown(rows, Float(value)) }
    var cut = rows
    cut.removeLast(4)
    #expect(contents(grown(cut, 50)) == [0, 1, 2, 3, 4, 50])
    #expect(contents(rows) == (0..<9).map(Float.init))
    cut.removeLast(5)
    #expect(cut.count == 0)
    #expect(contents(grown(cut, 7)) == [7])
  }

  @Test func aRowIsReplacedAndNoOther() {
    var rows = KeptRows(width: 2)
    for value in 0..<5 { rows = grown(rows, Float(value)) }
    for index in 0..<5 {
      var changed = rows
      changed.replace(index, with: row(99), row: 0, columns: 1..<3)
      var expected = (0..<5).map(Float.init)
      expected[index] = 99
      #expect(contents(changed) == expected)
    }
    #expect(contents(rows) == [0, 1, 2, 3, 4])
  }

  @Test func aListKeepsItsRowsAlive() {
    var list = RowList()
    do {
      var rows = KeptRows(width: 2)
      for value in 0..<70 { rows = grown(rows, Float(value)) }
      list.append(rows)
      list.append(rows, row: 3)
    }
    #expect(list.count == 71)
    #expect(list.rows[69]?[0] == 69)
    #expect(list.rows[70]?[1] == 3.5)
  }
}
