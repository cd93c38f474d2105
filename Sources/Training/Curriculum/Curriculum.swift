import Tasks

/// Raises the difficulty of tasks that have been learned.
struct Curriculum {
  let stage: TrainingStage

  /// The tasks of the stage in the order of their names.
  var tasks: [ReasoningTask] { DataMix(stage.mix).tasks }

  /// The hardest difficulty a task may reach here.
  func cap(_ task: ReasoningTask) -> Int {
    min(stage.cap[task.name] ?? task.difficulties.upperBound, task.difficulties.upperBound)
  }

  /// Limits as the stage begins: what the stages before have reached, at least where this one starts,
  /// never above its cap.
  func begin(_ limits: [String: Int]) -> [String: Int] {
    var limits = limits
    for task in tasks {
      let lowest = task.difficulties.lowerBound
      let start = max(limits[task.name] ?? lowest, stage.start[task.name] ?? lowest)
      limits[task.name] = min(max(lowest, start), max(lowest, cap(task)))
    }
    return limits
  }

  /// Tries every task at its limit and raises the limits of those above the threshold.
  /// - Parameters:
  ///   - mean: r̄ at this step.
  ///   - step: of the run, from which fresh problems are drawn.
  /// - Returns: the best accuracy of each task that can still rise.
  func promote(
    _ limits: inout [String: Int], weights: [Float], engine: any GradientEngine, mean: Double,
    seed: UInt64, step: Int
  ) -> [String: Double] {
    var random = TaskRandom(seed: RandomStreams.seed(seed, .curriculum, step: step))
    var probe = AccuracyProbe(replaced: stage.thoughts?.replacedSteps)
    let rising = tasks.filter { (limits[$0.name] ?? 0) < cap($0) }
    for task in rising {
      probe.add(
        task, difficulty: limits[task.name] ?? task.difficulties.lowerBound,
        count: stage.curriculum.problems, random: &random)
    }
    guard probe.count > 0 else { return [:] }
    let readouts =
      stage.thoughts.map { [$0.count] }
      ?? Set(stage.curriculum.readouts + [Int(mean.rounded()) + 1]).sorted()
    let shares = probe.accuracy(
      of: weights, engine: engine, readouts: readouts, seed: random.next())
    var best: [String: Double] = [:]
    for task in rising {
      let share = shares[task.name]?.max() ?? 0
      best[task.name] = share
      if share > stage.curriculum.threshold { limits[task.name, default: 0] += 1 }
    }
    return best
  }
}
