import Training

extension RewardData {
  /// Some questions as training takes them.
  func batch(_ some: some Sequence<Int>) -> RewardBatch {
    let chosen = some.map { questions[$0] }
    return RewardBatch(
      // What reads prompts knows all their tokens.
      questions: chosen.map { .init(ids: $0.ids.map { Int32(clamping: $0) }, states: $0.states) },
      labels: StepTable(
        questions: chosen.count, candidates: rollouts, steps: steps,
        values: chosen.flatMap { $0.labels.map(Double.init) }), width: width)
  }
}
