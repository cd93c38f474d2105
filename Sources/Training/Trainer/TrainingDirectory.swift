import Checkpoints
import Foundation

/// The folder of one run: `checkpoint/state.safetensors`, `history.jsonl`, `recipe.json`, and the
/// model when it is done.
package final class TrainingDirectory {
  package let path: String
  private let lock: Int32

  package var statePath: String { Self.statePath(path) }
  var historyPath: String { "\(path)/history.jsonl" }

  static func statePath(_ path: String) -> String { "\(path)/checkpoint/state.safetensors" }
  static func recipePath(_ path: String) -> String { "\(path)/\(recipeName)" }

  private static let lockName = ".lock"
  private static let recipeName = "recipe.json"

  /// Makes or enters the folder. Nothing is written before everything is known to be in order.
  /// - Parameters:
  ///   - resumes: whether a run is to be gone on with.
  ///   - parameters: of the model, for a look at the disk.
  package init(_ path: String, resumes: Bool, parameters: Int) throws {
    self.path = path
    guard !path.isEmpty else {
      throw TrainingError.file(path: "\"\"", problem: "is no folder; give the path of one")
    }
    let files = FileManager.default
    if files.fileExists(atPath: Self.statePath(path)) {
      guard resumes else { throw TrainingError.runExists(directory: path) }
    } else {
      guard !resumes else { throw TrainingError.nothingToResume(directory: path) }
      // What a run leaves that was cut before its first checkpoint.
      let found = (try? files.contentsOfDirectory(atPath: path)) ?? []
      guard found.allSatisfy(Self.isLeftByACutRun) else {
        throw TrainingError.notEmpty(directory: path)
      }
    }
    try Self.checkRoom(path, parameters: parameters)
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
    removeLeftovers()
  }

  deinit { close(lock) }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func isLeftByACutRun(_ name: String) -> Bool {
    [recipeName, "history.jsonl", "checkpoint", lockName].contains(name) || isTemporary(name)
  }

  /// Whether a file is one of ours that was not written to its end, or what Foundation calls its own.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".dat.nosync") || OutputFile.isHalfWritten(name)
  }

  /// Removes half-written files of processes that were killed. Called with the lock held.
  private func removeLeftovers() {
    let files = FileManager.default
    for folder in [path, "\(path)/checkpoint"] {
      for name in (try? files.contentsOfDirectory(atPath: folder)) ?? []
      where Self.isTemporary(name) {
        unlink("\(folder)/\(name)")
      }
    }
  }

  // MARK: Room

  /// Refuses a disk that a run would fill. What its own files take already is theirs.
  private static func checkRoom(_ path: String, parameters: Int) throws {
    func size(_ name: String) -> Int {
      var status = stat()
      return stat("\(path)/\(name)", &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }
    let needed = roomNeeded(
      checkpoint: TrainingCheckpoint.size(parameters: parameters),
      // The head is written besides the embedding.
      model: 2 * 4 * parameters + 1 << 16, oldCheckpoint: size("checkpoint/state.safetensors"),
      oldModel: size("model.safetensors"))
    guard var room = DiskRoom.available(at: path) else { return }
    for folder in ["", "checkpoint/"] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []
      room += names.filter(isTemporary).reduce(0) { $0 + size(folder + $1) }
    }
    guard room < needed else { return }
    throw TrainingError.notEnoughDisk(directory: path, needed: needed, available: room)
  }

  /// Bytes that must be free: a file is written whole before it takes the place of the one before.
  static func roomNeeded(
    checkpoint: Int, model: Int, oldCheckpoint: Int, oldModel: Int
  ) -> Int {
    let withTwoCheckpoints = 2 * checkpoint + oldModel
    let withTwoModels = checkpoint + model + (oldModel > 0 ? model : 0)
    return max(0, max(withTwoCheckpoints, withTwoModels) - oldCheckpoint - oldModel) + 1 << 18
  }

  // MARK: Writing

  /// Saves a state so that it survives whatever happens next.
  func save(_ checkpoint: TrainingCheckpoint) throws {
    try checkpoint.write(to: statePath)
    synchronize()
  }

  /// Sees a new state's name to the disk.
  package func synchronize() {
    // The new name itself must be on the disk too.
    let folder = open("\(path)/checkpoint", O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Writes the recipe, which is what a run begins with.
  func write(_ recipe: TrainingRecipe) throws {
    try write(recipe.json.serialized() + "\n", name: Self.recipeName)
  }

  /// Writes a small file whole or not at all.
  package func write(_ text: String, name: String) throws {
    try write(Array(text.utf8), name: name)
  }

  func write(_ bytes: [UInt8], name: String) throws {
    do throws(OutputError) {
      try OutputFile.write(bytes, to: "\(path)/\(name)")
    } catch {
      throw TrainingError.file(path: error.path, problem: error.problem)
    }
  }
}
