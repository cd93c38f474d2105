extension Operations {
  /// x = x · factor, element by element.
  public static func scale(_ x: Buffer, by factor: Float) {
    for row in 0..<x.rows {
      let values = x.pointer + row * x.stride
      for column in 0..<x.columns { values[column] *= factor }
    }
  }
}
