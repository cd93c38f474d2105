import Checkpoints
import Evaluation
import Foundation
import Glibc

/// A file of results that grows by a line for every problem, and from which a run goes on.
final class ResumableFile {
  private let descriptor: Int32
  private let path: String
  /// What the file held already.
  let records: [ProblemRecord]

  /// Opens or creates a file. A last line without its end, the mark of a run that was killed, is
  /// cut off.
  init(_ path: String, run: EvaluationRun, shard: Shard) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw OutputError(path: path, problem: "cannot be opened (\(Self.reason))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw OutputError(path: path, problem: "is being written by another run")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    let bytes = [UInt8](try handle.readToEnd() ?? Data())
    let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let lines = bytes[..<whole].split(separator: 0x0A).map(Array.init)
    let head = ResultFiles.head(run, shard: shard)
    // Something else that has no line's end is not ours to cut.
    if whole == 0, !head.utf8.starts(with: bytes) {
      throw OutputError(path: path, problem: "is no file of results; give another one")
    }
    records = try ResultFiles.records(lines, of: run, shard: shard, name: path)
    guard ftruncate(descriptor, off_t(whole)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw OutputError(path: path, problem: "cannot be written (\(Self.reason))")
    }
    if lines.isEmpty { try append(head) }
  }

  deinit { close(descriptor) }

  /// Adds a line, in one write so that a killed run leaves whole lines before its last.
  func append(_ line: String) throws {
    let bytes = Array((line + "\n").utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw OutputError(path: path, problem: "cannot be written (\(Self.reason))")
      }
      written += count
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
