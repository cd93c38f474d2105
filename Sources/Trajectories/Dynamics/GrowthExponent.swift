import Glibc
import Tensors

/// How a small change of s₀ grows or fades along a run: its logarithm a factor an iteration, by products
/// with the Jacobian of each.
public struct GrowthExponent: Sendable {
  /// ln ‖J·w‖ of each iteration, w the unit vector the one before left; −∞ where nothing was left.
  public private(set) var logGrowth: [Double] = []  // [iterations], nats
  /// The direction that is left, of length 1.
  public private(set) var direction: Matrix  // [tokens, width]

  /// - Parameter direction: where the change points; its length does not count.
  public init(direction: Matrix) { self.direction = Self.scaled(direction).unit }

  /// Takes in the next iteration.
  /// - Parameter push: J·v at the state before it.
  /// - Throws: what `push` throws.
  public mutating func advance(_ push: (Matrix) throws -> Matrix) rethrows {
    let (unit, length) = Self.scaled(try push(direction))
    logGrowth.append(log(length))
    direction = unit
  }

  /// The mean of all factors' logarithms: the finite-time exponent, in nats an iteration. Negative where
  /// changes fade. nil before the first.
  public var exponent: Double? {
    logGrowth.isEmpty ? nil : logGrowth.reduce(0, +) / Double(logGrowth.count)
  }

  private static func scaled(_ matrix: Matrix) -> (unit: Matrix, length: Double) {
    let length = matrix.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length > 0 else { return (matrix, 0) }
    return (
      Matrix(
        rows: matrix.rows, columns: matrix.columns,
        values: matrix.values.map { Float(Double($0) / length) }), length
    )
  }
}

/// How fast residuals fade.
public enum ContractionSlope {
  /// The slope of the least-squares line through ln of positive numbers at 0, 1, 2, …, in nats an
  /// iteration; nil for fewer than two, or where one is not positive.
  public static func of(_ residuals: [Double]) -> Double? {
    guard residuals.count >= 2, residuals.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let values = residuals.map { log($0) }
    let middle = Double(values.count - 1) / 2
    let mean = values.reduce(0, +) / Double(values.count)
    var (above, below) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      above += (Double(index) - middle) * (value - mean)
      below += (Double(index) - middle) * (Double(index) - middle)
    }
    return above / below
  }
}
