/// What a person is told of the model: words and sizes only.
public struct ModelSummary: Sendable, Equatable {
  /// Short name for the status line, such as `demo-0.7M`.
  public let name: String
  /// Iterations the model was trained for on average: how far a run goes unless told otherwise.
  public let defaultIterations: Int
  public let parameters: Int
  public let width: Int
  public let vocabularySize: Int
  /// Longest prompt it takes, in tokens.
  public let maximumTokens: Int

  public init(
    name: String, defaultIterations: Int, parameters: Int, width: Int, vocabularySize: Int,
    maximumTokens: Int
  ) {
    self.name = name
    self.defaultIterations = defaultIterations
    self.parameters = parameters
    self.width = width
    self.vocabularySize = vocabularySize
    self.maximumTokens = maximumTokens
  }
}

/// How a run starts.
public enum Start: Sendable, Equatable {
  case zero
  case seed(UInt64)
  /// A state given on the command line; `label` says where it came from.
  case given(label: String)
}

/// What to run the model on.
public enum PromptSource: Sendable, Equatable {
  case text(String)
  case ids([Int])
}
