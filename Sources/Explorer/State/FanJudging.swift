import ParallelScaling

/// Who scores the copies of a fan, and how far that has come.
struct FanJudging: Sendable {
  /// By name, as `NamedJudge` reads it; nil for nobody.
  private(set) var judge: String?
  /// Judges that were asked for before, for who types a name.
  private(set) var known: [String] = []
  /// Copies that were scored: those before this number.
  private(set) var count = 0
  /// Whether it scores steps; nil until it has said something.
  private(set) var isOfSteps: Bool?
  /// What a search by it came to.
  private(set) var beam: EnsembleBeam?
  private(set) var isAsking = false
  /// Could not be done, or was stopped by hand.
  private(set) var isStopped = false
  /// Its scores in place of the paths, where there is no room for both.
  var isShown = true

  init() {}

  /// One of a file, and what it had said.
  init(_ judge: String?, scored rollouts: [Rollout]) {
    self.judge = judge
    known = [judge].compactMap(\.self)
    guard judge != nil, rollouts.contains(where: { $0.score != nil }) else { return }
    count = rollouts.count
    isOfSteps = rollouts.contains { !$0.stepScores.isEmpty }
  }

  /// Of other copies.
  func anew() -> FanJudging {
    var next = FanJudging()
    (next.judge, next.known, next.isShown) = (judge, known, isShown)
    return next
  }

  /// What was asked for does not come.
  /// - Parameter forgets: whether that is because the judge cannot judge.
  mutating func stop(forgets: Bool) {
    isAsking = false
    isStopped = true
    if forgets {
      judge = nil
      known.removeLast(known.isEmpty ? 0 : 1)
    }
  }
}

extension FanJudging {
  /// Has copies scored by somebody else, or by nobody any more.
  static func ask(_ judge: String?, _ state: inout ExplorerState) -> [Effect] {
    let before = state.fanning.judging
    var next = FanJudging()
    next.judge = judge
    next.known = before.known.filter { $0 != judge } + [judge].compactMap(\.self)
    state.fanning.judging = next
    state.fanning.unjudge()
    return before.isAsking ? [.drop(.judging)] : []
  }

  /// Asks for the scores of copies that came.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    let (fanning, judging) = (state.fanning, state.fanning.judging)
    guard let ensemble = state.fanQuestion, let judge = judging.judge, !judging.isAsking,
      !judging.isStopped, !state.isBusy, state.together == nil, fanning.making == nil
    else { return [] }
    let question = JudgeQuestion(ensemble, judge: judge)
    if judging.count < fanning.copies.count {
      state.fanning.judging.isAsking = true
      return [.submit(.judge(question, judging.count..<fanning.copies.count))]
    }
    guard fanning.isComplete, judging.isOfSteps == true, judging.beam == nil,
      whyNoBeam(ensemble) == nil
    else { return [] }
    state.fanning.judging.isAsking = true
    return [.submit(.beam(question))]
  }

  /// Why no beams are searched among such copies; nil where they are.
  static func whyNoBeam(_ question: EnsembleQuestion) -> String? {
    if question.endsItself { return "no beam: this model ends its thoughts itself" }
    switch question.way {
    case .starts: return "no beam: starts differ before the first step alone"
    case .perturbed(_, _, let isHeld):
      return isHeld ? "no beam: held masks stay the same at every step" : nil
    }
  }

  /// Scores that nobody looks at any more hold up nothing.
  static func leave(_ state: inout ExplorerState) -> [Effect] {
    guard state.fanning.judging.isAsking, state.fanQuestion == nil else { return [] }
    state.fanning.judging.isAsking = false
    return [.drop(.judging)]
  }

  /// Scores came.
  static func took(_ found: EnsembleVerdicts, _ state: inout ExplorerState) {
    guard found.question == state.fanning.judgeQuestion else { return }
    state.fanning.judging.isAsking = false
    state.fanning.judging.isOfSteps = found.isOfSteps
    state.fanning.judging.count = max(state.fanning.judging.count, found.range.upperBound)
    state.fanning.judge(found.range, found.verdicts)
  }

  /// A search came to its end.
  static func took(_ found: EnsembleBeam, _ state: inout ExplorerState) {
    guard found.question == state.fanning.judgeQuestion else { return }
    state.fanning.judging.isAsking = false
    state.fanning.judging.beam = found
  }
}

extension Fanning {
  /// Whom the copies there are are judged by.
  var judgeQuestion: JudgeQuestion? {
    guard let question, let judge = judging.judge else { return nil }
    return JudgeQuestion(question, judge: judge)
  }

  /// The copy that the judge says is best, by the sum of its steps or its one score; nil before it has said
  /// anything.
  var preferred: Int? {
    let scores = copies.map { $0.rollout.score ?? -.infinity }
    return scores.contains { $0 > -.infinity } ? Aggregator.best(scores) : nil
  }

  /// Which copy is ahead after every step, from the first on; of several the first, nil where none has a
  /// score.
  /// - Parameter isOfSums: by the sum of all steps so far, as best-of-n-sum chooses in the end; else by the
  ///   step alone.
  func leaders(isOfSums: Bool) -> [Int?] {
    let steps = copies.map(\.rollout.stepScores)
    var sums = steps.map { _ in 0.0 }
    return (0..<(steps.map(\.count).max() ?? 0)).map { step in
      let scores: [Double] = steps.enumerated().map { copy, steps in
        guard !steps.isEmpty else { return -.infinity }
        guard steps.indices.contains(step) else {
          // A copy that has thought enough keeps its sum.
          return isOfSums ? sums[copy] : -.infinity
        }
        sums[copy] += steps[step]
        return isOfSums ? sums[copy] : steps[step]
      }
      return scores.contains { $0 > -.infinity } ? Aggregator.best(scores) : nil
    }
  }
}
