import Foundation
import LatentModels
import Synchronization
import Trajectories

/// The compute side of the explorer: one thread that opens the model and serves requests in order,
/// so that the screen never waits for it.
public final class ComputeThread: ComputeService {
  private let queue = RequestQueue()
  private let events = EventMailbox()
  private let candidates: Int

  /// Starts the thread, which opens the model first.
  /// - Parameters:
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - open: makes the workbench; may report how far it is, and throw.
  public init(
    candidates: Int = 16,
    open:
      @escaping @Sendable (_ report: @escaping @Sendable (Double?, String) -> Void) throws ->
      Workbench
  ) {
    self.candidates = candidates
    let thread = Thread { [self] in serve(open) }
    thread.name = "compute"
    thread.stackSize = 8 << 20
    thread.start()
  }

  public var readyDescriptor: Int32 { events.descriptor }
  public func takeEvents() -> [ComputeEvent] { events.take() }
  public func submit(_ request: ComputeRequest) { queue.push(request) }
  public func cancel() { queue.cancel() }
  public func shutDown() { queue.close() }

  private func serve(
    _ open: (@escaping @Sendable (Double?, String) -> Void) throws -> Workbench
  ) {
    let workbench: Workbench
    do {
      let events = events
      let queue = queue
      workbench = try open { fraction, message in
        if !queue.isClosed { events.post(.loading(fraction: fraction, message: message)) }
      }
    } catch {
      events.post(.failed(nil, message: String(describing: error)))
      return
    }
    events.post(.opened(workbench.summary))
    var desk = Desk(workbench: workbench, candidates: candidates, events: events)
    while let (request, ticket) = queue.pop() {
      let queue = queue
      let isCancelled: @Sendable () -> Bool = { queue.isStale(ticket) }
      if isCancelled() {
        events.post(.cancelled(request.run))
      } else {
        desk.serve(request, isCancelled: isCancelled)
      }
    }
  }
}

/// What the compute thread has before it: the run in progress and its frozen basis.
private struct Desk {
  let workbench: Workbench
  let candidates: Int
  let events: EventMailbox
  var run: RunNumber?
  var recorder: Recorder?
  var projector: Projector?

  mutating func serve(_ request: ComputeRequest, isCancelled: @escaping @Sendable () -> Bool) {
    do {
      switch request {
      case .begin(let run, let source, let start):
        try begin(run, source, start, isCancelled)
      case .step(let run):
        try step(run, isCancelled)
      case .project(let run, let fit):
        try project(run, fit, isCancelled)
      }
    } catch {
      // A run that could not begin leaves the one before it on the desk, under the new number.
      if case .begin(let number, _, _) = request, recorder != nil { run = number }
      report(error, request)
    }
  }

  private func report(_ error: any Error, _ request: ComputeRequest) {
    if error is CancellationRequested {
      events.post(.cancelled(request.run))
    } else {
      events.post(.failed(request.run, message: String(describing: error)))
    }
  }

  private mutating func begin(
    _ run: RunNumber, _ source: PromptSource, _ start: Start,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let control = StepControl(isCancelled: isCancelled)
    let begun = try workbench.begin(
      source, start: start, candidates: candidates, control: control)
    self.run = run
    recorder = begun.recorder
    projector = nil
    events.post(.began(run, begun.trajectory))
  }

  private mutating func step(
    _ run: RunNumber, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    guard run == self.run, let recorder else { return events.post(.cancelled(run)) }
    let events = events
    let iteration = recorder.normalized.count
    let control = StepControl(isCancelled: isCancelled) { done, total in
      events.post(.progress(run, iteration: iteration, done: done, total: total))
    }
    let (step, distances) = try recorder.advance(control: control)
    let coordinates = projector.map { $0.project(recorder.normalized[iteration]) }
    events.post(
      .stepped(run, step, distanceToLast: distances, coordinates: coordinates))
  }

  private mutating func project(
    _ run: RunNumber, _ fit: ProjectionFit, _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    guard run == self.run, let recorder else { return events.post(.cancelled(run)) }
    let fitted = try Projector(fit, states: recorder.normalized, isCancelled: isCancelled)
    projector = fitted
    events.post(.projected(run, fitted.project(recorder.normalized)))
  }
}

extension ComputeRequest {
  /// The run a request belongs to.
  var run: RunNumber {
    switch self {
    case .begin(let run, _, _), .step(let run), .project(let run, _): run
    }
  }
}
