import Checkpoints
import Foundation

/// `history.jsonl`: a line for every few steps, only ever added to.
final class TrainingHistory {
  private let path: String
  private let handle: FileHandle
  /// What it holds now.
  private var bytes = 0
  private var fingerprint = Fingerprint()
  /// What it held when it was opened.
  private(set) var records: [ProgressRecord] = []

  /// What a checkpoint says of it.
  var mark: TrainingCheckpoint.HistoryMark {
    .init(bytes: bytes, fingerprint: fingerprint.value)
  }

  /// Begins a history, in the place of what is there.
  init(beginning path: String) throws {
    self.path = path
    handle = try Self.open(path)
    try truncate()
  }

  /// Opens the history of a checkpoint and cuts what was written after it. One that is not there is
  /// begun anew: whoever took it away can do without the past.
  /// - Throws: `TrainingError.damagedHistory` when it is not what it was, with the line.
  init(_ path: String, of checkpoint: TrainingCheckpoint) throws {
    self.path = path
    let isThere = FileManager.default.fileExists(atPath: path)
    handle = try Self.open(path)
    if isThere { try read(checkpoint) }
    try truncate()
  }

  private static func open(_ path: String) throws -> FileHandle {
    // Non-blocking, or opening a pipe would wait for whoever writes to it.
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else {
      throw TrainingError.file(
        path: path, problem: "cannot be opened (\(String(cString: strerror(errno))))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard Descriptor.isRegularFile(descriptor) else {
      throw TrainingError.file(path: path, problem: "is no regular file")
    }
    return handle
  }

  private func read(_ checkpoint: TrainingCheckpoint) throws {
    let mark = checkpoint.history
    guard mark.bytes > 0 else { return }
    let size = Int(try handle.seekToEnd())
    guard size >= mark.bytes else {
      throw damaged(
        line: nil, "has \(size) bytes where the checkpoint counts \(mark.bytes): its end is lost")
    }
    try handle.seek(toOffset: 0)
    let data = [UInt8](try handle.read(upToCount: mark.bytes) ?? Data())
    guard data.count == mark.bytes else { throw damaged(line: nil, "cannot be read whole") }
    let reach = CurriculumReach.limits(checkpoint.recipe, after: checkpoint.state.step)
    for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      if index > 0, line.isEmpty, line.startIndex == data.endIndex { break }
      do {
        records.append(
          try ProgressRecord(
            JSONValue(parsing: Array(line)), of: checkpoint.recipe, after: records.last,
            reach: reach, last: checkpoint.state.step))
      } catch let error as RecipeError {
        throw damaged(line: index + 1, "\(error.address) \(error.problem)")
      } catch {
        throw damaged(line: index + 1, "\(error)")
      }
    }
    fingerprint.add(data)
    bytes = data.count
    guard data.last == 0x0A, fingerprint.value == mark.fingerprint ?? fingerprint.value else {
      throw damaged(line: nil, "is not what it was when the checkpoint was written")
    }
  }

  private func damaged(line: Int?, _ problem: String) -> TrainingError {
    .damagedHistory(file: path, line: line, problem: problem)
  }

  private func truncate() throws {
    do {
      try handle.truncate(atOffset: UInt64(bytes))
      try handle.seek(toOffset: UInt64(bytes))
    } catch {
      throw failure()
    }
  }

  private func failure() -> TrainingError {
    .file(path: path, problem: "cannot be written (\(String(cString: strerror(errno))))")
  }

  /// Adds one line.
  func append(_ record: JSONValue) throws {
    let line = Array((record.serialized() + "\n").utf8)
    do {
      try handle.write(contentsOf: Data(line))
    } catch {
      throw failure()
    }
    fingerprint.add(line)
    bytes += line.count
  }

  /// Waits until the disk holds it.
  func synchronize() throws {
    do {
      try handle.synchronize()
    } catch {
      throw failure()
    }
  }
}
