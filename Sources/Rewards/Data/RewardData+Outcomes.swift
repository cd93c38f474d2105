extension RewardData {
  /// The same rollouts with their own outcome as the label of every step: what a judge can learn from where
  /// nobody runs completions.
  public var labelledByOutcomes: RewardData {
    RewardData(
      questions: questions.map { question in
        Question(
          ids: question.ids, states: question.states,
          labels: question.correct.flatMap { Array(repeating: $0 ? 1 : 0, count: steps) },
          correct: question.correct)
      }, rollouts: rollouts, steps: steps, width: width)
  }
}
