/// Reusable float32 scratch `[rows, columns]` that operations read and write in place.
///
/// Rows start on 64-byte boundaries and lie an odd number of cache lines apart, so that the same
/// column of many rows does not fall into one cache set. Growing allocates; shrinking never does.
/// Not `Sendable`: a buffer belongs to the one evaluation that uses it.
public final class Buffer {
  /// Number of rows in use.
  public private(set) var rows = 0
  /// Number of columns in use.
  public private(set) var columns = 0
  /// Floats from the start of one row to the start of the next.
  private(set) var stride = 16
  /// The first element; valid until the buffer is resized.
  private(set) var pointer: UnsafeMutablePointer<Float>  // [rows, stride]
  private var capacity: Int
  /// Rows as a product's kernel wants them; belongs to the product that runs.
  private var prepared: UnsafeMutableRawPointer?
  private var preparedCapacity = 0

  /// An empty buffer with room for `capacity` floats.
  public init(capacity: Int = 0) {
    precondition(capacity >= 0, "a buffer has no negative capacity")
    self.capacity = max(16, capacity)
    pointer = Self.allocate(self.capacity)
  }

  /// A buffer of zeros.
  public convenience init(rows: Int, columns: Int) {
    self.init()
    resize(rows: rows, columns: columns)
    fill(0)
  }

  /// A buffer holding a copy of a matrix.
  public convenience init(_ matrix: Matrix) {
    self.init()
    load(matrix)
  }

  deinit {
    UnsafeMutableRawPointer(pointer).deallocate()
    prepared?.deallocate()
  }

  /// Scratch of at least `bytes` bytes on a 64-byte boundary; grows, never shrinks.
  func preparedRows(bytes: Int) -> UnsafeMutableRawPointer {
    if let prepared, preparedCapacity >= bytes { return prepared }
    prepared?.deallocate()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    (prepared, preparedCapacity) = (memory, bytes)
    return memory
  }

  /// Changes the shape; allocates only when the buffer was never that large. Contents become
  /// undefined.
  public func resize(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a buffer has no negative side")
    let stride = BufferView.stride(columns: columns)
    let needed = rows * stride
    if needed > capacity {
      UnsafeMutableRawPointer(pointer).deallocate()
      pointer = Self.allocate(needed)
      capacity = needed
    }
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// Sets every element.
  public func fill(_ value: Float) {
    for row in 0..<rows {
      (pointer + row * stride).update(repeating: value, count: columns)
    }
  }

  /// Takes the shape and elements of a matrix.
  public func load(_ matrix: Matrix) {
    resize(rows: matrix.rows, columns: matrix.columns)
    load(matrix, atRow: 0, column: 0)
  }

  /// Writes a matrix into a part of the buffer, as concatenation needs.
  /// - Precondition: the matrix fits at that place.
  public func load(_ matrix: Matrix, atRow row: Int = 0, column: Int) {
    precondition(row >= 0 && row + matrix.rows <= rows, "rows of the part lie outside")
    precondition(column >= 0 && column + matrix.columns <= columns, "columns lie outside")
    matrix.values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }
      for i in 0..<matrix.rows {
        (pointer + (row + i) * stride + column).update(
          from: source + i * matrix.columns, count: matrix.columns)
      }
    }
  }

  /// Takes the shape and elements of another buffer.
  public func copy(from other: Buffer) {
    guard other !== self else { return }
    resize(rows: other.rows, columns: other.columns)
    copy(from: other, rows: 0..<other.rows, atRow: 0)
  }

  /// Copies some rows of another buffer over rows of this one, starting at `row`.
  /// - Precondition: both have as many columns, and the rows exist on both sides.
  public func copy(from other: Buffer, rows source: Range<Int>, atRow row: Int) {
    precondition(other.columns == columns, "\(other.columns) columns into \(columns)")
    precondition(source.lowerBound >= 0 && source.upperBound <= other.rows, "rows \(source)")
    precondition(row >= 0 && row + source.count <= rows, "row \(row) of \(rows)")
    for i in 0..<source.count {
      (pointer + (row + i) * stride).update(
        from: other.pointer + (source.lowerBound + i) * other.stride, count: columns)
    }
  }

  /// A copy as a value.
  public func matrix() -> Matrix {
    let count = rows * columns
    let values = [Float](unsafeUninitializedCapacity: count) { out, written in
      if let base = out.baseAddress {
        for row in 0..<rows {
          (base + row * columns).initialize(from: pointer + row * stride, count: columns)
        }
      }
      written = count
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// A copy of some columns as a value.  // [rows, columns.count]
  /// - Precondition: the columns exist.
  package func matrix(columns some: Range<Int>) -> Matrix {
    precondition(some.lowerBound >= 0 && some.upperBound <= columns, "columns \(some)")
    var values: [Float] = []
    values.reserveCapacity(rows * some.count)
    for row in 0..<rows {
      values += UnsafeBufferPointer(
        start: pointer + row * stride + some.lowerBound, count: some.count)
    }
    return Matrix(rows: rows, columns: some.count, values: values)
  }

  /// Lends one row.
  /// - Precondition: the row exists.
  package func withRow<Result>(
    _ index: Int, _ body: (UnsafeMutablePointer<Float>) -> Result
  ) -> Result {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    return body(pointer + index * stride)
  }

  /// A copy of one row.
  public func row(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    return Array(UnsafeBufferPointer(start: pointer + index * stride, count: columns))
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return pointer[row * stride + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      pointer[row * stride + column] = newValue
    }
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
      .bindMemory(to: Float.self, capacity: count)
  }
}

/// Where the elements of a matrix lie, for kernels and the inner loops of training.
package struct BufferView {
  package let pointer: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int
  /// Floats from the start of one row to the start of the next.
  package let stride: Int

  package init(pointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// A stride that keeps rows on 64-byte boundaries and an odd number of cache lines apart.
  package static func stride(columns: Int) -> Int { ((columns + 15) / 16 | 1) * 16 }
}

extension Buffer {
  var view: BufferView {
    BufferView(pointer: pointer, rows: rows, columns: columns, stride: stride)
  }
}
