extension Operations {
  /// x = x + y, element by element.
  /// - Precondition: both have one shape.
  public static func add(_ y: Buffer, to x: Buffer) {
    precondition(
      y.rows == x.rows && y.columns == x.columns,
      "adding [\(y.rows), \(y.columns)] to [\(x.rows), \(x.columns)]")
    for row in 0..<x.rows {
      let (sum, part) = (x.pointer + row * x.stride, y.pointer + row * y.stride)
      for column in 0..<x.columns { sum[column] += part[column] }
    }
  }
}
