import Checkpoints
import LatentModels
import Tensors

/// Judges that were trained, by what their folder holds.
public enum TrainedJudge {
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  public static func open(
    _ checkpoint: Checkpoint, packing: WeightPacking = WeightPacking()
  ) throws -> any StepJudge {
    if checkpoint.configuration["model_type"]?.string == StepProbe.modelType {
      return try StepProbe(checkpoint)
    }
    if RecurrentReward.recognises(checkpoint) {
      return RecurrentRewardJudge(
        try RecurrentReward(checkpoint, packing: packing), name: checkpoint.name)
    }
    let key = LatentRewardJudge.stepsKey
    var steps = LatentRewardJudge.Steps.thoughts
    if let value = checkpoint.configuration.present(key) {
      guard let known = value.string.flatMap(LatentRewardJudge.Steps.init) else {
        throw ModelError.configuration(
          key: key, problem: "is \(value.shown); judges read thoughts or states",
          file: checkpoint.configurationPath)
      }
      steps = known
    }
    return LatentRewardJudge(
      try LatentReward(checkpoint, packing: packing), name: checkpoint.name, steps: steps)
  }
}
