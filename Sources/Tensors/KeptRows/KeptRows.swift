/// Rows that were kept one after another, such as the keys and values of a layer: a value. Copies
/// share their pages; appending to one copy changes no other.
public struct KeptRows: Sendable {
  /// Rows of one page that belong to this value.
  private struct Part: Sendable {
    let page: RowPage
    /// The first of its rows that belongs here, and how many do.
    let first: Int
    var count: Int
    /// How many rows there are before these.
    let before: Int
  }

  /// Numbers in a row.
  public let width: Int
  /// How many rows there are.
  public private(set) var count = 0
  private var parts: [Part] = []

  /// No rows yet.
  /// - Precondition: a row has at least one number.
  public init(width: Int) {
    precondition(width > 0, "rows of \(width) numbers")
    self.width = width
  }

  /// Bytes of all rows, shared or not.
  public var bytes: Int { count * width * 4 }

  /// Adds columns of some rows of a buffer at the end.
  /// - Precondition: rows and columns exist, and the columns are as many as a row has numbers.
  public mutating func append(_ x: Buffer, rows: Range<Int>, columns: Range<Int>) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows, "rows \(rows) of \(x.rows)")
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= x.columns && columns.count == width,
      "columns \(columns) of \(x.columns) into rows of \(width)")
    var row = rows.lowerBound
    while row < rows.upperBound {
      let (space, first) = claim(rows.upperBound - row)
      for index in 0..<space {
        (first + index * width).update(
          from: x.pointer + (row + index) * x.stride + columns.lowerBound, count: width)
      }
      row += space
    }
  }

  /// Puts columns of one row of a buffer in the place of a row. Copies made before keep theirs.
  /// - Precondition: the row exists on both sides, and the columns are as many as it has numbers.
  public mutating func replace(_ index: Int, with x: Buffer, row: Int, columns: Range<Int>) {
    precondition(index >= 0 && index < count, "row \(index) of \(count)")
    precondition(row >= 0 && row < x.rows, "row \(row) of \(x.rows)")
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= x.columns && columns.count == width,
      "columns \(columns) of \(x.columns) into rows of \(width)")
    var changed = KeptRows(width: width)
    for other in 0..<count {
      if other == index {
        changed.append(x, rows: row..<row + 1, columns: columns)
      } else {
        changed.copy(self.row(other))
      }
    }
    self = changed
  }

  /// Forgets the last rows.
  /// - Precondition: there are as many.
  public mutating func removeLast(_ number: Int) {
    precondition(number >= 0 && number <= count, "\(number) of \(count) rows")
    count -= number
    while let last = parts.last, last.before >= count { parts.removeLast() }
    if let last = parts.last { parts[parts.count - 1].count = count - last.before }
  }

  /// A copy of one row.
  public subscript(row: Int) -> [Float] {
    precondition(row >= 0 && row < count, "row \(row) of \(count)")
    return Array(UnsafeBufferPointer(start: self.row(row), count: width))
  }

  /// Where a row lies; as long as this value lives.
  func row(_ index: Int) -> UnsafePointer<Float> {
    var (low, high) = (0, parts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if parts[middle].before <= index { low = middle } else { high = middle - 1 }
    }
    return parts[low].page.row(parts[low].first + index - parts[low].before)
  }

  /// Adds where every row lies, in order.
  func locate(into list: inout RowList) {
    for part in parts {
      let first = part.page.row(part.first)
      for index in 0..<part.count { list.rows.append(first + index * width) }
      list.owners.append(part.page)
    }
  }

  /// The page a row lies in.
  func owner(of index: Int) -> RowPage? {
    parts.last { $0.before <= index }?.page
  }

  private mutating func copy(_ row: UnsafePointer<Float>) {
    let (_, first) = claim(1)
    first.update(from: row, count: width)
  }

  /// Room for the next rows, at least one of them.
  private mutating func claim(_ wanted: Int) -> (count: Int, first: UnsafeMutablePointer<Float>) {
    if let last = parts.last {
      let (taken, first) = last.page.claim(wanted, after: last.first + last.count)
      if taken > 0 {
        parts[parts.count - 1].count += taken
        count += taken
        return (taken, first)
      }
    }
    // Many rows at once get a page of their size, single ones a page that grows with their number.
    let page = RowPage(capacity: max(wanted, min(64, max(4, count / 4))), width: width)
    let (taken, first) = page.claim(wanted, after: 0)
    parts.append(Part(page: page, first: 0, count: taken, before: count))
    count += taken
    return (taken, first)
  }
}

/// Rows that attention looks at, wherever they lie.
public struct RowList {
  /// In the order of positions; none is nil, which is how C has lists of rows.
  fileprivate(set) var rows: [UnsafePointer<Float>?] = []
  /// What keeps them alive.
  fileprivate var owners: [RowPage] = []

  /// No rows.
  public init() {}

  /// How many rows there are.
  public var count: Int { rows.count }

  /// A copy of all rows.
  /// - Parameter width: numbers in a row.
  package func matrix(width: Int) -> Matrix {  // [count, width]
    var values: [Float] = []
    values.reserveCapacity(count * width)
    withExtendedLifetime(owners) {
      for row in rows { values.append(contentsOf: UnsafeBufferPointer(start: row, count: width)) }
    }
    return Matrix(rows: count, columns: width, values: values)
  }

  /// Starts again, keeping the storage.
  public mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    owners.removeAll(keepingCapacity: true)
  }

  /// Adds every row of a value.
  public mutating func append(_ kept: KeptRows) { kept.locate(into: &self) }

  /// Adds one row of a value.
  /// - Precondition: the row exists.
  public mutating func append(_ kept: KeptRows, row: Int) {
    precondition(row >= 0 && row < kept.count, "row \(row) of \(kept.count)")
    rows.append(kept.row(row))
    if let owner = kept.owner(of: row), owners.last !== owner { owners.append(owner) }
  }
}
