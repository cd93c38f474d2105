import Tasks

/// Makes rows of one problem each for a model of thoughts.
struct ThoughtRowMaker: Sendable {
  private let mix: DataMix
  private let hardestShare: Double
  private let weights: TrainingRecipe.LossWeights
  private let length: Int

  init(_ stage: TrainingStage, weights: TrainingRecipe.LossWeights) {
    mix = DataMix(stage.mix)
    hardestShare = stage.hardestShare
    length = stage.length
    self.weights = weights
  }

  /// One row: a problem, zeros behind it.
  /// - Parameters:
  ///   - limits: the hardest difficulty of each task; those without draw their easiest.
  ///   - replaced: steps that are thought.
  func row(limits: [String: Int], replaced: Int, random: inout TaskRandom) -> RowMaker.Row {
    var row = RowMaker.Row(
      tokens: Array(repeating: 0, count: length), targets: Array(repeating: 0, count: length),
      weights: Array(repeating: 0, count: length))
    guard case .task(let task) = mix.draw(&random) else { return row }
    let difficulty = RowMaker.difficulty(
      of: task, limits: limits, hardestShare: hardestShare, &random)
    let text = ThoughtText(task.make(difficulty, .latent, &random), replaced: replaced)
    let (wanted, places) = text.wanted
    row.tokens.replaceSubrange(0..<text.tokens.count, with: text.tokens)
    row.targets.replaceSubrange(places, with: wanted)
    for place in places { row.weights[place] = Float(weights.answer) }
    row.weights[places.upperBound - 1] = Float(weights.newline)
    return row
  }
}
