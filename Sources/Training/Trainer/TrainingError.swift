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
  case notEnoughDisk(directory: String, needed: Int, available: Int)
  /// The loss is no number any more.
  case diverged(step: Int)
  case file(path: String, problem: String)

  public var description: String {
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
      "\(directory) has room for \(available / 1_000_000) MB; checkpoints and the model take "
        + "\((needed + 999_999) / 1_000_000) MB. Make room, or give a folder on another disk."
    case .diverged(let step):
      "The loss is not a number after step \(step). Lower the learning rates in the recipe; the last "
        + "checkpoint is from before."
    case .file(let path, let problem):
      "\(path) \(problem)."
    }
  }
}
