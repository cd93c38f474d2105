import CKernels
import Glibc

/// Cosines and sines of rotary position embedding, built in float32 as the reference does:
/// frequency_j = 1 / base^(2j/hd), angle = position · frequency_j.
public struct RotaryTable: Sendable {
  /// Size of one attention head.
  public let headDimension: Int
  /// Number of positions, from 0.
  public let positions: Int
  /// cos, sin of pair 0, cos, sin of pair 1, … of each position.
  package let values: [Float]  // [positions, headDimension]

  /// - Precondition: an even head dimension.
  public init(base: Float, headDimension: Int, positions: Int) {
    self.init(
      frequencies: RotaryFrequencies.plain(base: base, headDimension: headDimension),
      positions: positions)
  }

  /// - Parameter frequencies: radians a position, one for each pair of a head.
  public init(frequencies: [Float], positions: Int) {
    precondition(!frequencies.isEmpty, "a head has at least one pair")
    precondition(positions >= 0, "no negative number of positions")
    headDimension = 2 * frequencies.count
    self.positions = positions
    var values: [Float] = []
    values.reserveCapacity(positions * headDimension)
    for position in 0..<positions {
      for frequency in frequencies {
        let angle = Float(position) * frequency
        values.append(cosf(angle))
        values.append(sinf(angle))
      }
    }
    self.values = values
  }
}

extension Operations {
  /// Adds a learned bias to queries and keys (not to values) of every row of `qkv` `[T, 3d]`.
  /// - Parameter bias: d values for q, then d for k.
  public static func addQKBias(_ qkv: Buffer, bias: [Float]) {
    precondition(qkv.columns % 3 == 0, "\(qkv.columns) columns are not q, k and v")
    precondition(bias.count == qkv.columns / 3 * 2, "\(bias.count) biases for [T, \(qkv.columns)]")
    bias.withUnsafeBufferPointer { bias in
      for row in 0..<qkv.rows {
        let x = qkv.pointer + row * qkv.stride
        for i in 0..<bias.count { x[i] += bias[i] }
      }
    }
  }

  /// Turns interleaved pairs (2j, 2j+1) of every head of q and k of `qkv` `[T, 3d]` by the angle of
  /// the row's position; with `bias`, adds it first (as `addQKBias` does) in the same pass.
  /// - Parameters:
  ///   - rows: the rows that are turned; nil for all.
  ///   - firstPosition: position of the first of them.
  /// - Precondition: d = heads · table.headDimension, and the positions lie inside the table.
  public static func rotateInterleaved(
    _ qkv: Buffer, rows: Range<Int>? = nil, heads: Int, table: RotaryTable, firstPosition: Int,
    bias: [Float]? = nil
  ) {
    let rows = rows ?? 0..<qkv.rows
    let width = heads * table.headDimension
    precondition(
      qkv.columns == 3 * width,
      "\(qkv.columns) columns for \(heads) heads of \(table.headDimension)")
    precondition(
      firstPosition >= 0 && firstPosition + rows.count <= table.positions,
      "positions \(firstPosition)..<\(firstPosition + rows.count) of \(table.positions)")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= qkv.rows, "rows \(rows) of \(qkv.rows)")
    precondition(bias == nil || bias?.count == 2 * width, "a bias has \(2 * width) values")
    let kernel = muninn_kernels().pointee.rotate
    table.values.withUnsafeBufferPointer { values in
      guard let angles = values.baseAddress else { return }
      for row in rows {
        let x = qkv.pointer + row * qkv.stride
        let angle = angles + (firstPosition + row - rows.lowerBound) * table.headDimension
        // q and k lie side by side, so both are one run of heads.
        if let bias {
          bias.withUnsafeBufferPointer {
            kernel?(x, $0.baseAddress, angle, Int64(2 * heads), Int64(table.headDimension))
          }
        } else {
          kernel?(x, nil, angle, Int64(2 * heads), Int64(table.headDimension))
        }
      }
    }
  }
}
