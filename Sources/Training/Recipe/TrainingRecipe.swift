/// Everything that decides what a training run computes: with the same recipe and the same number
/// of shards two runs give the same bytes.
public struct TrainingRecipe: Sendable, Equatable {
  /// What the model will be called.
  public var name: String
  /// What a reader should know: where a text comes from and its licence.
  public var notes: [String]
  public var seed: UInt64
  public var architecture: Architecture
  public var computation: Computation
  public var optimizer: OptimizerSettings
  public var lossWeights: LossWeights
  /// A plain text that `text` in a mix draws windows from; a path beside the recipe.
  public var textFile: String?
  /// One after the other, on the same weights.
  public var stages: [TrainingStage]

  public init(
    name: String, notes: [String] = [], seed: UInt64 = 1, architecture: Architecture = .init(),
    computation: Computation = .init(), optimizer: OptimizerSettings = .init(),
    lossWeights: LossWeights = .init(), textFile: String? = nil, stages: [TrainingStage]
  ) {
    self.name = name
    self.notes = notes
    self.seed = seed
    self.architecture = architecture
    self.computation = computation
    self.optimizer = optimizer
    self.lossWeights = lossWeights
    self.textFile = textFile
    self.stages = stages
  }

  /// Steps of all stages.
  public var steps: Int { stages.reduce(0) { $0 + $1.steps } }

  /// The stage a step belongs to and the steps before it in that stage.
  /// - Parameter step: counted from 0 over the whole run.
  /// - Returns: nil after the last step.
  public func place(of step: Int) -> (stage: Int, step: Int)? {
    var rest = step
    for (index, stage) in stages.enumerated() {
      if rest < stage.steps { return (index, rest) }
      rest -= stage.steps
    }
    return nil
  }

  /// Sizes of a model over bytes.
  public struct Architecture: Sendable, Equatable {
    /// What kind of model it is.
    public enum Kind: String, Sendable, CaseIterable {
      /// Blocks that are run again and again on every token.
      case recurrentDepth = "recurrent-depth"
      /// A language model whose hidden vector is its next input, so many times, before it answers.
      case continuousThought = "continuous-thought"
    }

    public var kind = Kind.recurrentDepth
    public var width = 128
    public var heads = 4
    /// Width of the gated unit; of thoughts' networks without a gate.
    public var feedForward = 384
    /// Layers of a model that thinks.
    public var layers = 4
    /// Layers before, inside and after the recurrence.
    public var prelude = 1
    public var core = 1
    public var coda = 1
    /// Iterations the model is made for; it scales the first weights and is the default at use.
    public var meanRecurrence = 12
    public var rotaryBase = 10_000.0
    /// Longest prompt the model accepts.
    public var context = 256

    public init() {}

    /// Layers on the way through, those of the core once for each iteration.
    public var effectiveLayers: Double {
      kind == .continuousThought ? Double(layers) : Double(prelude + core * meanRecurrence + coda)
    }
  }

  /// What decides rounding, and so the bytes of the result.
  public struct Computation: Sendable, Equatable {
    /// How the inputs of products are rounded.
    public enum Precision: String, Sendable, CaseIterable {
      case float32
      case bfloat16
    }

    public var precision = Precision.bfloat16
    /// Parts a batch is split into, each computed by one thread.
    public var shards = 2

    public init() {}
  }

  /// How much a place counts in the loss, by what should follow it.
  public struct LossWeights: Sendable, Equatable {
    /// A byte of an answer.
    public var answer = 1.0
    /// The end of the line after an answer.
    public var newline = 0.1
    /// A byte of a prompt, which is mostly chance.
    public var prompt = 0.02
    /// A byte of plain text.
    public var text = 0.15
    /// A partial result inside a prompt.
    public var partialResult = 0.4

    public init() {}
  }
}
