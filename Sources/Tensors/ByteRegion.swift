import Glibc

/// Read-only bytes that somebody keeps alive: a mapped file, or data embedded in the program.
///
/// The one place where tensor data lives outside Swift arrays; all reads are bounds-checked.
public final class ByteRegion: Sendable {
  /// Number of bytes.
  public let count: Int
  /// The file the bytes are of, when they are a file's.
  public let path: String?
  private nonisolated(unsafe) let base: UnsafeRawPointer
  /// Whether the bytes are a file's, so that pages given back return when they are read again.
  private let isMappedFile: Bool
  private let release: @Sendable () -> Void

  /// Wraps memory that stays valid and unchanged until `release` is called, when the region dies.
  /// - Parameter isMappedFile: whether this is a private, read-only mapping of a file.
  public init(
    base: UnsafeRawPointer, count: Int, isMappedFile: Bool = false, path: String? = nil,
    release: @escaping @Sendable () -> Void
  ) {
    precondition(count >= 0)
    self.isMappedFile = isMappedFile
    self.base = base
    self.path = path
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

  /// Brings the pages of a range in with one request, where they are a file's: cheaper than
  /// meeting each of them on its own.
  public func prepareToRead(_ range: Range<Int>) { advise(range, MADV_POPULATE_READ, whole: false) }

  /// Lets go of the pages that lie wholly in a range, where they are a file's. They stay readable.
  public func giveBack(_ range: Range<Int>) { advise(range, MADV_DONTNEED, whole: true) }

  private func advise(_ range: Range<Int>, _ advice: Int32, whole: Bool) {
    guard isMappedFile else { return }
    let range = range.clamped(to: 0..<count)
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = Int(bitPattern: base) + range.lowerBound
    let end = Int(bitPattern: base) + range.upperBound
    let first = whole ? (start + page - 1) & -page : start & -page
    let last = whole ? end & -page : end
    guard last > first, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
    // Advice only: an older system that does not know it reads the pages one by one.
    _ = madvise(address, last - first, advice)
  }
}
