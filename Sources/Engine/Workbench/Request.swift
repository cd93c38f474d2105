import LatentModels
import Tensors
import Trajectories

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
  /// The iteration past which its predictions get worse, where training stopped at a fixed one.
  public let trainedDepth: Int?
  /// The first iteration whose predictions were trained as answers; those before are a lens.
  public let answersFrom: Int
  /// Whether its runs start from the token embeddings and nothing else.
  public let hasFixedStart: Bool
  /// Where its runs start unless told otherwise.
  public let usualStart: Start
  /// How a state is drawn from a seed that a person names.
  public let seedForm: SeedForm
  /// Blocks of an iteration; 0 where nothing is said of them.
  public let coreBlocks: Int
  /// The passes that an iteration consists of, where it is more than one.
  public let passes: ModelFacts.Passes?
  /// How each element of a state decays, where the weights say it.
  public let injection: DiagonalInjection?
  /// Whether the tokens of a prompt look both ways, so that all but the last have seen what follows.
  public let looksBothWays: Bool
  /// Whether a norm makes its states of what blocks leave.
  public let hasNormedStates: Bool
  /// Whether it has learned a gate that says when to stop.
  public let hasExitGate: Bool
  /// Whether it thinks behind the prompt and nowhere else, so that tokens of the answer have no
  /// iterations of their own.
  public let thinksOnce: Bool
  /// The token that ends its thoughts where it says it, so that their number is the most it has; nil where
  /// all prompts have as many.
  public let thoughtStop: Int?
  /// What was dropped or overridden in reading it; whole sentences.
  public let notes: [String]
  /// The tasks it was trained on, by name: only answers to these are judged.
  public let tasks: Set<String>

  public init(
    name: String, defaultIterations: Int, parameters: Int, width: Int, vocabularySize: Int,
    maximumTokens: Int, trainedDepth: Int? = nil, answersFrom: Int = 1, hasFixedStart: Bool = false,
    usualStart: Start? = nil, seedForm: SeedForm = SeedForm(), coreBlocks: Int = 0,
    passes: ModelFacts.Passes? = nil, injection: DiagonalInjection? = nil,
    looksBothWays: Bool = false, hasNormedStates: Bool = false,
    hasExitGate: Bool = false, thinksOnce: Bool = false, thoughtStop: Int? = nil,
    notes: [String] = [],
    tasks: Set<String> = []
  ) {
    self.name = name
    self.defaultIterations = defaultIterations
    self.parameters = parameters
    self.width = width
    self.vocabularySize = vocabularySize
    self.maximumTokens = maximumTokens
    self.trainedDepth = trainedDepth
    self.answersFrom = answersFrom
    self.hasFixedStart = hasFixedStart
    self.usualStart = usualStart ?? (hasFixedStart ? .embedded : .seed(0, form: seedForm))
    self.seedForm = seedForm
    self.coreBlocks = coreBlocks
    self.passes = passes
    self.injection = injection
    self.looksBothWays = looksBothWays
    self.hasNormedStates = hasNormedStates
    self.hasExitGate = hasExitGate
    self.thinksOnce = thinksOnce
    self.thoughtStop = thoughtStop
    self.notes = notes
    self.tasks = tasks
  }
}

extension ModelSummary {
  /// What to say of a run that goes as far as `iteration`; nil within what the model was trained for.
  public func depthWarning(at iteration: Int) -> String? {
    ModelFacts.depthWarning(
      at: iteration, trainedDepth: trainedDepth, answersFrom: answersFrom)
  }

  /// What the pass that ends with a block of an iteration writes once its norm is done, where an iteration
  /// has passes: `z_L` of the low stack, `z_H` of the high one; nil for blocks within a pass.
  public func stateWritten(byBlock block: Int) -> String? {
    guard let passes, block > 0, block % passes.blocks == 0 else { return nil }
    return block / passes.blocks > passes.low ? "z_H" : "z_L"
  }

  /// What there are metrics of.
  public var parts: MetricParts {
    var parts: MetricParts = hasExitGate ? .gate : []
    if passes != nil { parts.insert(.second) }
    if hasNormedStates { parts.insert(.lengths) }
    return parts
  }

  /// Whether what the head reads at an iteration is a lens: no loss asked it to answer there.
  public func isLens(at iteration: Int) -> Bool { iteration < answersFrom }
}

/// What to run the model on.
public enum PromptSource: Sendable, Equatable {
  case text(String)
  case ids([Int])
}
