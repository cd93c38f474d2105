import Synchronization
import Tensors

/// What one tensor's elements come to.
public struct WeightStatistics: Sendable {
  public let tensor: StoredTensor
  /// Of the finite elements; nil where there are none.
  public private(set) var minimum: Float?
  public private(set) var maximum: Float?
  public private(set) var nanCount = 0
  public private(set) var infiniteCount = 0
  /// The first element that is not finite, in row-major order.
  public private(set) var firstNonFinite: Int?
  /// Rows, of a matrix, all of whose elements are 0.
  public private(set) var zeroRows = 0
  /// The largest root mean square of a row over that of all rows, of a matrix; nil where it has none.
  public private(set) var loudestRow: (row: Int, rms: Double)?
  private var sum = 0.0
  private var squares = 0.0

  public var name: String { tensor.name }
  /// Root mean square of the finite elements; nil where there are none.
  public var rms: Double? { finite > 0 ? (squares / Double(finite)).squareRoot() : nil }
  /// Mean of the finite elements; nil where there are none.
  public var mean: Double? { finite > 0 ? sum / Double(finite) : nil }
  /// The largest size of a finite element.
  public var peak: Double? {
    minimum.flatMap { low in maximum.map { Double(max(-low, $0)) } }
  }
  private var finite: Int { tensor.count - nanCount - infiniteCount }
  private var isMatrix: Bool { tensor.shape.count >= 2 }

  private init(_ tensor: StoredTensor) { self.tensor = tensor }

  /// Elements read at a time, so that what is held does not grow with the tensor.
  static let portion = 1 << 20

  /// Reads tensors where they lie, on all threads.
  /// - Parameter progress: told bytes read and bytes in all; its error ends the reading.
  /// - Returns: in the order of the tensors.
  public static func measure(
    _ tensors: [StoredTensor], team: ThreadTeam, progress: (Int, Int) throws -> Void = { _, _ in }
  ) rethrows -> [WeightStatistics] {
    let total = tensors.reduce(0) { $0 + $1.count * $1.elementType.size }
    var done = 0
    return try tensors.map { tensor in
      try progress(done, total)
      defer { done += tensor.count * tensor.elementType.size }
      // Whole rows, so that each lies in one portion.
      let length = max(1, tensor.shape.count >= 2 ? tensor.rowLength : 1)
      let size = max(1, portion / length) * length
      let portions = (tensor.count + size - 1) / size
      let parts = Mutex([WeightStatistics?](repeating: nil, count: portions))
      team.run(tiles: portions, work: tensor.count) { index in
        let range = index * size..<min(tensor.count, (index + 1) * size)
        let part = WeightStatistics(tensor, range, rowLength: length)
        parts.withLock { $0[index] = part }
      }
      // In order, whichever thread was first: sums come to the same bits.
      return parts.withLock { $0 }.compactMap { $0 }
        .reduce(into: WeightStatistics(tensor)) { $0.add($1) }
    }
  }

  private init(_ tensor: StoredTensor, _ range: Range<Int>, rowLength: Int) {
    self.init(tensor)
    let values = tensor.floats(in: range)
    for start in stride(from: 0, to: values.count, by: rowLength) {
      addRow(values[start..<min(values.count, start + rowLength)], at: range.lowerBound + start)
    }
  }

  private mutating func addRow(_ row: ArraySlice<Float>, at place: Int) {
    var (low, high) = (Float.infinity, -Float.infinity)
    var (rowSum, rowSquares) = (0.0, 0.0)
    if Operations.isFinite(row) {
      for value in row {
        low = min(low, value)
        high = max(high, value)
        rowSum += Double(value)
        rowSquares += Double(value) * Double(value)
      }
    } else {
      for (offset, value) in row.enumerated() {
        guard value.isFinite else {
          if value.isNaN { nanCount += 1 } else { infiniteCount += 1 }
          firstNonFinite = firstNonFinite ?? place + offset
          continue
        }
        low = min(low, value)
        high = max(high, value)
        rowSum += Double(value)
        rowSquares += Double(value) * Double(value)
      }
    }
    if low <= high {
      minimum = min(minimum ?? low, low)
      maximum = max(maximum ?? high, high)
    }
    sum += rowSum
    squares += rowSquares
    guard isMatrix, !row.isEmpty else { return }
    if low == 0, high == 0 { zeroRows += 1 }
    let rms = (rowSquares / Double(row.count)).squareRoot()
    if rms > loudestRow?.rms ?? -1 { loudestRow = (place / max(1, tensor.rowLength), rms) }
  }

  private mutating func add(_ other: WeightStatistics) {
    minimum = [minimum, other.minimum].compactMap { $0 }.min()
    maximum = [maximum, other.maximum].compactMap { $0 }.max()
    nanCount += other.nanCount
    infiniteCount += other.infiniteCount
    firstNonFinite = firstNonFinite ?? other.firstNonFinite
    zeroRows += other.zeroRows
    if let row = other.loudestRow, row.rms > loudestRow?.rms ?? -1 { loudestRow = row }
    sum += other.sum
    squares += other.squares
  }
}
