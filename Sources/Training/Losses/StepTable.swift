/// A number for every step of every candidate of every question: scores, labels, or gradients.
public struct StepTable: Sendable, Equatable {
  public let questions: Int
  /// Candidates of each question.
  public let candidates: Int
  /// Steps of each candidate.
  public let steps: Int
  public var values: [Double]  // [questions, candidates, steps]

  /// - Precondition: as many values as the sizes say.
  public init(questions: Int, candidates: Int, steps: Int, values: [Double]) {
    precondition(
      questions >= 0 && candidates >= 0 && steps >= 0
        && values.count == questions * candidates * steps,
      "\(values.count) values for [\(questions), \(candidates), \(steps)]")
    (self.questions, self.candidates, self.steps) = (questions, candidates, steps)
    self.values = values
  }

  /// Zeros of the size of another.
  public init(like other: StepTable) {
    self.init(
      questions: other.questions, candidates: other.candidates, steps: other.steps,
      values: Array(repeating: 0, count: other.values.count))
  }

  public func hasSize(of other: StepTable) -> Bool {
    questions == other.questions && candidates == other.candidates && steps == other.steps
  }

  public subscript(question: Int, candidate: Int, step: Int) -> Double {
    get { values[place(question, candidate, step)] }
    set { values[place(question, candidate, step)] = newValue }
  }

  private func place(_ question: Int, _ candidate: Int, _ step: Int) -> Int {
    (question * candidates + candidate) * steps + step
  }
}
