/// Between which limits the tasks of a recipe can stand: at least where its stages start them, at most
/// with every trial passed.
enum CurriculumReach {
  /// At the end of every stage, for the tasks drawn by then.
  static func stages(_ recipe: TrainingRecipe) -> [[String: ClosedRange<Int>]] {
    var reach: [String: ClosedRange<Int>] = [:]
    return recipe.stages.map { stage in
      enter(stage, steps: stage.steps, &reach)
      return reach
    }
  }

  /// After so many steps of the run.
  static func limits(_ recipe: TrainingRecipe, after steps: Int) -> [String: ClosedRange<Int>] {
    var reach: [String: ClosedRange<Int>] = [:]
    var rest = steps
    for stage in recipe.stages where rest > 0 {
      enter(stage, steps: min(rest, stage.steps), &reach)
      rest -= stage.steps
    }
    return reach
  }

  private static func enter(
    _ stage: TrainingStage, steps: Int, _ reach: inout [String: ClosedRange<Int>]
  ) {
    let curriculum = Curriculum(stage: stage)
    let lowest = curriculum.begin(reach.mapValues(\.lowerBound))
    let highest = curriculum.begin(reach.mapValues(\.upperBound))
    let trials = steps / stage.curriculum.every
    for task in curriculum.tasks {
      guard let low = lowest[task.name], let high = highest[task.name] else { continue }
      reach[task.name] = low...max(high, min(curriculum.cap(task), high + trials))
    }
  }
}
