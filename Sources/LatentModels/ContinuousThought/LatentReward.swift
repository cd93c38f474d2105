import Checkpoints
import Tensors

/// A latent reward model: a language model's blocks with a linear head of one output, which says of every
/// thought how good the way up to it is.
///
///     rₜ = classifier(norm(blocks(prompt, h₁ … hₜ)))        at the position of thought t
///
/// From "Parallel Test-Time Scaling for Latent Reasoning Models" (arXiv 2510.07745) and its published
/// layout: the tensors of the backbone, and `classifier.weight` [1, width] and `classifier.bias` [1]. Tokens
/// of the prompt are embedded with its own table, thoughts are what another model fed back. Where it has
/// a projector, as for CODI, the classifier reads what that gives.
///
/// Positions count from the prompt's first token and nothing is padded, so that a score is the same in
/// whatever company.
public struct LatentReward: Sendable {
  /// Width, vocabulary and positions of the backbone.
  public let facts: ModelFacts
  private let model: ContinuousThoughtModel
  private let readsProjector: Bool
  private let weight: [Float]  // [width]
  private let bias: Float

  static let classifier = "classifier"

  /// Reads a checkpoint.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors; `NonFiniteWeight`.
  public init(_ checkpoint: Checkpoint, packing: WeightPacking = WeightPacking()) throws {
    let type = checkpoint.configuration["model_type"]?.string
    guard let backbone = type.flatMap(ContinuousThoughtConfiguration.Backbone.init) else {
      throw ModelError.configuration(
        key: "model_type",
        problem: "is \(type.map { "\"\($0)\"" } ?? "not there"); a latent reward model is read on "
          + "gpt2 or llama", file: checkpoint.configurationPath)
    }
    let name = Self.classifier
    let plan = try ContinuousThoughtModel.plan(checkpoint, backbone) { width in
      [ExpectedTensor("\(name).weight", [1, width]), ExpectedTensor("\(name).bias", [1])]
    }
    try plan.taken.checkMemory(packing.precision)
    var packer = WeightPacker(plan.taken.tensors, WeightPacking(team: packing.team))
    weight = try packer.vector("\(name).weight")
    bias = try packer.vector("\(name).bias")[0]
    readsProjector = plan.configuration.feedback != .hidden
    model = try ContinuousThoughtModel(plan, packing: packing)
    facts = model.facts
  }

  /// Ways that are being judged side by side. A value, whose forks share their memory.
  public struct Reading: Sendable {
    fileprivate var context: PromptContext
    fileprivate var state: LatentState

    /// How many ways there are.
    public var count: Int { state.places.spans.count }

    /// Some of the ways, in this order; one may be taken more than once.
    /// - Precondition: at least one, and all exist.
    public func selecting(_ ways: [Int]) -> Reading {
      Reading(context: context.selecting(ways), state: state.selecting(ways))
    }
  }

  /// Reads a prompt, of one way.
  /// - Throws: `ModelError` for one that is empty, too long, or outside the vocabulary;
  ///   `CancellationRequested`.
  public func begin(_ ids: [Int], control: StepControl = .uninterrupted) throws -> Reading {
    let whole = try model.begin([ids], after: nil, Call(control: control))
    // Thoughts look back through the memory; of the rows the last alone goes on.
    let last = ids.count - 1
    let context = PromptContext(
      sequences: [[ids[last]]], places: Places(counts: [1], after: [last]),
      embedded: whole.embedded.rows(last..<last + 1), injection: nil, memory: whole.memory)
    return Reading(context: context, state: context.start(context.embedded))
  }

  /// Reads one more thought of every way.
  /// - Parameter thoughts: one row a way.  // [ways, width]
  /// - Returns: its score in each, in float64 over float32 states.
  /// - Throws: `ModelError.thoughtsTooLong`, `CancellationRequested`.
  /// - Precondition: of the judge's own width.
  public func read(
    _ thoughts: Matrix, in reading: inout Reading, control: StepControl = .uninterrupted
  ) throws -> [Double] {
    precondition(thoughts.rows == reading.count && thoughts.columns == facts.width, "one row a way")
    let feeding = Hook.rewriting([.adapter]) { _ in
      SiteEdit(rows: (0..<thoughts.rows).map { ($0, .replace(Array(thoughts.row($0)))) })
    }
    let state = try model.step(
      reading.state, in: reading.context, Call(control: control, hooks: Hooks([feeding])))
    let projected =
      readsProjector ? try model.nextThoughts(state, Call(control: control)) : nil
    reading.state = state
    return state.places.spans.enumerated().map { way, span in
      let hidden = projected?.row(way) ?? state.rows.row(span.rows.upperBound - 1)
      return zip(hidden, weight).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
    }
  }
}
