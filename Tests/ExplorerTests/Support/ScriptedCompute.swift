import Glibc
import Synchronization
import Trajectories

@testable import Explorer

/// A compute side that plays `ScriptedRun`: a test double, answering at once or after a while.
final class ScriptedCompute: ComputeService {
  private struct Inside {
    var events: [ComputeEvent] = []
    var trajectory: Trajectory?
    var hasBasis = false
    var requests: [ComputeRequest] = []
  }

  private let inside = Mutex(Inside())
  private let ends: (read: Int32, write: Int32)
  private let stepSeconds: Double

  init(stepSeconds: Double = 0) {
    var both: [Int32] = [-1, -1]
    precondition(pipe(&both) == 0)
    for end in both { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    ends = (both[0], both[1])
    self.stepSeconds = stepSeconds
    post([.opened(ScriptedRun.model)])
  }

  var readyDescriptor: Int32 { ends.read }
  var requests: [ComputeRequest] { inside.withLock { $0.requests } }

  func submit(_ request: ComputeRequest) {
    inside.withLock { $0.requests.append(request) }
    guard stepSeconds > 0, case .step = request else {
      post([answer(request)])
      return
    }
    let seconds = stepSeconds
    Task.detached {
      try? await Task.sleep(for: .seconds(seconds))
      self.post([self.answer(request)])
    }
  }

  private func answer(_ request: ComputeRequest) -> ComputeEvent {
    inside.withLock { inside in
      switch request {
      case .begin(let run, let prompt, _):
        guard case .text(let text) = prompt else {
          return .failed(run, message: "this double takes text only")
        }
        let trajectory = ScriptedRun.trajectory(text, iterations: 0)
        inside.trajectory = trajectory
        inside.hasBasis = false
        return .began(run, trajectory)
      case .step(let run):
        guard var trajectory = inside.trajectory else {
          return .failed(run, message: "nothing has begun")
        }
        let next = trajectory.lastIteration + 1
        let step = ScriptedRun.step(next, tokens: trajectory.tokens)
        let distances = ScriptedRun.distances(trajectory.tokens.count, to: next)
        trajectory.append(step, distanceToLast: distances)
        inside.trajectory = trajectory
        return .stepped(
          run, step, distanceToLast: distances,
          coordinates: inside.hasBasis
            ? ScriptedRun.coordinates(next, tokens: trajectory.tokens.count) : nil)
      case .project(let run, let fit):
        guard let trajectory = inside.trajectory else {
          return .failed(run, message: "nothing has begun")
        }
        inside.hasBasis = true
        return .projected(
          run,
          ScriptedRun.projection(
            tokens: trajectory.tokens.count, iterations: trajectory.lastIteration, fit: fit))
      }
    }
  }

  private func post(_ events: [ComputeEvent]) {
    inside.withLock { $0.events += events }
    var byte: UInt8 = 1
    _ = write(ends.write, &byte, 1)
  }

  func cancel() {}

  func takeEvents() -> [ComputeEvent] {
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(ends.read, &bytes, bytes.count) > 0 {}
    return inside.withLock { inside in
      defer { inside.events = [] }
      return inside.events
    }
  }

  func shutDown() {}
}
