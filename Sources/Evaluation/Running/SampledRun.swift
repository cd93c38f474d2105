import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// Many copies of every problem, and what is chosen among their answers.
public struct SampledRun: EvaluationWork {
  public static let schema = (name: "muninn.eval.samples.run", version: 1)

  public let plan: SampledPlan
  public let set: ProblemSet
  /// Bytes that copies side by side may take; nil where nobody knows.
  private let room: Int?
  /// Copies side by side; nil for as many as there is room for, up to 64.
  private let batch: Int?

  /// - Parameters:
  ///   - room: bytes that copies side by side may take on each thread.
  ///   - batch: copies side by side; results are the same whatever it is.
  public init(plan: SampledPlan, set: ProblemSet, room: Int? = nil, batch: Int? = nil) {
    precondition(batch.map { $0 > 0 } ?? true, "at least one copy side by side")
    self.plan = plan
    self.set = set
    self.room = room
    self.batch = batch
  }

  public var document: JSONValue { plan.document }

  /// As much as is read of any line: answers are as long as they are.
  public var longestRecord: Int { SampledFile.longestLine }

  /// - Throws: also `CopiesDoNotFit`.
  public func answer(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> SampledRecord {
    let (reader, copies) = try plan.asked(number, set.problems[number], model)
    let side = try copies.sideBySide(
      plan.samples, batch: batch, room: room, model.model.facts)
    var greedy = copies
    (greedy.perturbations, greedy.drawsStarts, greedy.start) = ([], false, plan.start)
    greedy.exit = nil
    let plain = try EnsembleRunner(model: model.model, plan: greedy).run([0], control: control)[0]
    guard plain.isFinite else {
      return SampledRecord(number: number, group: set.problems[number].group, outcome: .diverged)
    }
    let runner = EnsembleRunner(model: model.model, plan: copies)
    let judging = plan.judging
    let judgesAll = judging?.judge.needsAll == true
    var rollouts: [Rollout] = []
    var lost = 0
    while rollouts.count < plan.samples {
      let next = rollouts.count..<min(plan.samples, rollouts.count + side)
      let done = try runner.run(Array(next), keepsPath: judging != nil, control: control)
      lost += done.filter { !$0.isFinite }.count
      let found = done.map(reader.rollout)
      if let judging, !judgesAll {
        rollouts += try judging.judged(
          zip(done, found).map { JudgedCopy($0, $1) }, of: reader.ids, control)
      } else {
        rollouts += found
      }
    }
    let beam = try judging?.beams.map {
      try judging?.search($0, runner, reader, room: room, control)
    }
    let options = judging.map { Aggregator.Options(beta: $0.beta, seed: copies.seed) }
    let firsts = try Coverage.counts(upTo: plan.samples).map { count in
      let first = Array(rollouts.prefix(count))
      // What is said of a copy beside others is said of the first among the first alone.
      guard let judging, judgesAll else { return first }
      return try judging.judged(first.map { JudgedCopy($0) }, of: reader.ids, control)
    }
    let sample = SampledRecord.Sample(
      key: reader.key, seed: copies.seed, firstSeed: plan.firstSeed(of: number),
      firsts: firsts, lost: lost, greedy: reader.rollout(plain).answer, beam: beam ?? nil,
      options: options ?? Aggregator.Options())
    return SampledRecord(
      number: number, group: set.problems[number].group, outcome: .answered(sample))
  }

  public func leavingOut(_ number: Int, _ reason: String) -> SampledRecord {
    SampledRecord(
      number: number, group: set.problems[number].group,
      outcome: .leftOut(String(reason.prefix(ProblemRecord.longestReason))))
  }

  public func record(_ line: [UInt8], file: String) -> SampledRecord? {
    guard let document = CheckedLine.open(line, file: file),
      let record = SampledRecord(document, samples: plan.samples),
      set.problems.indices.contains(record.number),
      record.group == set.problems[record.number].group
    else { return nil }
    return record
  }
}
