import Engine
import LatentModels
import ParallelScaling
import Tasks
import Tensors
import Trajectories

/// What the compute side keeps of the ensemble that is looked at: the run without noise, the basis of the
/// plane, and sums over the copies that came. States stay here.
struct EnsembleWork {
  let question: EnsembleQuestion
  private let runner: EnsembleRunner
  private let workbench: Workbench
  /// What an answer is in what a copy wrote.
  private let reading: AnswerReading
  private let plain: EnsembleRunner.Copy
  private var spread: RunningSpread
  private var pairs: PairwiseSpread
  private var projector: SharedProjector?
  /// Copies whose states are in the sums: those before this number.
  private var count = 0
  /// What the copies came to, by number.
  private var rollouts: [Int: Rollout] = [:]
  /// The ways of those for which there is room; the others run again for who judges them.
  private var ways: [Int: JudgedCopy] = [:]
  private var waysSize = 0

  /// Bytes of ways that are kept.
  private static let largestWays = 64 << 20

  /// Tokens that a copy writes at most, as `muninn sample` has them.
  private static let tokens = 32

  /// Runs the prompt without noise.
  /// - Parameter before: work of another question, whose run without noise may be the same.
  /// - Throws: `PerturbationError`, `StartError`, `ModelError`, `CancellationRequested`.
  init(
    _ question: EnsembleQuestion, _ workbench: Workbench, after before: EnsembleWork?,
    control: StepControl
  ) throws {
    let model = workbench.model
    let (ids, steps) = (question.cause.ids, question.iterations)
    var plan = EnsemblePlan(
      ids: ids, perturbations: [], start: workbench.resolved(question.cause.start),
      seed: question.seed, iterations: steps,
      tokens: Self.tokens, stops: workbench.stopTokens)
    plan.exit = .usual
    plan.limitTokens(model.facts)
    if question.endsItself { plan.thoughtStop = model.facts.thoughts?.tokens.stop }
    let quiet = EnsembleRunner(model: model, plan: plan)
    switch question.way {
    case .starts: plan.drawsStarts = true
    case .perturbed(let name, let strength, let isHeld):
      if let kind = PerturbationKind.named(name) {
        plan.perturbations = [
          try Perturbation(kind, strength: strength, isHeld: isHeld, of: model)
        ]
      }
    }
    self.question = question
    self.workbench = workbench
    let known = question.cause.text.flatMap {
      ReasoningTask.recognize($0, among: workbench.summary.tasks)
    }
    reading = .usual(of: model.facts, expecting: known?.problem.answer)
    runner = EnsembleRunner(model: model, plan: plan)
    if let before, before.question.cause == question.cause, before.question.iterations == steps,
      before.question.endsItself == question.endsItself
    {
      plain = before.plain
    } else {
      plain = try quiet.run([0], readsPath: true, control: control)[0]
    }
    let path = Self.whole(plain.path, steps)
    spread = RunningSpread(plain: path)
    pairs = PairwiseSpread(plain: path)
  }

  /// Runs some copies as one batch.
  /// - Throws: as `EnsembleRunner.run`, `PrincipalComponentsError`.
  mutating func run(_ range: Range<Int>, control: StepControl) throws -> EnsembleChunk {
    let copies = try runner.run(Array(range), readsPath: true, control: control)
    let projector = try projector ?? fit(copies, control)
    self.projector = projector
    for copy in copies { keep(copy) }
    // What was asked for again is in the sums already.
    for copy in copies where copy.number >= count {
      let path = Self.whole(copy.path, question.iterations)
      spread.add(path)
      pairs.add(path)
    }
    count = max(count, range.upperBound)
    return EnsembleChunk(
      question: question, range: range, copies: copies.map { shown($0, projector) },
      plain: shown(plain, projector),
      explainedVarianceRatio: Array(projector.plane([]).explainedVarianceRatio.prefix(2)),
      spread: (0...question.iterations).map { spread.moment($0) }, pairs: pairs.moments(),
      pairedCopies: pairs.count, level: level)
  }

  private mutating func keep(_ copy: EnsembleRunner.Copy) {
    guard rollouts[copy.number] == nil else { return }
    let rollout = workbench.rollout(copy, reading)
    rollouts[copy.number] = rollout
    let way = JudgedCopy(copy, rollout)
    let size = way.chain.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size
    guard waysSize + size <= Self.largestWays else { return }
    waysSize += size
    ways[copy.number] = way
  }

  /// What a judge says of copies; those that have not run do.
  /// - Returns: one a copy of the range, or of all before its end where scores depend on the others.
  /// - Throws: `JudgeError`, and as `EnsembleRunner.run`.
  mutating func verdicts(
    on range: Range<Int>, by judge: any Judge, control: StepControl
  ) throws -> (range: Range<Int>, verdicts: [Verdict]) {
    let range = judge.needsAll ? 0..<range.upperBound : range
    var judged: [Int: JudgedCopy] = [:]
    for number in range {
      // Who holds copies against each other reads what they came to.
      judged[number] = judge.needsAll ? rollouts[number].map { JudgedCopy($0) } : ways[number]
    }
    let missing = range.filter { judged[$0] == nil }
    for first in stride(from: 0, to: missing.count, by: Self.together) {
      let numbers = Array(missing[first..<min(missing.count, first + Self.together)])
      for copy in try runner.run(numbers, control: control) {
        keep(copy)
        judged[copy.number] =
          rollouts[copy.number].map { JudgedCopy(copy, $0) } ?? ways[copy.number]
      }
    }
    let copies = range.compactMap { judged[$0] }
    return (range, try judge.verdicts(on: copies, of: question.cause.ids, control: control))
  }

  /// Copies that run together again.
  private static let together = 16

  /// The best way that a search by a judge finds.
  /// - Throws: `JudgeError`, `ModelError`, `CancellationRequested`.
  func searched(by judge: any StepJudge, control: StepControl) throws -> Rollout {
    let search = try BeamSearch(
      runner, judge: judge, beams: EnsembleBeam.beams, candidates: EnsembleBeam.candidates)
    let found = try search.run(control: control)
    return workbench.rollout(found.copy, reading)
      .judged(Verdict(steps: found.scores))
  }

  /// On the states that are shown, of the first copies and of the run without noise.
  private func fit(
    _ copies: [EnsembleRunner.Copy], _ control: StepControl
  ) throws -> SharedProjector {
    try SharedProjector(
      token: question.cause.ids.count - 1,
      paths: ([plain] + copies).map {
        rows(Array($0.path.dropFirst(min(question.firstShown, $0.path.count - 1))))
      },
      isCancelled: control.isCancelled)
  }

  /// A copy that has thought enough stays where it is.
  private static func whole<Value>(_ values: [Value], _ iterations: Int) -> [Value] {
    guard let last = values.last, values.count <= iterations else { return values }
    return values + Array(repeating: last, count: iterations + 1 - values.count)
  }

  private func rows(_ path: [[Float]]) -> Matrix {
    runner.model.normalized(
      Matrix(rows: path.count, columns: path[0].count, values: path.flatMap(\.self)))
  }

  private func shown(_ copy: EnsembleRunner.Copy, _ projector: SharedProjector) -> EnsembleCopy {
    EnsembleCopy(
      rollout: workbench.rollout(copy, reading),
      said: Self.whole(copy.said, question.iterations),
      points: Self.whole(
        projector.project(rows(copy.path)).map { Array($0.prefix(2)) }, question.iterations))
  }

  /// Beside the root mean square of the sizes of what iterations read.
  private var level: Float? {
    let read = plain.path.dropLast()
    let square = read.reduce(0.0) { $1.reduce($0) { $0 + Double($1) * Double($1) } }
    let norm = Float((square / Double(max(1, read.count))).squareRoot())
    return runner.plan.perturbations.first?.relativeLevel(width: plain.path[0].count, norm: norm)
  }
}
