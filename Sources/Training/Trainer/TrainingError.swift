import Checkpoints

/// Why training cannot begin or go on.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder holds a run already, and nobody asked to go on with it.
  case runExists(directory: String)
  /// The folder holds something else than a run.
  case notEmpty(directory: String)
  /// There is nothing to go on with.
  case nothingToResume(directory: String)
  /// The run in the folder follows other settings.
  case otherRecipe(directory: String, difference: String)
  /// A checkpoint does not hold what it must.
  case damagedCheckpoint(file: String, problem: String)
  /// A history is not what it was; `line` counts from 1.
  case damagedHistory(file: String, line: Int?, problem: String)
  /// Training would take more memory than there is; `parts` are the largest, by name.
  case notEnoughMemory(needed: Int, available: Int, parts: String, advice: String)
  case notEnoughDisk(directory: String, needed: Int, available: Int)
  /// The loss is no number any more.
  case diverged(step: Int)
  case file(path: String, problem: String)

  public var description: String { DisplayText.escape(text) }

  private static func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 }
  private static func megabytesNeeded(_ bytes: Int) -> Int {
    bytes / 1_000_000 + (bytes % 1_000_000 == 0 ? 0 : 1)
  }

  private var text: String {
    switch self {
    case .runExists(let directory):
      "\(directory) holds a training run. Go on with it with --resume, or give a new folder."
    case .notEmpty(let directory):
      "\(directory) is not empty and holds no training run. Give a new folder."
    case .nothingToResume(let directory):
      "\(directory) holds no checkpoint to resume. Leave out --resume to begin."
    case .otherRecipe(let directory, let difference):
      "\(directory) was trained by another recipe (\(difference)). Give a new folder, or the recipe "
        + "in \(directory)/checkpoint."
    case .damagedCheckpoint(let file, let problem):
      "\(file) cannot be resumed: \(problem)."
    case .notEnoughDisk(let directory, let needed, let available):
      "\(directory) has room for \(Self.megabytes(available)) MB; checkpoints and the model take "
        + "\(Self.megabytesNeeded(needed)) MB. Make room, or give a folder on another disk."
    case .notEnoughMemory(let needed, let available, let parts, let advice):
      "Training takes about \(Self.megabytesNeeded(needed)) MB of memory (\(needed) bytes) and "
        + "\(Self.megabytes(available)) MB (\(available) bytes) are available. Of these \(parts). "
        + "\(advice)"
    case .damagedHistory(let file, let line, let problem):
      "\(file) \(line.map { "line \($0): " } ?? "")\(problem). Put it back as it was, or remove it "
        + "to go on without its past."
    case .diverged(let step):
      "The loss is not a number after step \(step). Lower the learning rates in the recipe; the last "
        + "checkpoint is from before."
    case .file(let path, let problem):
      "\(path) \(problem)."
    }
  }
}
