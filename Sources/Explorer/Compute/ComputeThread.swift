import Engine
import Foundation
import LatentModels
import ParallelScaling
import RunFiles
import Synchronization
import Trajectories

/// The compute side of the explorer: one thread that opens the model and serves requests in order,
/// so that the screen never waits for it.
public final class ComputeThread: ComputeService {
  /// Which model it is, by its bytes; nil where telling takes long and nobody waits for it.
  public typealias Identity = @Sendable (_ isPatient: Bool) throws -> ModelIdentity?

  private let queue = RequestQueue()
  private let events = EventMailbox()
  private let candidates: Int
  private let memory: Int?
  private let judges: [String: any Judge]
  private let identity: Identity
  private let version: String
  private let longReadout: Int?

  /// Starts the thread, which opens the model first.
  /// - Parameters:
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - memory: bytes of states, keys and values that are kept at most; nil for what the engine finds
  ///     right.
  ///   - judges: those that are open already, by the name they are asked for.
  ///   - identity: tells which model it is, for files of runs.
  ///   - version: of the program, for files that say what wrote them.
  ///   - longReadout: multiplications in the head from which on readouts are waited for by nobody.
  ///   - open: makes the workbench; may report how far it is, and throw.
  public init(
    candidates: Int = 16, memory: Int? = nil, judges: [String: any Judge] = [:],
    identity: @escaping Identity = { _ in nil }, version: String = "",
    longReadout: Int? = Engine.usualLongReadout,
    open:
      @escaping @Sendable (_ report: @escaping @Sendable (Double?, String) -> Void) throws ->
      Workbench
  ) {
    self.candidates = candidates
    self.memory = memory
    self.judges = judges
    self.identity = identity
    self.version = version
    self.longReadout = longReadout
    let thread = Thread { [self] in serve(open) }
    thread.name = "compute"
    thread.stackSize = 8 << 20
    thread.start()
  }

  public var readyDescriptor: Int32 { events.descriptor }
  public func takeEvents() -> [ComputeEvent] { events.take() }
  public func submit(_ request: ComputeRequest) { queue.push(request) }
  public func cancel() { queue.cancel() }
  public func drop(_ asked: Asked) { queue.drop(asked) }
  public func settle() { queue.waitUntilIdle() }
  public var isIdle: Bool { queue.isIdle && events.isEmpty }
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
      queue.end()
      return
    }
    events.post(.opened(workbench.summary, workbench.vocabulary))
    // A large vocabulary takes a moment, which nobody is to wait for who looks for a token.
    let vocabulary = workbench.vocabulary
    Thread.detachNewThread { _ = vocabulary.search }
    let engine = Engine(
      workbench, candidates: candidates, budget: memory, copies: CopyCause.hooks)
    engine.longReadout = longReadout
    var desk = Desk(
      engine,
      events: events, judges: judges, identity: identity, version: version)
    var isTroubled = false
    while let (request, ticket) = queue.pop() {
      let queue = queue
      let isCancelled: @Sendable () -> Bool = { queue.isStale(ticket) }
      if case .watch(let ids) = request {
        desk.watch(ids)
      } else if queue.isDropped(ticket) {
        continue
      } else if isCancelled() {
        events.post(.cancelled(request.asked))
      } else {
        desk.serve(
          request, isCancelled: isCancelled, isDropped: { queue.isDropped(ticket) })
      }
      // Said once, and after the answer, which it may be about.
      if !isTroubled, let trouble = workbench.trouble() {
        isTroubled = true
        events.post(.failed(nil, message: trouble))
      }
    }
  }
}
