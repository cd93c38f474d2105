import Tasks

extension TrainingRecipe {
  /// What no single field can say of a model that thinks: problems have steps, and the longest that a
  /// stage may come to fits into its rows, written and thought.
  func checkThoughts() throws(RecipeError) {
    for (index, reach) in CurriculumReach.stages(self).enumerated() {
      let stage = stages[index]
      let mix = "stages[\(index)].mix"
      for name in TrainingStage.otherData where stage.mix[name] ?? 0 > 0 {
        throw RecipeError("\(mix).\(name)", "has no steps that thoughts could stand for")
      }
      for task in Curriculum(stage: stage).tasks {
        guard task.hasSteps else {
          let known = ReasoningTask.all.filter(\.hasSteps).map(\.name).joined(separator: ", ")
          throw RecipeError(
            "\(mix).\(task.name)", "has no steps that thoughts could stand for; \(known) have")
        }
        guard let hardest = reach[task.name]?.upperBound else { continue }
        let needed = longest(task, hardest, stage)
        guard needed > stage.length else { continue }
        let fitting = task.difficulties.last { longest(task, $0, stage) <= stage.length }
        let way =
          fitting.map { "set stages[\(index)].cap.\(task.name) to \($0) or less" }
          ?? "leave \(task.name) out"
        throw RecipeError(
          "\(mix).\(task.name)",
          "may come to rows of \(needed) tokens and thoughts (\(hardest) \(task.unit)), and "
            + "stages[\(index)].length is \(stage.length); \(way), or the length to \(needed)")
      }
    }
  }

  /// Tokens and thoughts of the longest row, with every number of steps that a training step may replace.
  private func longest(_ task: ReasoningTask, _ difficulty: Int, _ stage: TrainingStage) -> Int {
    guard var rule = stage.thoughts else { return 0 }
    let most = rule.replacedSteps
    return (rule.earlierShare > 0 ? 0...most : most...most).map { replaced in
      rule.replacedSteps = replaced
      return ThoughtText.longest(task, difficulty: difficulty, replaced: replaced) + rule.count
    }.max() ?? 0
  }
}
