import Checkpoints
import Evaluation
import LatentModels
import ParallelScaling
import Tensors

/// Rollouts of every problem, and how many completions of each of their prefixes come out right
/// ("Parallel Test-Time Scaling for Latent Reasoning Models", arXiv 2510.07745):
///
///     label(n, t) = share of right answers among M runs that begin with the first t steps of rollout n
///
/// and go on with noise of their own. Problems on which all rollouts are right, or none is, have no
/// completions.
public struct CollectedRun: EvaluationWork {
  public static let schema = (name: "muninn.reward.run", version: 1)

  public let plan: CollectionPlan
  public let set: ProblemSet
  private let room: Int?
  private let batch: Int?

  /// - Parameters:
  ///   - room: bytes that runs side by side may take on each thread; nil where nobody knows.
  ///   - batch: runs side by side; results are the same whatever it is.
  public init(plan: CollectionPlan, set: ProblemSet, room: Int? = nil, batch: Int? = nil) {
    precondition(batch.map { $0 > 0 } ?? true, "at least one run side by side")
    (self.plan, self.set, self.room, self.batch) = (plan, set, room, batch)
  }

  public var document: JSONValue { plan.document }

  /// As much as is read of any line: states are as wide as they are.
  public var longestRecord: Int { SampledFile.longestLine }

  /// - Throws: also `CopiesDoNotFit`.
  public func answer(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> CollectedRecord {
    let (reader, copies) = try plan.sampled.asked(number, set.problems[number], model)
    let runner = EnsembleRunner(model: model.model, plan: copies)
    // Completions run beside the prefixes they begin with.
    let side = try copies.sideBySide(
      64, batch: batch, room: room.map { $0 / 2 }, model.model.facts)
    var rollouts: [EnsembleRunner.Copy] = []
    for some in parts(plan.sampled.samples, side) {
      rollouts += try runner.run(Array(some), control: control)
    }
    let steps = rollouts.map { JudgedCopy($0, reader.rollout($0)).steps }
    guard rollouts.allSatisfy(\.isFinite),
      steps.allSatisfy({ $0.allSatisfy { $0.allSatisfy(\.isFinite) } })
    else { return CollectedRecord(number: number, outcome: .diverged) }
    let correct = rollouts.map(reader.isRight)
    guard let first = correct.first, correct.contains(!first) else {
      return CollectedRecord(number: number, outcome: .unanimous(right: correct.first ?? false))
    }
    // Their way once more, which is little beside the completions: so only one step of it is held.
    var hits = rollouts.map { _ in [Int]() }
    for some in parts(plan.sampled.samples, side) {
      var prefix = try runner.begin(Array(some), keepsPath: false, control: control)
      for step in 1...plan.steps {
        try runner.advance(&prefix, control: control)
        // Behind the last thought nothing is drawn: all completions are the rollout.
        if step == plan.steps, model.model.facts.thoughts != nil {
          for copy in some { hits[copy].append(correct[copy] ? plan.completions : 0) }
        } else {
          let right = try completions(of: prefix, runner, reader, side, control)
          for (copy, count) in zip(some, right) { hits[copy].append(count) }
        }
      }
    }
    return CollectedRecord(
      number: number,
      outcome: .kept(
        CollectedRecord.Rollouts(
          ids: reader.ids, states: steps.flatMap { $0.flatMap { $0 } }, hits: hits,
          correct: correct)))
  }

  /// How many ways to go on from some prefixes come out right.
  /// - Returns: one number a lane.
  private func completions(
    of prefix: Thinking, _ runner: EnsembleRunner, _ reader: CopyReader, _ side: Int,
    _ control: StepControl
  ) throws -> [Int] {
    var right = prefix.lanes.map { _ in 0 }
    for some in parts(prefix.lanes.count * plan.completions, side) {
      let lanes = some.map { $0 / plan.completions }
      var thinking = prefix.selecting(lanes)
      thinking.numbers = some.map {
        plan.number(
          rollout: prefix.copies[$0 / plan.completions].number, prefix: prefix.iteration,
          completion: $0 % plan.completions)
      }
      while thinking.iteration < plan.steps { try runner.advance(&thinking, control: control) }
      for (lane, copy) in zip(lanes, try runner.finish(thinking, control: control))
      where reader.isRight(copy) {
        right[lane] += 1
      }
    }
    return right
  }

  /// So many, as many at a time as run side by side.
  private func parts(_ count: Int, _ side: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: side).map { $0..<min(count, $0 + side) }
  }

  public func leavingOut(_ number: Int, _ reason: String) -> CollectedRecord {
    CollectedRecord(
      number: number, outcome: .leftOut(String(reason.prefix(ProblemRecord.longestReason))))
  }

  public func record(_ line: [UInt8], file: String) -> CollectedRecord? {
    guard let document = CheckedLine.open(line, file: file),
      let record = CollectedRecord(document, plan: plan),
      set.problems.indices.contains(record.number)
    else { return nil }
    return record
  }
}
