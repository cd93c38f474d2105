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
    let start = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    let unit = 1 / Float(1 << 20)
    Self.quantiles.withUnsafeBufferPointer { quantiles in
      for token in 0..<state.rows {
        let place = UInt64(first + token)
        let key = Self.mix(start ^ place &* 0xD1B5_4A32_D192_ED03)
        let out = state.pointer + token * state.stride
        var column = 0
        while column < state.columns {
          let random = Self.mix(key &+ UInt64(column) &* 0x9E37_79B9_7F4A_7C15)
          for half in 0..<2 where column + half < state.columns {
            let word = UInt32(truncatingIfNeeded: half == 0 ? random : random >> 32)
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

  /// The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
