import Glibc

/// Initial states for training: normal numbers truncated at three deviations, each a function of the
/// seed and its place alone, so that it does not matter which thread draws which.
///
/// Not torch's stream: the inverse distribution function is read from a table, in straight lines
/// between its 4096 points.
package struct PlacedStates: Sendable {
  /// Standard deviation before truncation, scale included.
  private let deviation: Float

  package init(_ distribution: StateDistribution) {
    deviation = Float(distribution.deviation * distribution.scale)
  }

  private static let bits = 12
  private static let cells = 1 << bits

  /// Quantiles k / 4096 of the unit normal truncated at ±3, the last one twice.
  private static let quantiles: [Float] = {  // [cells + 2]
    let low = 0.5 * erfc(3 / 2.0.squareRoot())
    var values = (0...cells).map { k in
      Float(quantile(low + (1 - 2 * low) * Double(k) / Double(cells)))
    }
    values.append(values[cells])
    return values
  }()

  /// The x below which a share of a unit normal lies, between −3 and 3.
  private static func quantile(_ share: Double) -> Double {
    var (low, high) = (-3.0, 3.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The states of some places.  // [places, width]
  package func states(seed: UInt64, places: Range<Int>, width: Int) -> Matrix {
    var values = [Float](repeating: 0, count: places.count * width)
    values.withUnsafeMutableBufferPointer { values in
      guard let pointer = values.baseAddress else { return }
      let view = BufferView(pointer: pointer, rows: places.count, columns: width, stride: width)
      fill(view, seed: seed, firstPlace: places.lowerBound)
    }
    return Matrix(rows: places.count, columns: width, values: values)
  }

  /// Writes the states of places that follow one another, row by row.
  /// - Parameters:
  ///   - state: `[places, width]`.
  ///   - first: that of the first row; a batch counts its rows' tokens one after another.
  package func fill(_ state: BufferView, seed: UInt64, firstPlace first: Int) {
    let random = PlacedRandom(seed: seed)
    let unit = 1 / Float(1 << 20)
    Self.quantiles.withUnsafeBufferPointer { quantiles in
      for token in 0..<state.rows {
        let place = random.at(UInt64(first + token))
        let out = state.pointer + token * state.stride
        var column = 0
        while column < state.columns {
          let bits = place.bits(UInt64(column))
          for half in 0..<2 where column + half < state.columns {
            let word = UInt32(truncatingIfNeeded: half == 0 ? bits : bits >> 32)
            let cell = Int(word >> 20)
            let (low, high) = (quantiles[cell], quantiles[cell + 1])
            let share = Float(word & 0xF_FFFF) * unit
            out[column + half] = (low + (high - low) * share) * deviation
          }
          column += 2
        }
      }
    }
  }
}
