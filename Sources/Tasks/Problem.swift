/// One question with its answer, as a person would type it.
public struct Problem: Sendable, Equatable {
  /// What is typed, the marker included: `3+4-2?`.
  public var prompt: String
  /// What should follow, without the line's end.
  public var answer: String
  /// Partial results that can be known at places inside the prompt; training teaches them so that
  /// a readout there shows how far the thought has come.
  public var partialResults: [PartialResult]

  /// What comes out at each step of a worked solution, the last of which is the answer; empty where a
  /// task has no chain of steps.
  public var steps: [String]

  /// A problem.
  public init(
    prompt: String, answer: String, partialResults: [PartialResult] = [], steps: [String] = []
  ) {
    self.prompt = prompt
    self.answer = answer
    self.partialResults = partialResults
    self.steps = steps
  }
}

/// What can be known at one byte of a prompt, having read up to it.
public struct PartialResult: Sendable, Equatable {
  /// Index of the byte in the prompt's UTF-8 at which the readout is taken.
  public var offset: Int
  /// The byte that stands for the result.
  public var value: UInt8

  /// A partial result.
  public init(offset: Int, value: UInt8) {
    self.offset = offset
    self.value = value
  }
}

/// Whether a problem asks for the answer at once or for its steps in writing.
public enum AnswerForm: String, Sendable, CaseIterable {
  /// Marker `?`: all reasoning stays latent.
  case latent
  /// Marker `!`: every partial result is written out, the answer last.
  case verbal
}
