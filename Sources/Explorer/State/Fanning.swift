import ParallelScaling
import Trajectories

/// What the explorer keeps of many copies of the prompt looked at: which, and what is known of them. They
/// are asked for while they are looked at, a few at a time.
struct Fanning: Sendable {
  private(set) var question: EnsembleQuestion?
  /// How many copies there are to be.
  private(set) var wanted = usualCount
  /// In their order.
  private(set) var copies: [EnsembleCopy] = []
  /// The run without noise.
  private(set) var plain: EnsembleCopy?
  private(set) var spread: [RunningSpread.Moment?] = []  // [iterations + 1]
  /// How far the first of them are from each other, and in how many directions.
  private(set) var pairs: [CopySpread?] = []  // [iterations + 1]
  private(set) var pairedCopies = 0
  private(set) var explainedVarianceRatio: [Float] = []  // [2]
  /// The size of what is added beside the size of what is there.
  private(set) var level: Float?
  /// How many copies say which token, by iteration from s₀ on.
  private(set) var said: [[Int?: Int]] = []
  /// Those that were asked for and have not come, and since when, in seconds of the state's clock.
  private var asked: (copies: Range<Int>, at: Double)?
  /// How many are asked for at once: as many as take a moment.
  private var batch = 4
  /// Stopped by hand, or could not be done: nothing is asked for until it is opened again.
  var isStopped = false
  /// What filled the screen when the fan was opened.
  var outer: PaneName?
  /// The copy that is picked.
  var selected: Int?
  /// The first of the curves that is shown, where there is no room for all.
  var firstCurve = 0
  /// A copy that is to become a branch.
  var making: CopyCause?
  /// Who scores the copies.
  var judging = FanJudging()
  /// They came from a file, so that the compute side has not made them: more of them are made from the
  /// first on.
  private var isOfFile = false

  static let usualCount = 32
  /// As many as one can look at; `muninn sample` takes more.
  static let mostCopies = 256
  private static let largestBatch = 16

  var isAsking: Bool { asked != nil }
  var isComplete: Bool { copies.count >= wanted }

  /// What was asked for does not come.
  /// - Returns: whether it is to be said.
  mutating func stop() -> Bool {
    let wasAsking = isAsking
    asked = nil
    isStopped = true
    making = nil
    return wasAsking
  }

  /// Has the copies of a file.
  /// - Parameter chunk: all of them; nil where they are made when they are looked at.
  mutating func restore(
    _ question: EnsembleQuestion, count: Int, _ chunk: EnsembleChunk?, selected: Int?,
    judge: String?
  ) {
    self = Fanning()
    (self.question, wanted) = (question, count)
    judging = FanJudging(judge, scored: chunk?.copies.map(\.rollout) ?? [])
    guard let chunk else { return }
    add(chunk)
    isOfFile = true
    self.selected = selected.flatMap { copies.indices.contains($0) ? $0 : nil }
  }

  /// What a judge says of some copies.
  mutating func judge(_ range: Range<Int>, _ verdicts: [Verdict]) {
    for (number, verdict) in zip(range, verdicts) where copies.indices.contains(number) {
      copies[number].rollout = copies[number].rollout.judged(verdict)
    }
  }

  /// Takes every score back.
  mutating func unjudge() {
    judge(copies.indices, copies.map { _ in Verdict(score: nil) })
  }
}

extension Fanning {
  /// Asks for the next copies that are looked at and not there.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    let fanning = state.fanning
    guard let question = state.fanQuestion, !fanning.isAsking, !fanning.isStopped,
      !fanning.isComplete, !state.isBusy, state.together == nil, fanning.making == nil
    else { return [] }
    let next = fanning.copies.count
    let range = next..<min(fanning.wanted, next + fanning.batch)
    state.fanning.asked = (range, state.now)
    return [.submit(.ensemble(question, range))]
  }

  /// Copies that nobody looks at any more hold up nothing.
  static func leave(_ state: inout ExplorerState) -> [Effect] {
    guard state.fanning.isAsking, state.fanQuestion == nil else { return [] }
    state.fanning.asked = nil
    return [.drop(.ensemble)]
  }

  /// Some copies came.
  static func took(_ chunk: EnsembleChunk, _ state: inout ExplorerState) {
    guard chunk.question == state.fanning.question else { return }
    if let asked = state.fanning.asked, asked.copies == chunk.range {
      state.fanning.asked = nil
      let seconds = state.now - asked.at
      let batch = state.fanning.batch
      if seconds < 0.08 { state.fanning.batch = min(largestBatch, 2 * batch) }
      if seconds > 0.2 { state.fanning.batch = max(1, batch / 2) }
    }
    state.fanning.add(chunk)
  }

  private mutating func add(_ chunk: EnsembleChunk) {
    guard chunk.range.lowerBound == copies.count else { return }
    copies += chunk.copies
    plain = chunk.plain
    spread = chunk.spread
    (pairs, pairedCopies) = (chunk.pairs, chunk.pairedCopies)
    level = chunk.level
    explainedVarianceRatio = chunk.explainedVarianceRatio
    if said.isEmpty { said = chunk.plain.said.map { _ in [:] } }
    for copy in chunk.copies {
      for (iteration, token) in copy.said.enumerated() where iteration < said.count {
        said[iteration][token, default: 0] += 1
      }
    }
  }

  // MARK: Opening

  /// Shows copies of the prompt looked at: those that are there, or others from the first on, in place of
  /// which nothing of before runs on.
  static func open(
    _ way: EnsembleQuestion.Way?, seed: UInt64?, count: Int?, _ state: inout ExplorerState
  ) -> [Effect] {
    guard let cause = state.promptCause, let root = state.promptRun, let run = state.runs[root]
    else { return [] }
    let before = state.fanning.question
    // As far as the prompt is, or is on its way to.
    let edge = run.trajectory.lastIteration
    let isOnItsWay = state.isPlaying && state.runs.tree.current == root
    let question = EnsembleQuestion(
      cause: cause, way: way ?? before?.way ?? usualWay, seed: seed ?? before?.seed ?? 0,
      iterations: max(1, isOnItsWay ? max(edge, state.liveTarget) : edge),
      endsItself: state.model?.thoughtStop != nil && state.wishedIterations == nil)
    Playback.pause(&state)
    // Copies are of the prompt: so is the time that one goes through in them.
    if state.passageIndex > 0, let prompt = state.branch?.passages[0] {
      state.select(token: prompt.tokens.upperBound - 1)
      state.cursor.iteration = min(question.iterations, state.edge)
    }
    if state.zoom != .fan { state.fanning.outer = state.isComparing ? nil : state.zoom }
    state.zoom = .fan
    return begin(question, count: count, &state)
  }

  private static let usualWay = EnsembleQuestion.Way.perturbed(
    "relative-noise", 0.3, isHeld: false)

  private static func begin(
    _ question: EnsembleQuestion, count: Int?, _ state: inout ExplorerState
  ) -> [Effect] {
    state.fanning.isStopped = false
    let wanted = count ?? state.fanning.wanted
    let isMore = wanted > state.fanning.copies.count
    guard question != state.fanning.question || state.fanning.isOfFile && isMore else {
      // Copies do not depend on their number: those that are there stay.
      state.fanning.wanted = max(wanted, state.fanning.copies.count)
      return []
    }
    var next = Fanning()
    next.question = question
    next.wanted = wanted
    next.outer = state.fanning.outer
    next.firstCurve = state.fanning.firstCurve
    next.batch = state.fanning.batch
    next.judging = state.fanning.judging.anew()
    var effects: [Effect] = state.fanning.isAsking ? [.drop(.ensemble)] : []
    if state.fanning.judging.isAsking { effects.append(.drop(.judging)) }
    state.fanning = next
    return effects
  }

  // MARK: Strength

  /// Strengths that are stepped through: 1, 2 and 5 times powers of ten.
  private static let ladder: [Float] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100,
  ]

  /// The copies with more or less of what makes them different.
  static func change(by steps: Int, _ state: inout ExplorerState) -> [Effect] {
    guard var question = state.fanning.question else { return [] }
    guard case .perturbed(let name, let before, let isHeld) = question.way else {
      state.complain("starts have no strength; :copies relative-noise 0.3 has one")
      return []
    }
    let range = PerturbationKind.named(name)?.strength.range ?? 0..<1
    let above = ladder.filter { $0 > before * 1.0001 && range.contains($0) }
    let below = Array(ladder.filter { $0 < before * 0.9999 }.reversed())
    let there = steps > 0 ? above : below
    guard !there.isEmpty else {
      state.complain(
        steps > 0
          ? "\(name) \(FanWords.strength(before)) is the most there is"
          : "\(name) \(FanWords.strength(before)) is the least; all copies are the same at 0")
      return []
    }
    let strength = there[min(there.count, max(1, abs(steps))) - 1]
    question.way = .perturbed(name, strength, isHeld: isHeld)
    return begin(question, count: nil, &state)
  }
}

extension ExplorerState {
  /// Whether copies are still being made.
  var isFillingFan: Bool {
    fanQuestion != nil && !fanning.isComplete && !fanning.isStopped
  }

  /// The run of the prompt looked at, without edits and what was appended.
  var promptRun: NodeID? {
    runs.tree.current.flatMap { runs.tree.path(to: $0).first?.id }
  }

  /// Copies of the prompt looked at, where they are looked at.
  var fanQuestion: EnsembleQuestion? {
    guard zoom == .fan, let question = fanning.question, question.cause == promptCause else {
      return nil
    }
    return question
  }

  /// The iteration of the copies at the cursor.
  var fanIteration: Int { min(cursor.iteration, max(0, fanning.said.count - 1)) }
}
