import Checkpoints
import Evaluation
import Foundation
import Glibc

/// A file of results that grows by a line for every problem, and from which a run goes on.
final class ResumableFile<Work: EvaluationWork> {
  private let descriptor: Int32
  private let path: String
  private var file: RunFile<Work>

  /// What the file held already.
  var records: [Work.Record] { file.records }

  /// Opens or creates a file. A last line without its end, the mark of a run that was killed, is
  /// cut off; nothing else is changed in a file that is not of this run.
  init(_ path: String, run: Work, shard: Shard) throws {
    self.path = path
    file = RunFile(run, shard: shard, name: path)
    // Without waiting for whoever may hold the other end of a pipe.
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else {
      throw OutputError(path: path, problem: "cannot be opened (\(Self.reason))")
    }
    guard Descriptor.isRegularFile(descriptor) else {
      throw OutputError(
        path: path, problem: "is no regular file, which results can be kept in; give another one")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw OutputError(path: path, problem: "is being written by another run")
    }
    let whole = try read()
    guard ftruncate(descriptor, off_t(whole)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw OutputError(path: path, problem: "cannot be written (\(Self.reason))")
    }
    if whole == 0 { try append(line: file.head) }
  }

  deinit { close(descriptor) }

  /// Takes in all lines.
  /// - Returns: how many bytes are whole lines.
  private func read() throws -> Int {
    var lines = try ByteLines(path, limit: file.longestLine)
    var whole = 0
    while let line = try lines.next() {
      guard lines.lastHadBreak else {
        // Something else that has no line's end is not ours to cut.
        if whole == 0, !file.head.utf8.starts(with: line) {
          throw OutputError(path: path, problem: "is no file of results; give another one")
        }
        break
      }
      try file.add(line)
      whole += line.count + 1
    }
    return whole
  }

  /// Adds a result.
  func append(_ record: Work.Record) throws { try append(line: file.line(record)) }

  /// Takes the file away, when what it was kept for is done.
  func remove() throws {
    guard unlink(path) == 0 else {
      throw OutputError(path: path, problem: "cannot be removed (\(Self.reason))")
    }
  }

  /// Adds a line, in one write so that a killed run leaves whole lines before its last.
  private func append(line: String) throws {
    try Descriptor.write(Array((line + "\n").utf8), to: descriptor, name: path)
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
