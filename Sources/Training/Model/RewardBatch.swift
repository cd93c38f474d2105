/// Questions that a judge learns from together: the steps of all candidates of each, and labels.
public struct RewardBatch: Sendable {
  /// One question: its prompt, and what was tried on it.
  public struct Question: Sendable {
    public var ids: [Int32]
    public var states: [Float]  // [candidates, steps, width]

    /// - Precondition: a prompt that is not empty.
    public init(ids: [Int32], states: [Float]) {
      precondition(!ids.isEmpty, "a prompt has tokens")
      (self.ids, self.states) = (ids, states)
    }
  }

  public let questions: [Question]
  /// Shares of completions that came out right, of every step.
  public let labels: StepTable  // [questions, candidates, steps]
  public let width: Int

  /// - Precondition: states of the size that labels and width say.
  public init(questions: [Question], labels: StepTable, width: Int) {
    precondition(
      questions.count == labels.questions
        && questions.allSatisfy {
          $0.states.count == labels.candidates * labels.steps * width
        }, "states of every step that has a label")
    (self.questions, self.labels, self.width) = (questions, labels, width)
  }

  /// The labels of one question.  // [1, candidates, steps]
  func labels(of question: Int) -> StepTable {
    let size = labels.candidates * labels.steps
    return StepTable(
      questions: 1, candidates: labels.candidates, steps: labels.steps,
      values: Array(labels.values[question * size..<(question + 1) * size]))
  }
}
