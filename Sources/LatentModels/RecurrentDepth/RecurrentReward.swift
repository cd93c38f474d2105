import Checkpoints
import Tensors

/// A reward model made of a recurrent-depth model: its blocks with a linear head of one output, which says of
/// every step of another run how good the way up to it is.
///
///     rₜ = classifier(ln_f(coda(core applied so many times, from zeros, to the prompt and s₁ … sₜ)))
///
/// The prompt is embedded with its own table, and steps stand behind it as rows in the place of embeddings, so
/// that the score of a step looks back at those before. This is the published latent reward model (arXiv
/// 2510.07745) with another backbone: tensors of the model without its head of words, `classifier.weight`
/// [1, width] and `classifier.bias` [1]; config.json says under `judge_iterations` how often the core runs.
public struct RecurrentReward: Sendable {
  /// The key of config.json that says how often the core is applied.
  public static let iterationsKey = "judge_iterations"

  /// Width, vocabulary and positions of the backbone.
  public let facts: ModelFacts
  public let iterations: Int
  private let model: RecurrentDepthModel
  private let weight: [Float]  // [width]
  private let bias: Float

  /// Whether a checkpoint is of that family.
  public static func recognises(_ checkpoint: Checkpoint) -> Bool {
    checkpoint.configuration["model_type"]?.string == RecurrentDepthModel.modelType
  }

  /// Reads a checkpoint.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors; `NonFiniteWeight`.
  public init(_ checkpoint: Checkpoint, packing: WeightPacking = WeightPacking()) throws {
    let plan = try RecurrentDepthModel.plan(checkpoint)
    let name = LatentReward.classifier
    let head = try checkpoint.take(
      [
        ExpectedTensor("\(name).weight", [1, plan.configuration.width]),
        ExpectedTensor("\(name).bias", [1]),
      ], unexpected: { _ in .skip("of the backbone") })
    guard
      let iterations = checkpoint.configuration[Self.iterationsKey]?.integer,
      (1...1 << 16).contains(iterations)
    else {
      throw ModelError.configuration(
        key: Self.iterationsKey, problem: "is no number from 1 to \(1 << 16)",
        file: checkpoint.configurationPath)
    }
    try plan.taken.checkMemory(packing.precision)
    var packer = WeightPacker(head.tensors, WeightPacking(team: packing.team))
    weight = try packer.vector("\(name).weight")
    bias = try packer.vector("\(name).bias")[0]
    self.iterations = iterations
    model = try RecurrentDepthModel(plan, packing: packing)
    facts = model.facts
  }

  /// Ways that are being judged side by side. A value, whose forks share their memory.
  public struct Reading: Sendable {
    fileprivate var memory: Memory

    /// How many ways there are.
    public var count: Int { memory.count }

    /// Some of the ways, in this order; one may be taken more than once.
    /// - Precondition: at least one, and all exist.
    public func selecting(_ ways: [Int]) -> Reading { Reading(memory: memory.selecting(ways)) }
  }

  /// Reads a prompt, of one way.
  /// - Throws: `ModelError` for one that is empty, too long, or outside the vocabulary;
  ///   `CancellationRequested`.
  public func begin(_ ids: [Int], control: StepControl = .uninterrupted) throws -> Reading {
    let call = Call(control: control)
    let context = try model.begin([ids], after: try model.memory(), call)
    return Reading(memory: try think(context, call).memory)
  }

  /// Reads one more step of every way.
  /// - Parameter steps: one row a way.  // [ways, width]
  /// - Returns: its score in each, in float64 over float32 states.
  /// - Throws: `ModelError` for a way that is too long, `CancellationRequested`.
  /// - Precondition: of the judge's own width.
  public func read(
    _ steps: Matrix, in reading: inout Reading, control: StepControl = .uninterrupted
  ) throws -> [Double] {
    precondition(steps.rows == reading.count && steps.columns == facts.width, "one row a way")
    let call = Call(control: control)
    let context = try model.begin(
      // Which token stands there is of no account: the row is given.
      (0..<steps.rows).map { _ in [0] }, given: steps, after: reading.memory, call)
    let (hidden, memory) = try think(context, call)
    reading.memory = memory
    return (0..<hidden.rows).map { way in
      zip(hidden.row(way), weight).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
    }
  }

  /// What the head reads, and what later rows look back at.
  private func think(
    _ context: PromptContext, _ call: Call
  ) throws -> (hidden: Matrix, memory: Memory) {
    let count = context.places.rowCount
    var state = context.start(
      Matrix(
        rows: count, columns: facts.width,
        values: Array(repeating: 0, count: count * facts.width)))
    for _ in 0..<iterations { state = try model.step(state.handedOver(), in: context, call) }
    let decoded = try model.decode(state, in: context, call)
    guard let memory = decoded.memory else {
      preconditionFailure("a run that began with a memory keeps one")
    }
    return (decoded.hidden, memory)
  }
}
