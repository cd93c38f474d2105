/// A dense float32 matrix, row-major: the value every latent state, logit table and embedding is.
///
/// A value type: assigning shares the storage until one side changes, so keeping every state of a
/// run costs the states and nothing more.
public struct Matrix: Sendable, Equatable {
  /// Number of rows; for a latent state, one per token.
  public let rows: Int
  /// Number of columns; for a latent state, the width of the model.
  public let columns: Int
  /// The elements, row after row.
  public private(set) var values: [Float]  // [rows, columns]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
  }

  /// A matrix of given elements.
  /// - Precondition: `values.count == rows * columns`.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative side")
    precondition(values.count == rows * columns, "\(values.count) values for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return values[row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      values[row * columns + column] = newValue
    }
  }

  /// The elements of one row, shared with the matrix.
  public func row(_ index: Int) -> ArraySlice<Float> {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    return values[index * columns..<(index + 1) * columns]
  }

  /// Puts other elements into a row.
  /// - Precondition: the row exists, and there are as many as it has.
  public mutating func replaceRow(_ index: Int, with elements: some Collection<Float>) {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    precondition(elements.count == columns, "\(elements.count) elements for \(columns) columns")
    values.replaceSubrange(index * columns..<(index + 1) * columns, with: elements)
  }

  /// A matrix of some of the rows, in order.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    let slice = values[range.lowerBound * columns..<range.upperBound * columns]
    return Matrix(rows: range.count, columns: columns, values: Array(slice))
  }
}
