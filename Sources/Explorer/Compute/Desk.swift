import Engine
import Exports
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// What the compute thread has before it: an engine, and the frozen basis each text is shown in.
struct Desk {
  private let events: EventMailbox
  private let engine: Engine
  /// Of the program, for files that say what wrote them.
  private let version: String
  private var projectors: [Lineage: Projector] = [:]
  /// Of the states of the text that was looked at last, up to these iterations.
  private var spread: (of: Lineage, last: [Int], spread: PathSpread)?
  private var comparer = Comparer()
  /// What is being found out of how small changes are stretched.
  private var stretching: StretchWork?
  /// How far the predictions of the text that is looked at are from its last.
  private var arriving = ArrivalDesk()
  /// The ensemble that is looked at.
  private var ensemble: EnsembleWork?
  /// Judges that were opened, by name.
  private var judges: [String: any Judge]
  private var files: RunDesk
  /// Runs whose divergence was looked into.
  private var located: Set<Lineage> = []
  private var isNearlyFull = false

  init(
    _ engine: Engine, events: EventMailbox, judges: [String: any Judge] = [:],
    identity: @escaping ComputeThread.Identity = { _ in nil }, version: String = ""
  ) {
    files = RunDesk(identity: identity)
    self.version = version
    self.engine = engine
    self.events = events
    self.judges = judges
  }

  /// Tokens of the vocabulary whose standing steps tell.
  func watch(_ ids: [Int]) { engine.watched = ids }

  /// - Parameter isDropped: whether nobody waits for an answer.
  mutating func serve(
    _ request: ComputeRequest, isCancelled: @escaping @Sendable () -> Bool,
    isDropped: () -> Bool = { false }
  ) {
    let quiet = StepControl(isCancelled: isCancelled)
    do {
      switch request {
      case .begin(let number, let source, let start):
        let beginning = Beginning.source(source, start)
        let tokens = try engine.workbench.tokenCount(beginning)
        events.post(.expected(number, engine.forecast(tokens: tokens)))
        let begun = try engine.begin([beginning], control: control(number, isCancelled))
        for (cause, trajectory) in begun {
          events.post(.began(number, cause, try located(trajectory, Lineage(cause))))
        }
      case .beginTogether(let number, let beginnings):
        let begun = try engine.begin(beginnings, control: quiet)
        let runs = try begun.map { Begun($0, try located($1, Lineage($0))) }
        events.post(.begunTogether(number, runs))
      case .step(let target, let iteration, let positions, let measuring):
        try step(target, to: iteration, reading: positions, measuring: measuring, isCancelled)
      case .stepTogether(let targets, let iteration):
        try stepTogether(targets, to: iteration, isCancelled)
      case .readStart(let target):
        events.post(
          .startRead(target.node, try engine.startReadings(target.lineage, control: quiet)))
      case .spread(let targets, let iterations):
        let spread = try engine.spread(
          of: targets.map(\.lineage), iterations: iterations, control: quiet)
        events.post(.spread(targets.map(\.node), from: iterations.lowerBound, spread))
      case .measure(let target, let last):
        let distances = try zip(target.lineage.passages, last).map { passage, last in
          try engine.distancesToLast(passage.lineage, last: last, control: quiet)
        }
        events.post(.measured(target.node, distances))
      case .arrive(let target, let last):
        let arrivals = try arriving.advance(engine, target.lineage, last, control: quiet)
        events.post(.arrived(target.node, arrivals ?? []))
      case .append(let target, let iteration, let choice):
        try append(target, at: iteration, choice, isCancelled)
      case .edit(let target, let cause):
        let (lineage, trajectory) = try engine.edit(target.lineage, cause, control: quiet)
        events.post(.edited(target.node, cause, try located(trajectory, lineage)))
      case .copy(let target, let cause):
        let (lineage, trajectory) = try engine.copy(target.lineage, cause, control: quiet)
        events.post(.copied(target.node, cause, try located(trajectory, lineage)))
      case .project(let target, let fit, let last, let others):
        try project(target, fit, last, others, quiet)
      case .compare(let a, let b, let iteration, let last):
        let distances = try comparer.distances(
          engine, a.lineage, b.lineage, at: iteration, last: last, control: quiet)
        events.post(.compared(a.node, b.node, at: iteration, distances))
      case .sharePlane(let targets, let token, let from, let last):
        let (plane, from) = try comparer.plane(
          engine, targets.map(\.lineage), token: token, from: from, last: last, control: quiet)
        events.post(.shared(targets.map(\.node), plane, from: from))
      case .inside(let target, let row, let iteration, let watched):
        let pass = try engine.cell(
          target.lineage, row: row, iteration, watched: watched, control: quiet)
        events.post(.inside(target.node, pass))
      case .motion(let target, let rows, let window):
        let motions = try engine.motion(
          of: target.lineage, rows: rows, window: window, control: quiet)
        events.post(.moved(target.node, rows: rows, window: window, motions))
      case .stretch(let target, let window): try stretch(target, window, quiet)
      case .causalMap(let question):
        events.post(.causalMap(try engine.causalMap(question, control: quiet)))
      case .causalCells(let map, let cells):
        let effects = try engine.effects(of: map, at: cells, control: quiet)
        events.post(
          .causalCells(
            map.question, Dictionary(zip(cells, effects), uniquingKeysWith: { first, _ in first })))
      case .ensemble(let question, let range): try sample(question, range, quiet)
      case .judge(let question, let range): try judge(question, range, quiet)
      case .beam(let question): try search(question, quiet)
      case .depth(let target, let iteration, let rows):
        let table = try engine.depth(target.lineage, iteration, rows: rows, control: quiet)
        events.post(.depth(target.node, table))
      case .attention(let target, let iteration, let place):
        let map = try engine.attention(of: place, target.lineage, iteration, control: quiet)
        if let map { events.post(.attention(target.node, map)) }
      case .export(let question):
        let runs = try engine.exported(
          question.source, needs: question.exporter.needs, program: version, control: quiet)
        events.post(.exported(question, runs))
      case .watch(let ids): watch(ids)
      case .save(let order):
        let bytes = try files.save(order, engine, control: quiet, basis: basis)
        events.post(.saved(order.path, bytes: bytes))
      case .open(let path, let anyway):
        let reopened = try files.open(path, anyway: anyway, engine)
        (projectors, located) = (reopened.bases, [])
        (spread, ensemble) = (nil, nil)
        events.post(.reopened(reopened))
        try tellMotion(of: reopened)
      case .standings(let ids, let target, let iteration, let rows):
        let standings = try engine.standings(
          of: ids, target.lineage, iteration, rows: rows, control: quiet)
        events.post(.standings(target.node, at: iteration, first: rows.lowerBound, standings))
      }
    } catch {
      let isForgotten = error is CancellationRequested && isDropped()
      if !isForgotten { report(error, request) }
    }
    sayIfNearlyFull()
  }

  private func report(_ error: any Error, _ request: ComputeRequest) {
    if error is CancellationRequested {
      events.post(.cancelled(request.asked))
    } else {
      events.post(.failed(request.asked, message: String(describing: error)))
    }
  }

  /// Said once: from then on states come and go.
  private mutating func sayIfNearlyFull() {
    guard !isNearlyFull, engine.used > engine.budget / 4 * 3 else { return }
    isNearlyFull = true
    events.post(.memoryIsFull(bytes: engine.budget))
  }

  /// Cancelled from the queue; progress goes to the screen.
  private func control(
    _ node: NodeID, iteration: Int, _ isCancelled: @escaping @Sendable () -> Bool
  ) -> StepControl {
    let events = events
    return StepControl(isCancelled: isCancelled) { done, total in
      events.post(.progress(node, iteration: iteration, done: done, total: total))
    }
  }

  private func control(
    _ number: RunNumber, _ isCancelled: @escaping @Sendable () -> Bool
  ) -> StepControl {
    let events = events
    return StepControl(isCancelled: isCancelled) { done, total in
      events.post(.beginning(number, done: done, total: total))
    }
  }

  private mutating func step(
    _ target: RunKey, to iteration: Int, reading positions: Range<Int>?, measuring: Bool,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let steps = try engine.step(
      [target.lineage], to: iteration, reading: positions,
      early: { early in
        switch early {
        case .made(let step, let rows):
          events.post(.reached(target.node, step, places: earlyPlaces(target.lineage, rows)))
        case .read(let first, let readings):
          events.post(.glimpsed(target.node, iteration: iteration, first: first, readings))
        }
      },
      control: control(target.node, iteration: iteration, isCancelled))
    // Where states were let go, all of them again at every step would be far too much.
    let isMeasured = measuring && engine.isKept(target.lineage, upTo: iteration)
    let distances =
      isMeasured ? try engine.distancesToLast(target.lineage, last: iteration) : nil
    if let arrival = try arriving.follow(engine, target.lineage, to: iteration) {
      events.post(.arrived(target.node, [arrival]))
    }
    for step in steps {
      events.post(
        .stepped(
          target.node, step, distanceToLast: distances,
          places: try places(target.lineage, iteration)))
      try locate(target, step)
    }
  }

  /// Says where inside the model a run diverged that has just done so; nothing is looked for otherwise.
  private mutating func locate(_ target: RunKey, _ step: Step) throws {
    guard let divergence = Divergence(in: step), located.insert(target.lineage).inserted else {
      return
    }
    events.post(.located(target.node, try engine.located(divergence, of: target.lineage)))
  }

  /// The same of a run that begins so.
  private mutating func located(
    _ trajectory: Trajectory, _ lineage: Lineage
  ) throws -> Trajectory {
    guard let divergence = trajectory.divergence, located.insert(lineage).inserted else {
      return trajectory
    }
    var trajectory = trajectory
    trajectory.located(try engine.located(divergence, of: lineage))
    return trajectory
  }

  private mutating func stretch(
    _ target: RunKey, _ window: ClosedRange<Int>, _ control: StepControl
  ) throws {
    var work = StretchWork(target.lineage, window: window)
    if let begun = stretching, begun.lineage == work.lineage, begun.window == work.window {
      work = begun
    }
    try work.advance(engine, control: control)
    stretching = work.isDone ? nil : work
    let (done, total) = work.progress
    events.post(.stretched(target.node, window: window, work.found, done: done, total: total))
  }

  private mutating func sample(
    _ question: EnsembleQuestion, _ range: Range<Int>, _ control: StepControl
  ) throws {
    try turn(to: question, control)
    if let chunk = try ensemble?.run(range, control: control) { events.post(.ensemble(chunk)) }
  }

  private mutating func turn(to question: EnsembleQuestion, _ control: StepControl) throws {
    guard ensemble?.question != question else { return }
    ensemble = try EnsembleWork(question, engine.workbench, after: ensemble, control: control)
  }

  private mutating func judge(
    _ question: JudgeQuestion, _ range: Range<Int>, _ control: StepControl
  ) throws {
    let judge = try opened(question.judge)
    try turn(to: question.ensemble, control)
    guard
      let (range, verdicts) = try ensemble?.verdicts(on: range, by: judge, control: control)
    else { return }
    events.post(
      .judged(
        EnsembleVerdicts(
          question: question, range: range, verdicts: verdicts, isOfSteps: judge is any StepJudge)))
  }

  private mutating func search(_ question: JudgeQuestion, _ control: StepControl) throws {
    guard let judge = try opened(question.judge) as? any StepJudge else {
      throw JudgeError.noSteps(judge: question.judge)
    }
    try turn(to: question.ensemble, control)
    guard let rollout = try ensemble?.searched(by: judge, control: control) else { return }
    events.post(.searched(EnsembleBeam(question: question, rollout: rollout)))
  }

  /// The judge of a name, opened once.
  private mutating func opened(_ name: String) throws -> any Judge {
    if let judge = judges[name] { return judge }
    let judge = try NamedJudge.open(
      name, for: engine.workbench.model.facts, packing: WeightPacking())
    judges[name] = judge
    return judge
  }

  /// Kinds of motion of a small run whose states are all at hand: they take less than a plane.
  private func tellMotion(_ target: RunKey, _ last: [Int]) throws {
    let window = Motion.usualWindow(upTo: last.first ?? 0)
    let tokens = target.lineage.ids.count
    guard last.count == 1, window.count > Motion.fewestSteps,
      engine.isKept(target.lineage, upTo: window.upperBound),
      tokens <= Engine.tokensAtOnce(window, width: engine.workbench.model.facts.width)
    else { return }
    let motions = try engine.motion(of: target.lineage, rows: 0..<tokens, window: window)
    events.post(.moved(target.node, rows: 0..<tokens, window: window, motions))
  }

  /// The same of the run that a file was left at, where its states are in it.
  private func tellMotion(of reopened: Reopened) throws {
    let tree = reopened.file.tree
    guard reopened.noModel == nil, !reopened.compares, let node = tree.current,
      let lineage = tree.lineage(of: node), lineage.otherModel == nil,
      let last = reopened.file.trajectories[node]?.lastIteration, lineage.passages.count == 1,
      engine.states(of: lineage).iterations.isSuperset(of: 0...last)
    else { return }
    // Looked at, they are at hand.
    _ = try engine.normalized(lineage, 0)
    try tellMotion(RunKey(node, lineage), [last])
  }

  private mutating func stepTogether(
    _ targets: [RunKey], to iteration: Int, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    guard let first = targets.first else { return }
    let steps = try engine.step(
      targets.map(\.lineage), to: iteration,
      control: control(first.node, iteration: iteration, isCancelled))
    for target in targets {
      if let arrival = try arriving.follow(engine, target.lineage, to: iteration) {
        events.post(.arrived(target.node, [arrival]))
      }
    }
    events.post(.steppedTogether(zip(targets, steps).map { NodeStep($0.node, $1) }))
    for (target, step) in zip(targets, steps) { try locate(target, step) }
  }

  private mutating func append(
    _ target: RunKey, at iteration: Int, _ choice: Engine.Choice,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let fork = Fork(node: target.node, iteration: iteration)
    let next = try engine.next(
      after: target.lineage, at: iteration, choice: choice,
      control: control(target.node, iteration: 0, isCancelled))
    switch next {
    case .end(let token): events.post(.ended(fork, token))
    case .token(let cause, let trajectory):
      let child = target.lineage.appending(cause, at: iteration)
      events.post(
        .appended(fork, cause, try located(trajectory, child), places: try places(child, 0)))
    }
  }

  private mutating func project(
    _ target: RunKey, _ fit: ProjectionFit?, _ last: [Int], _ others: [Engine.Text],
    _ control: StepControl
  ) throws {
    let there = fit == nil ? projector(target.lineage) : nil
    let whole = ProjectionFit(token: nil, iterations: 0...(last.last ?? 0))
    let projector =
      try there
      ?? engine.projector(
        fit ?? whole, of: target.lineage, last: last, beside: others, control: control)
    let (projection, spread) = try engine.projection(
      projector, of: target.lineage, last: last, control: control)
    projectors[target.lineage] = projector
    for other in others { projectors[other.lineage] = projector }
    self.spread = (target.lineage, last, spread)
    events.post(.projected(target.node, projection))
    if fit != nil { try tellMotion(target, last) }
  }

  /// The basis a text is shown in: its own, or that of the text it goes on from, which is its own
  /// from then on.
  private mutating func projector(_ lineage: Lineage) -> Projector? {
    guard let projector = basis(lineage) else { return nil }
    projectors[lineage] = projector
    return projector
  }

  private func basis(_ lineage: Lineage) -> Projector? {
    var next: Lineage? = lineage
    while let here = next {
      if let projector = projectors[here] { return projector }
      next = here.parent
    }
    return nil
  }

  /// The newest states on the frozen basis.
  private mutating func places(_ lineage: Lineage, _ iteration: Int) throws -> PlanePlaces? {
    guard let projector = projector(lineage) else { return nil }
    let states = try engine.normalized(lineage, iteration)
    let passages = lineage.passages
    let first = passages[passages.count - 1].firstToken
    let before = iteration == 0 ? lineage.parent : lineage
    var last = spread?.last ?? []
    if iteration == 0 { last.append(-1) }
    if var seen = spread, seen.of == before, last.last == iteration - 1 {
      if iteration == 0 { seen.spread.removeTokens(from: first) }
      seen.spread.add(states, firstToken: first)
      last[last.count - 1] = iteration
      spread = (lineage, last, seen.spread)
    } else {
      last = passages.map { engine.lastIteration(of: $0.lineage) ?? 0 }
      last[last.count - 1] = iteration
      spread = (lineage, last, try engine.spread(of: lineage, last: last))
    }
    guard let sums = spread?.spread.sums else { return nil }
    return PlanePlaces(coordinates: projector.project(states), spread: sums)
  }

  /// Where states lie on the basis there is; how far they are spread is known when they are kept.
  private func earlyPlaces(_ lineage: Lineage, _ rows: Matrix) -> PlanePlaces? {
    guard let projector = projectors[lineage], spread?.of == lineage, let sums = spread?.spread.sums
    else { return nil }
    return PlanePlaces(
      coordinates: projector.project(engine.workbench.model.normalized(rows)), spread: sums)
  }
}

extension ComputeRequest {
  /// What it is about.
  var asked: Asked {
    switch self {
    case .begin(let number, _, _), .beginTogether(let number, _): .beginning(number)
    case .stepTogether(let keys, _), .spread(let keys, _):
      .together(keys.map(\.node))
    case .readStart: .start
    case .step(let key, _, _, _), .measure(let key, _), .append(let key, _, _),
      .edit(let key, _), .copy(let key, _),
      .project(let key, _, _, _):
      .run(key.node)
    case .compare, .sharePlane: .comparison
    case .inside: .inside
    case .motion, .stretch: .motion
    case .arrive: .arrival
    case .causalMap, .causalCells: .cause
    case .ensemble: .ensemble
    case .export: .export
    case .judge, .beam: .judging
    case .depth: .depth
    case .attention: .attention
    case .watch, .standings: .standings
    case .save, .open: .file
    }
  }
}
