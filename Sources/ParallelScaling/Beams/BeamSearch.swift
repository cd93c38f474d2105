import LatentModels
import Tensors

/// Beam search over what a model thinks (§4.4 of the description of "Parallel Test-Time Scaling for Latent
/// Reasoning Models", whose released code has none): every beam goes on in several ways, a judge scores the
/// next step of each, and those with the largest sums are kept. The best writes, greedily.
///
/// A candidate's noise is drawn by its place in the pool, beam · candidates + candidate, so that the
/// search is the same on any machine.
public struct BeamSearch: Sendable {
  /// Numbers of beams and of ways each goes on in.
  public static let sizes = 1...1024

  public let runner: EnsembleRunner
  public let judge: any StepJudge
  public let beams: Int
  public let candidates: Int

  /// - Throws: `JudgeError` for a judge without scores of steps, or of another model.
  /// - Precondition: both numbers are within `sizes`.
  public init(
    _ runner: EnsembleRunner, judge: any Judge, beams: Int, candidates: Int
  ) throws(JudgeError) {
    precondition(Self.sizes.contains(beams) && Self.sizes.contains(candidates))
    guard let judge = judge as? any StepJudge else { throw .noSteps(judge: judge.name) }
    try judge.check(runner.model.facts)
    self.runner = runner
    self.judge = judge
    self.beams = beams
    self.candidates = candidates
  }

  /// What a search came to.
  public struct Result: Sendable {
    public let steps: [BeamStep]
    /// The best beam, with what it wrote.
    public let copy: EnsembleRunner.Copy
    /// Scores of its steps.
    public let scores: [Double]
  }

  /// Beams, and what the judge has seen of them.
  private struct Pool {
    var thinking: Thinking
    var ways: any JudgedWays
    var scores: [[Double]]  // [beams][steps]
    var totals: [Double]  // [beams]

    func selecting(_ some: [Int]) -> Pool {
      Pool(
        thinking: thinking.selecting(some), ways: ways.selecting(some),
        scores: some.map { scores[$0] }, totals: some.map { totals[$0] })
    }
  }

  /// Searches.
  /// - Parameter progress: told steps done and in all.
  /// - Throws: `ModelError`, `StartError`, `CancellationRequested`.
  public func run(
    control: StepControl = .uninterrupted, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Result {
    let count = runner.plan.iterations
    var pool = Pool(
      thinking: try runner.begin(Array(0..<candidates), control: control),
      ways: try judge.begin(runner.plan.ids, control: control)
        .selecting(Array(repeating: 0, count: candidates)),
      scores: Array(repeating: [], count: candidates),
      totals: Array(repeating: 0, count: candidates))
    var steps: [BeamStep] = []
    for step in 1...count {
      let rows = try candidates(of: &pool, step, control)
      let scores = try pool.ways.next(rows, control: control)
      for (lane, score) in scores.enumerated() {
        pool.scores[lane].append(score)
        pool.totals[lane] += score
      }
      let kept = Self.best(pool.totals, count: beams)
      steps.append(
        BeamStep(
          candidates: candidates, scores: scores, totals: pool.totals, kept: kept))
      pool = pool.selecting(kept)
      progress(step, count)
    }
    var best = pool.selecting([0])
    if readsThoughts {
      // The last thought has been chosen, and is read now.
      try runner.advance(&best.thinking, control: control)
    }
    var plan = runner.plan
    plan.perturbations = []
    let greedy = EnsembleRunner(model: runner.model, plan: plan)
    return Result(
      steps: steps, copy: try greedy.finish(best.thinking, control: control)[0],
      scores: best.scores[0])
  }

  private var readsThoughts: Bool { runner.model.facts.thoughts != nil }

  /// Makes the pool of a step out of the beams, and says what is judged of each candidate.
  ///
  /// Noise is on the thought itself, so that the model runs once for a beam and its candidates differ behind
  /// it; masks act on the way to a thought, so that every candidate runs. States come out of iterations.
  private func candidates(
    of pool: inout Pool, _ step: Int, _ control: StepControl
  ) throws -> Matrix {
    let thoughts = readsThoughts
    let runsEach = !thoughts || runner.plan.perturbations.contains { !$0.kind.changesInput }
    if thoughts, step > 1, !runsEach { try runner.advance(&pool.thinking, control: control) }
    if step > 1 {
      let beams = pool.thinking.lanes
      pool = pool.selecting(
        beams.flatMap { Array(repeating: $0, count: candidates) })
      // The noise on the thought that was chosen stays, what acts behind it is drawn anew.
      if thoughts, runsEach { pool.thinking.inputNumbers = pool.thinking.numbers }
      pool.thinking.numbers = Array(pool.thinking.lanes)
    }
    if runsEach, !thoughts || step > 1 { try runner.advance(&pool.thinking, control: control) }
    if thoughts, let next = try runner.nextThoughts(pool.thinking, control: control) { return next }
    let rows = pool.thinking.copies.map { $0.path[$0.path.count - 1] }
    return Matrix(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
  }

  /// Places of the largest, best first; of several the earlier. What is not finite is never kept before what
  /// is.
  static func best(_ totals: [Double], count: Int) -> [Int] {
    func value(_ index: Int) -> Double { totals[index].isNaN ? -.infinity : totals[index] }
    return Array(
      totals.indices.sorted { (value($1), $0) < (value($0), $1) }.prefix(count))
  }
}

/// One step of a beam search.
public struct BeamStep: Sendable, Equatable {
  /// Ways in which each beam went on.
  public let candidates: Int
  /// Of the step alone, of every candidate: those of the first beam, then of the second.
  public let scores: [Double]
  /// Of the way up to it.
  public let totals: [Double]
  /// Places of those that are the beams from here on, best first.
  public let kept: [Int]
}
