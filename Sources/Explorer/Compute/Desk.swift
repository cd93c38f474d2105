import Engine
import LatentModels
import Trajectories

/// What the compute thread has before it: every run that was begun, and the frozen basis each text
/// is shown in.
struct Desk {
  private let events: EventMailbox
  private let recorder: LineageRecorder
  private var projectors: [Lineage: Projector] = [:]
  /// Of the text that was looked at last.
  private var spread: (of: Lineage, PathSpread)?

  init(workbench: Workbench, candidates: Int, events: EventMailbox) {
    self.events = events
    recorder = LineageRecorder(workbench, candidates: candidates)
  }

  mutating func serve(_ request: ComputeRequest, isCancelled: @escaping @Sendable () -> Bool) {
    do {
      switch request {
      case .begin(let number, let source, let start):
        let (cause, trajectory) = try recorder.begin(
          source, start: start, control: StepControl(isCancelled: isCancelled))
        events.post(.began(number, cause, trajectory))
      case .step(let target, let positions, let measuring):
        try step(target, reading: positions, measuring: measuring, isCancelled)
      case .measure(let target):
        events.post(.measured(target.node, try recorder.distancesToLast(target.lineage)))
      case .append(let target, let iteration, let sampling):
        try append(target, at: iteration, sampling, isCancelled)
      case .project(let target, let fit):
        try project(target, fit, isCancelled)
      }
    } catch {
      report(error, request)
    }
  }

  private func report(_ error: any Error, _ request: ComputeRequest) {
    if error is CancellationRequested {
      events.post(.cancelled(request.asked))
    } else {
      events.post(.failed(request.asked, message: String(describing: error)))
    }
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

  private mutating func step(
    _ target: RunKey, reading positions: Range<Int>?, measuring: Bool,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let live = try recorder.recorder(target.lineage)
    let iteration = live.iteration + 1
    let events = events
    let step = try recorder.advance(
      target.lineage, reading: positions,
      early: { events.post(.glimpsed(target.node, iteration: iteration, first: $0, $1)) },
      control: control(target.node, iteration: iteration, isCancelled))
    events.post(
      .stepped(
        target.node, step, distanceToLast: measuring ? live.distancesToLast() : nil,
        places: try places(target.lineage, iteration)))
  }

  private mutating func append(
    _ target: RunKey, at iteration: Int, _ sampling: Sampling,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let fork = Fork(node: target.node, iteration: iteration)
    let answer = try recorder.append(
      to: target.lineage, at: iteration, sampling: sampling,
      control: control(target.node, iteration: 0, isCancelled))
    switch answer {
    case .end(let token): events.post(.ended(fork, token))
    case .token(let cause, let trajectory):
      let child = target.lineage.appending(cause, at: iteration)
      events.post(.appended(fork, cause, trajectory, places: try places(child, 0)))
    }
  }

  private mutating func project(
    _ target: RunKey, _ fit: ProjectionFit?, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let there = fit == nil ? projector(target.lineage) : nil
    let whole = ProjectionFit(
      token: nil, iterations: 0...(try recorder.recorder(target.lineage).iteration))
    let projector =
      try there
      ?? recorder.projector(fit ?? whole, of: target.lineage, isCancelled: isCancelled)
    projectors[target.lineage] = projector
    let spread = try recorder.spread(of: target.lineage)
    self.spread = (target.lineage, spread)
    events.post(
      .projected(
        target.node, try recorder.project(projector, target.lineage, spread: spread)))
  }

  /// The basis a text is shown in: its own, or that of the text it goes on from, which is its own
  /// from then on.
  private mutating func projector(_ lineage: Lineage) -> Projector? {
    var next: Lineage? = lineage
    while let here = next {
      if let projector = projectors[here] {
        projectors[lineage] = projector
        return projector
      }
      next = here.parent
    }
    return nil
  }

  /// The newest states on the frozen basis.
  private mutating func places(_ lineage: Lineage, _ iteration: Int) throws -> PlanePlaces? {
    guard let projector = projector(lineage) else { return nil }
    let states = try recorder.recorder(lineage).normalized()
    guard iteration < states.count else { return nil }
    let first = try recorder.firstToken(lineage)
    let before = iteration == 0 ? lineage.parent : lineage
    if var spread, spread.of == before, states.count == iteration + 1 {
      if iteration == 0 { spread.1.removeTokens(from: first) }
      spread.1.add(states[iteration], firstToken: first)
      self.spread = (lineage, spread.1)
    } else {
      spread = (lineage, try recorder.spread(of: lineage))
    }
    guard let sums = spread?.1.sums else { return nil }
    return PlanePlaces(coordinates: projector.project(states[iteration]), spread: sums)
  }
}

extension ComputeRequest {
  /// What it is about.
  var asked: Asked {
    switch self {
    case .begin(let number, _, _): .beginning(number)
    case .step(let key, _, _), .measure(let key), .append(let key, _, _),
      .project(let key, _):
      .run(key.node)
    }
  }
}
