import LatentModels
import Trajectories

/// What the compute thread has before it: the text in progress and its frozen basis.
struct Desk {
  let workbench: Workbench
  let candidates: Int
  let events: EventMailbox
  var run: RunNumber?
  var recorder: RolloutRecorder?
  var projector: Projector?
  /// Kept with a projector.
  var spread = PathSpread()

  mutating func serve(_ request: ComputeRequest, isCancelled: @escaping @Sendable () -> Bool) {
    do {
      if case .begin(let run, let source, let start) = request {
        return try begin(run, source, start, isCancelled)
      }
      guard request.run == run, let recorder else { return events.post(.cancelled(request.run)) }
      try serve(request, recorder, isCancelled)
    } catch {
      // A run that could not begin leaves the one before it on the desk, under the new number.
      if case .begin(let number, _, _) = request, recorder != nil { run = number }
      report(error, request)
    }
  }

  private mutating func serve(
    _ request: ComputeRequest, _ recorder: RolloutRecorder,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    switch request {
    case .begin: break
    case .step(let run, let positions, let measuring):
      try step(run, recorder, reading: positions, measuring: measuring, isCancelled)
    case .measure(let run): events.post(.measured(run, recorder.distancesToLast()))
    case .append(let run, let passage, let iteration, let sampling):
      try append(run, recorder, after: passage, at: iteration, sampling, isCancelled)
    case .rewind(let run, let passage):
      recorder.rewind(to: passage)
      events.post(.rewritten(run, projection(recorder)))
    case .exchange(let run):
      recorder.exchange()
      events.post(.rewritten(run, projection(recorder)))
    case .project(let run, let fit):
      let fitted = try recorder.projector(fit, isCancelled: isCancelled)
      projector = fitted
      if let projection = projection(recorder) { events.post(.projected(run, projection)) }
    }
  }

  private func report(_ error: any Error, _ request: ComputeRequest) {
    if error is CancellationRequested {
      events.post(.cancelled(request.run))
    } else {
      events.post(.failed(request.run, message: String(describing: error)))
    }
  }

  /// Cancelled from the queue; progress goes to the screen.
  private func control(
    _ run: RunNumber, iteration: Int, _ isCancelled: @escaping @Sendable () -> Bool
  ) -> StepControl {
    let events = events
    return StepControl(isCancelled: isCancelled) { done, total in
      events.post(.progress(run, iteration: iteration, done: done, total: total))
    }
  }

  private mutating func begin(
    _ run: RunNumber, _ source: PromptSource, _ start: Start,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let begun = try RolloutRecorder(
      workbench, source, start: start, candidates: candidates,
      control: StepControl(isCancelled: isCancelled))
    self.run = run
    recorder = begun
    projector = nil
    events.post(.began(run, begun.prompt))
  }

  private mutating func step(
    _ run: RunNumber, _ recorder: RolloutRecorder, reading positions: Range<Int>?,
    measuring: Bool, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let iteration = recorder.live.iteration + 1
    let events = events
    let step = try recorder.advance(
      reading: positions,
      early: { events.post(.glimpsed(run, iteration: iteration, first: $0, $1)) },
      control: control(run, iteration: iteration, isCancelled))
    events.post(
      .stepped(
        run, step, distanceToLast: measuring ? recorder.live.distancesToLast() : nil,
        places: places(recorder, iteration)))
  }

  private mutating func append(
    _ run: RunNumber, _ recorder: RolloutRecorder, after passage: Int, at iteration: Int,
    _ sampling: Sampling, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let answer = try recorder.append(
      after: passage, at: iteration, sampling: sampling,
      control: control(run, iteration: 0, isCancelled))
    switch answer {
    case .end(let token):
      events.post(.ended(run, after: passage, at: iteration, token))
    case .token(let trajectory):
      events.post(
        .appended(
          run, after: passage, at: iteration, trajectory, places: places(recorder, 0)))
    }
  }

  /// Every state on the frozen basis, if there is one.
  private mutating func projection(_ recorder: RolloutRecorder) -> Projection? {
    guard let projector else { return nil }
    spread = recorder.spread()
    return recorder.project(projector, spread: spread)
  }

  /// The newest states on the frozen basis.
  private mutating func places(_ recorder: RolloutRecorder, _ iteration: Int) -> Places? {
    guard let projector else { return nil }
    let state = recorder.live.normalized()[iteration]
    if iteration == 0 { spread.removeTokens(from: recorder.liveFirst) }
    spread.add(state, firstToken: recorder.liveFirst)
    return Places(coordinates: projector.project(state), spread: spread.sums)
  }
}

extension ComputeRequest {
  /// The run a request belongs to.
  var run: RunNumber {
    switch self {
    case .begin(let run, _, _), .step(let run, _, _), .measure(let run), .append(let run, _, _, _),
      .rewind(let run, _),
      .exchange(let run), .project(let run, _):
      run
    }
  }
}
