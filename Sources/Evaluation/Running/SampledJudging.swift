import Checkpoints
import LatentModels
import ParallelScaling
import Tensors

/// Who scores the copies of every problem, and what is done with the scores.
public struct SampledJudging: Sendable {
  public let judge: any Judge
  /// A mark of its weights, see `mark(of:)`; nil for a judge that has none.
  public let weights: String?
  /// β of acceptance–rejection.
  public let beta: Double
  /// A search beside the copies; nil for none.
  public let beams: Beams?

  /// How wide a search is.
  public struct Beams: Sendable, Hashable {
    public let count: Int
    /// In how many ways each goes on.
    public let ways: Int

    /// - Precondition: both are within `BeamSearch.sizes`.
    public init(count: Int, ways: Int) {
      precondition(BeamSearch.sizes.contains(count) && BeamSearch.sizes.contains(ways))
      (self.count, self.ways) = (count, ways)
    }

    /// Ways that are open side by side.
    public var candidates: Int { count * ways }
  }

  /// - Parameters:
  ///   - weights: of a judge that was trained, a mark of them.
  ///   - beams: needs a judge of steps.
  public init(
    _ judge: any Judge, weights: String? = nil, beta: Double = Aggregator.Options().beta,
    beams: Beams? = nil
  ) {
    (self.judge, self.weights, self.beta, self.beams) = (judge, weights, beta, beams)
  }

  /// A mark of a judge's weights: a sample of every tensor.
  public static func mark(of checkpoint: Checkpoint) -> String {
    EvaluationPlan.mark(of: checkpoint.tensors.values)
  }

  /// What decides about the results, as members of a plan.
  var members: [JSONMember] {
    [
      JSONMember("judge", .string(judge.name)),
      JSONMember("judge_weights", weights.map { .string($0) } ?? .null),
      JSONMember("beta", .number(beta)),
    ]
      + (beams.map {
        [JSONMember("beams", .integer($0.count)), JSONMember("ways", .integer($0.ways))]
      } ?? [])
  }

  /// What a judge says of copies, in their order.
  /// - Parameters:
  ///   - copies: with what they came to.
  ///   - ids: of the prompt.
  /// - Throws: `UnaskableProblem` for a prompt that the judge cannot read, `JudgeError`,
  ///   `CancellationRequested`.
  func judged(
    _ copies: [JudgedCopy], of ids: [Int], _ control: StepControl
  ) throws -> [Rollout] {
    let verdicts = try Self.asking { try judge.verdicts(on: copies, of: ids, control: control) }
    return zip(copies, verdicts).map { $0.rollout.judged($1) }
  }

  /// The best way of a search.
  /// - Parameters:
  ///   - room: bytes that its candidates may take; nil where nobody knows.
  /// - Throws: also `CopiesDoNotFit`.
  func search(
    _ beams: Beams, _ runner: EnsembleRunner, _ reader: CopyReader, room: Int?,
    _ control: StepControl
  ) throws -> Rollout {
    let each = max(1, runner.plan.bytesPerCopy(runner.model.facts))
    if let room, room / each < beams.candidates {
      throw CopiesDoNotFit(copies: beams.candidates, each: each, room: room, areOfBeams: true)
    }
    let result = try Self.asking {
      try BeamSearch(runner, judge: judge, beams: beams.count, candidates: beams.ways)
        .run(control: control)
    }
    return reader.rollout(result.copy).judged(Verdict(steps: result.scores))
  }

  /// A prompt that a judge cannot read is the problem's trouble, not the run's.
  private static func asking<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as JudgeError {
      guard case .reading(let judge, let cause) = error else { throw error }
      throw UnaskableProblem("the judge \(judge) cannot read it: \(cause)")
    }
  }
}
