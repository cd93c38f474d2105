import Checkpoints
import Foundation

/// The folder of one run: `checkpoint/state.safetensors`, `history.jsonl`, `recipe.json`, and the
/// model when it is done.
final class TrainingDirectory {
  let path: String
  private let lock: Int32
  private var history: FileHandle?
  private(set) var historyBytes = 0

  var statePath: String { "\(path)/checkpoint/state.safetensors" }
  var recipePath: String { "\(path)/recipe.json" }
  var historyPath: String { "\(path)/history.jsonl" }

  /// Makes or enters the folder.
  /// - Parameters:
  ///   - resumes: whether a run is to be gone on with.
  ///   - parameters: of the model, for a look at the disk.
  init(_ path: String, resumes: Bool, parameters: Int) throws {
    self.path = path
    let files = FileManager.default
    let state = "\(path)/checkpoint/state.safetensors"
    var found = (try? files.contentsOfDirectory(atPath: path)) ?? []
    if files.fileExists(atPath: state) {
      guard resumes else { throw TrainingError.runExists(directory: path) }
    } else {
      guard !resumes else { throw TrainingError.nothingToResume(directory: path) }
      // What a run leaves that was cut before its first checkpoint.
      found.removeAll {
        ["recipe.json", "history.jsonl", "checkpoint", Self.lockName].contains($0)
      }
      guard found.isEmpty else { throw TrainingError.notEmpty(directory: path) }
    }
    do {
      try files.createDirectory(
        atPath: "\(path)/checkpoint", withIntermediateDirectories: true)
    } catch {
      throw TrainingError.file(path: path, problem: "cannot be made (\(Self.reason()))")
    }
    lock = open("\(path)/\(Self.lockName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else {
      throw TrainingError.file(path: path, problem: "cannot be written (\(Self.reason()))")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw TrainingError.file(path: path, problem: "is being trained in by another process")
    }
    // Two checkpoints, one about to replace the other, and the model.
    let needed = 2 * TrainingCheckpoint.size(parameters: parameters) + 8 * parameters
    let room = try files.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? NSNumber
    if let room, room.intValue < needed {
      throw TrainingError.notEnoughDisk(
        directory: path, needed: needed, available: room.intValue)
    }
  }

  private static let lockName = ".lock"

  deinit { close(lock) }

  private static func reason() -> String { String(cString: strerror(errno)) }

  /// Opens the history and cuts what was written after the checkpoint.
  func openHistory(at bytes: Int) throws {
    let descriptor = open(historyPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw TrainingError.file(path: historyPath, problem: "cannot be opened (\(Self.reason()))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    historyBytes = min(bytes, Int(try handle.seekToEnd()))
    try handle.truncate(atOffset: UInt64(historyBytes))
    try handle.seek(toOffset: UInt64(historyBytes))
    history = handle
  }

  /// The lines of the history as it was opened; what cannot be read is left out.
  func records() -> [ProgressRecord] {
    let text = (try? String(contentsOfFile: historyPath, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      (try? JSONValue(parsing: String(line))).flatMap(ProgressRecord.init)
    }
  }

  /// Appends one line to the history.
  func append(_ record: JSONValue) throws {
    let line = Data((record.serialized() + "\n").utf8)
    do {
      try history?.write(contentsOf: line)
    } catch {
      throw TrainingError.file(path: historyPath, problem: "cannot be written (\(Self.reason()))")
    }
    historyBytes += line.count
  }

  /// Saves a state so that it survives whatever happens next.
  func save(_ state: TrainingState, recipe: TrainingRecipe, textFingerprint: UInt64) throws {
    try history?.synchronize()
    let checkpoint = TrainingCheckpoint(
      recipe: recipe, textFingerprint: textFingerprint, state: state, historyBytes: historyBytes)
    try checkpoint.write(to: statePath)
    // The new name itself must be on the disk too.
    let folder = open("\(path)/checkpoint", O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
    removeLeftovers()
  }

  /// Half-written states of processes that were killed.
  private func removeLeftovers() {
    let files = FileManager.default
    let folder = "\(path)/checkpoint"
    for name in (try? files.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasSuffix(".partial") {
      try? files.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// Writes a small file whole or not at all.
  func write(_ text: String, name: String) throws {
    try write(Data(text.utf8), name: name)
  }

  func write(_ data: Data, name: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch {
      throw TrainingError.file(
        path: "\(path)/\(name)", problem: "cannot be written (\(error.localizedDescription))")
    }
  }
}
