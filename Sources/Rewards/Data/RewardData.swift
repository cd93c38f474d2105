/// Rollouts with labels, which a judge of latent reasoning learns from.
///
/// In files they are tensors under the published names, of question i `{i}.input_ids` [tokens],
/// `{i}.latent_embeds` [rollouts, steps, width], `{i}.estimations` [rollouts, steps] and `{i}.corrects`
/// [rollouts].
public struct RewardData: Sendable, Equatable {
  /// One question, with what was tried on it.
  public struct Question: Sendable, Equatable {
    /// Of the prompt.
    public let ids: [Int]
    public let states: [Float]  // [rollouts, steps, width]
    /// Shares of completions that came out right.
    public let labels: [Float]  // [rollouts, steps]
    public let correct: [Bool]  // [rollouts]
  }

  public let questions: [Question]
  public let rollouts: Int
  public let steps: Int
  public let width: Int
  /// Tokens that the model knows whose rollouts these are; nil where the file does not say.
  public let vocabulary: Int?

  /// The numbers of a step of a rollout.  // [width]
  public func state(_ question: Int, _ rollout: Int, _ step: Int) -> ArraySlice<Float> {
    let first = (rollout * steps + step) * width
    return questions[question].states[first..<first + width]
  }

  /// - Precondition: all questions have these sizes.
  public init(
    questions: [Question], rollouts: Int, steps: Int, width: Int, vocabulary: Int? = nil
  ) {
    precondition(
      questions.allSatisfy {
        $0.states.count == rollouts * steps * width && $0.labels.count == rollouts * steps
          && $0.correct.count == rollouts
      }, "questions of one size")
    (self.questions, self.rollouts) = (questions, rollouts)
    (self.steps, self.width, self.vocabulary) = (steps, width, vocabulary)
  }

  /// Some of the questions.
  public func selecting(_ some: [Int]) -> RewardData {
    RewardData(
      questions: some.map { questions[$0] }, rollouts: rollouts, steps: steps, width: width,
      vocabulary: vocabulary)
  }
}
