/// What rounding costs: the product of a weight in some precision against the exact one.
public struct PrecisionError: Sendable, Equatable {
  /// Relative L2 error of the product, ‖y − y_exact‖ / ‖y_exact‖.
  public let relative: Double
  /// Outputs and random inputs it was measured on.
  public let outputs: Int
  public let tokens: Int

  /// Multiplies a weight `[outputs, inputs]` with fixed pseudo-random normal activations.
  /// - Parameters:
  ///   - rows: at most so many outputs, from the first on; an estimate needs no more.
  ///   - tokens: rows of activations.
  /// - Throws: as `Linear.init`.
  public static func measure(
    _ weight: StoredTensor, precision: Precision, rows: Int = 256, tokens: Int = 4,
    team: ThreadTeam = .single
  ) throws -> PrecisionError {
    precondition(weight.shape.count == 2 && rows > 0 && tokens > 0)
    let part = StoredTensor(
      name: weight.name, shape: [min(rows, weight.shape[0]), weight.shape[1]],
      elementType: weight.elementType, region: weight.region, offset: weight.offset)
    let x = Buffer(activations(rows: tokens, columns: weight.shape[1]))
    let (exact, rounded) = (Buffer(), Buffer())
    try Linear(part, team: team).apply(x, into: exact, team: team)
    try Linear(part, precision: precision, team: team).apply(x, into: rounded, team: team)
    var (error, size) = (0.0, 0.0)
    for (a, b) in zip(rounded.matrix().values, exact.matrix().values) {
      error += (Double(a) - Double(b)) * (Double(a) - Double(b))
      size += Double(b) * Double(b)
    }
    return PrecisionError(
      relative: size > 0 ? (error / size).squareRoot() : 0, outputs: part.shape[0], tokens: tokens)
  }

  /// Nearly normal numbers: sums of four uniform ones.
  private static func activations(rows: Int, columns: Int) -> Matrix {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    let values = (0..<rows * columns).map { _ -> Float in
      var sum: Float = 0
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        sum += Float(state >> 40) / Float(1 << 24) - 0.5
      }
      return sum * 1.732
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }
}
