import Tasks

extension TrainingRecipe {
  /// A recipe for a few tasks or a text, when there is no file: one stage, all tasks alike often.
  /// - Parameters:
  ///   - tasks: names, known.
  ///   - textFile: a text to learn besides them, or instead.
  ///   - steps: of the one stage.
  public static func simple(tasks: [String], textFile: String?, steps: Int) -> TrainingRecipe {
    var mix: [String: Double] = [:]
    for task in tasks { mix[task] = 1 }
    if textFile != nil { mix[TrainingStage.textName] = tasks.isEmpty ? 1 : 0.5 }
    var stage = TrainingStage(name: "all", steps: steps, mix: mix)
    stage.recurrence.mean = 4...10
    stage.recurrence.shallowShare = 0.2
    var recipe = TrainingRecipe(
      name: (tasks + (textFile == nil ? [] : ["text"])).joined(separator: " and "),
      textFile: textFile, stages: [stage])
    recipe.architecture.meanRecurrence = 10
    if tasks.isEmpty { recipe.lossWeights.text = 1 }
    return recipe
  }
}
