/// Read-only bytes that somebody keeps alive: a mapped file, or data embedded in the program.
///
/// The one place where tensor data lives outside Swift arrays; all reads are bounds-checked.
public final class ByteRegion: Sendable {
  /// Number of bytes.
  public let count: Int
  private nonisolated(unsafe) let base: UnsafeRawPointer
  private let release: @Sendable () -> Void

  /// Wraps memory that stays valid and unchanged until `release` is called, when the region dies.
  public init(base: UnsafeRawPointer, count: Int, release: @escaping @Sendable () -> Void) {
    precondition(count >= 0)
    self.base = base
    self.count = count
    self.release = release
  }

  deinit { release() }

  /// Lends the bytes of a range.
  /// - Precondition: the range lies inside the region.
  public func withBytes<Result>(
    in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
    return try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// A copy of the bytes of a range, clamped to the region.
  public func bytes(in range: Range<Int>) -> [UInt8] {
    withBytes(in: range.clamped(to: 0..<count)) { Array($0) }
  }
}
