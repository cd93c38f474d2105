import Foundation
import Tensors

/// The one way in which files are written: what was there before stays until the new file is
/// complete, and every refusal of the system is an `OutputError`.
///
/// Links are followed. Pipes, devices, `/dev/stdout` and `-` are written to as the bytes come. A
/// file that is not finished when it is dropped leaves nothing.
public final class OutputFile {
  /// The path as it was given, or "standard output".
  public let name: String
  private var waiting: [UInt8] = []
  private let place: Place
  private var temporary: TemporaryOutput?
  private var isFinished = false

  private enum Place {
    case standardOutput
    case open(Int32)
    /// A file whose folder takes no other: it is written in place, from the first byte on.
    case inPlace(Int32)
    case temporary(path: String)
  }

  /// Opens an output, before any work is done for it.
  /// - Parameter path: `-` is standard output.
  /// - Throws: `OutputError` when the path is empty, a folder, or not writable.
  public convenience init(_ path: String) throws(OutputError) {
    try self.init(path, isNameless: true)
  }

  init(_ path: String, isNameless: Bool) throws(OutputError) {
    let found = try OutputPlace(path)
    name = path == "-" ? "standard output" : path
    switch found {
    case .descriptor(STDOUT_FILENO): place = .standardOutput
    case .descriptor(let number):
      let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
      guard copy >= 0 else { throw .system(path) }
      place = .open(copy)
    case .stream(let target):
      let descriptor = open(target, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .system(path) }
      place = .open(descriptor)
    case .file(let target, let old):
      if old != nil, access(target, W_OK) != 0 { throw .system(path) }
      let temporary: TemporaryOutput
      do throws(OutputError) {
        temporary = try TemporaryOutput(
          in: OutputPlace.split(target).folder, for: path, isNameless: isNameless)
      } catch {
        let descriptor = old == nil ? -1 : open(target, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error }
        place = .inPlace(descriptor)
        return
      }
      if let old {
        // The new file belongs to whom the old one did, where that is allowed.
        _ = fchown(temporary.descriptor, old.st_uid, old.st_gid)
        fchmod(temporary.descriptor, old.st_mode & 0o7777)
      }
      place = .temporary(path: target)
      self.temporary = temporary
    }
  }

  deinit {
    switch place {
    case .open(let descriptor), .inPlace(let descriptor): if !isFinished { close(descriptor) }
    case .standardOutput, .temporary: break
    }
  }

  /// Whether what is written is standard output.
  public var isStandardOutput: Bool {
    if case .standardOutput = place { true } else { false }
  }

  /// Appends a line.
  public func write(line: String) throws(OutputError) {
    waiting.append(contentsOf: line.utf8)
    waiting.append(0x0A)
    if waiting.count >= 1 << 16 { try flush() }
  }

  /// Appends values as they lie in memory; bytes are values too.
  public func write<Element: BitwiseCopyable>(_ values: [Element]) throws(OutputError) {
    let count = values.count * MemoryLayout<Element>.stride
    if waiting.count + count >= 1 << 16 { try flush() }
    guard count < 1 << 16, !isStandardOutput else {
      try put(values)
      return
    }
    values.withUnsafeBytes { waiting.append(contentsOf: $0) }
  }

  /// Hands on what was kept back, so that who reads a pipe sees it.
  public func flush() throws(OutputError) {
    try put(waiting)
    waiting.removeAll(keepingCapacity: true)
    if isStandardOutput { try StandardOutput.flush() }
  }

  /// Completes the file: from now on it has its name.
  /// - Parameter isDurable: whether to wait until the disk holds it.
  public func finish(isDurable: Bool = false) throws(OutputError) {
    precondition(!isFinished, "an output is finished once")
    try flush()
    switch place {
    case .standardOutput: break
    case .open(let descriptor), .inPlace(let descriptor):
      if case .inPlace = place, lseek(descriptor, 0, SEEK_CUR) == 0 { ftruncate(descriptor, 0) }
      isFinished = true
      guard close(descriptor) == 0 else { throw .system(name) }
      return
    case .temporary(let path):
      if isDurable, let temporary, fsync(temporary.descriptor) != 0 { throw .system(name) }
      try temporary?.take(path, asked: name)
      temporary = nil
    }
    isFinished = true
  }

  /// Writes a whole file, or leaves the old one.
  public static func write(
    _ bytes: [UInt8], to path: String, isDurable: Bool = false
  ) throws(OutputError) {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.finish(isDurable: isDurable)
  }

  /// Whether a file of this name is a half-written output that a killed program left.
  public static func isHalfWritten(_ name: String) -> Bool { TemporaryOutput.isOwn(name) }

  private func put<Element: BitwiseCopyable>(_ values: [Element]) throws(OutputError) {
    guard !values.isEmpty else { return }
    switch place {
    case .standardOutput: try StandardOutput.put(values)
    case .open(let descriptor): try Descriptor.write(values, to: descriptor, name: name)
    case .inPlace(let descriptor):
      if lseek(descriptor, 0, SEEK_CUR) == 0, ftruncate(descriptor, 0) != 0 { throw .system(name) }
      try Descriptor.write(values, to: descriptor, name: name)
    case .temporary:
      guard let descriptor = temporary?.descriptor else { return }
      try Descriptor.write(values, to: descriptor, name: name)
    }
  }
}
