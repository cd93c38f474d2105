import Checkpoints
import Foundation
import LatentModels

/// Whom a name stands for: a score that nobody was trained for, or the folder of a judge that was.
public enum NamedJudge {
  /// - Parameters:
  ///   - name: one of `PathJudge.all`, or a directory or file that `TrainedJudge` opens.
  ///   - facts: of the model whose copies are judged.
  ///   - warn: told what of a folder is not acted on.
  /// - Throws: `JudgeError.unknown`, what opening a folder throws, `JudgeError` for a model it cannot judge.
  public static func open(
    _ name: String, for facts: ModelFacts, packing: WeightPacking,
    warn: (String) -> Void = { _ in }
  ) throws -> any Judge {
    try opened(name, for: facts, packing: packing, warn: warn).judge
  }

  /// The same, with what a trained judge was opened from.
  /// - Parameters: as of `open`.
  /// - Returns: `checkpoint` is nil of a score without training.
  /// - Throws: as `open`.
  public static func opened(
    _ name: String, for facts: ModelFacts, packing: WeightPacking,
    warn: (String) -> Void = { _ in }
  ) throws -> (judge: any Judge, checkpoint: Checkpoint?) {
    let judge: any Judge
    var source: Checkpoint?
    if let score = PathJudge.named(name) {
      judge = score
    } else {
      guard name.contains("/") || FileManager.default.fileExists(atPath: name) else {
        throw JudgeError.unknown(name)
      }
      let checkpoint = try Checkpoint.open(name)
      checkpoint.warnings.forEach(warn)
      judge = try TrainedJudge.open(checkpoint, packing: packing)
      source = checkpoint
    }
    try judge.check(facts)
    return (judge, source)
  }
}
