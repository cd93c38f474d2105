import Checkpoints
import Evaluation
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// Copies of every problem of a cell, what all judges say of them, how far they are apart, and what
/// searches by judges come to.
public struct StudyWork: EvaluationWork {
  /// A judge that was trained, or not, and how it is told from others.
  public struct TrainedStepJudge: Sendable {
    public let name: String
    public let judge: any StepJudge
    /// A mark of its weights.
    public let mark: String
    public let searches: Bool

    public init(name: String, judge: any StepJudge, mark: String, searches: Bool) {
      (self.name, self.judge, self.mark, self.searches) = (name, judge, mark, searches)
    }
  }

  public static let schema = (name: "muninn.study.run", version: 1)

  /// Scores without training that are kept. Agreement is not: it depends on how many copies there are, and
  /// is found in their answers.
  public static let pathJudges = PathJudge.all.filter { !$0.needsAll }

  public let plan: SampledPlan
  public let set: ProblemSet
  public let judges: [TrainedStepJudge]
  /// Beams of a search, and ways in which each goes on.
  public let beams: Int?
  private let room: Int?

  /// - Parameter room: bytes that copies side by side may take on each thread; nil where nobody knows.
  public init(
    plan: SampledPlan, set: ProblemSet, judges: [TrainedStepJudge], beams: Int?, room: Int? = nil
  ) {
    (self.plan, self.set, self.judges) = (plan, set, judges)
    (self.beams, self.room) = (beams, room)
  }

  /// Steps of every copy.
  var steps: Int { plan.iterations ?? 0 }

  /// The judges that search.
  public var searching: [TrainedStepJudge] { beams == nil ? [] : judges.filter(\.searches) }

  public var document: JSONValue {
    let members = (plan.document.members ?? []).filter { $0.name != "aggregators" }
    return .object(
      members + [
        JSONMember("judges", .array(judges.map { .string("\($0.name) \($0.mark)") })),
        JSONMember("beams", beams.map { .integer($0) } ?? .null),
      ])
  }

  public var longestRecord: Int { 1 << 16 + plan.samples * (judges.count * steps + 16) * 32 }

  /// - Throws: also `CopiesDoNotFit`, `JudgeError`.
  public func answer(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> StudyRecord {
    let (reader, copies) = try plan.asked(number, set.problems[number], model)
    let side = try copies.sideBySide(plan.samples, batch: nil, room: room, model.model.facts)
    var plain = copies
    plain.perturbations = []
    let greedy = try EnsembleRunner(model: model.model, plan: plain).run([0], control: control)[0]
    guard greedy.isFinite else { return StudyRecord(number: number, outcome: .diverged) }
    let runner = EnsembleRunner(model: model.model, plan: copies)
    var judged: [JudgedCopy] = []
    for first in stride(from: 0, to: plan.samples, by: side) {
      let some = Array(first..<min(plan.samples, first + side))
      judged += try runner.run(some, control: control).map { JudgedCopy($0, reader.rollout($0)) }
    }
    var stepScores: [[[Double]]] = []
    for judge in judges {
      stepScores.append(
        try judge.judge.verdicts(on: judged, of: copies.ids, control: control)
          .map { $0.steps.map(Self.rounded) })
    }
    var searched: [Rollout.Answer?] = []
    if let beams {
      for judge in searching {
        let search = try BeamSearch(runner, judge: judge.judge, beams: beams, candidates: beams)
        searched.append(reader.rollout(try search.run(control: control).copy).answer)
      }
    }
    return StudyRecord(
      number: number,
      outcome: .answered(
        StudyRecord.Copies(
          key: reader.key, greedy: reader.rollout(greedy).answer,
          answers: judged.map(\.rollout.answer),
          pathScores: Self.pathJudges.map { $0.verdicts(on: judged).map(\.score) },
          stepScores: stepScores,
          spreads: spreads(judged, JudgedCopy(greedy, reader.rollout(greedy)).steps),
          searched: searched)))
  }

  private static func rounded(_ score: Double) -> Double {
    (score * StudyRecord.parts).rounded() / StudyRecord.parts
  }

  /// At every step, of the copies that are finite.
  private func spreads(_ copies: [JudgedCopy], _ plain: [[Float]]) -> [StudyRecord.Spread?] {
    let whole = copies.filter { $0.steps.count == plain.count }
    return plain.indices.map { step in
      let rows = Matrix(
        rows: whole.count, columns: plain[step].count, values: whole.flatMap { $0.steps[step] })
      return CopySpread(rows, plain: plain[step][...]).flatMap { spread in
        spread.drift.map {
          StudyRecord.Spread(
            cosineDistance: spread.pairwiseCosineDistance, drift: $0,
            dispersion: spread.dispersion, largestShare: spread.largestShare)
        }
      }
    }
  }

  public func leavingOut(_ number: Int, _ reason: String) -> StudyRecord {
    StudyRecord(
      number: number,
      outcome: .leftOut(String(reason.prefix(ProblemRecord.longestReason))))
  }

  public func record(_ line: [UInt8], file: String) -> StudyRecord? {
    guard let document = CheckedLine.open(line, file: file),
      let record = StudyRecord(document, work: self),
      set.problems.indices.contains(record.number)
    else { return nil }
    return record
  }
}
