import Glibc
import Synchronization
import Trajectories

@testable import Explorer

/// A compute side that plays `ScriptedRun`: a test double, answering at once or after a while.
final class ScriptedCompute: ComputeService {
  private struct Inside {
    var events: [ComputeEvent] = []
    var rollout: Rollout?
    var tail: Rollout.Tail?
    var hasBasis = false
    var requests: [ComputeRequest] = []
    var fit = ProjectionFit(token: nil, iterations: 0...0)

    func places(_ iteration: Int, tokens: Range<Int>) -> Places? {
      guard let rollout, hasBasis else { return nil }
      return Places(
        coordinates: ScriptedRun.coordinates(iteration, tokens: tokens),
        spread: ScriptedRun.spread(rollout))
    }

    mutating func projection(_ fit: ProjectionFit?) -> Projection? {
      guard let rollout, hasBasis else { return nil }
      self.fit = fit ?? self.fit
      return ScriptedRun.projection(rollout, fit: self.fit)
    }
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
        inside.rollout = Rollout(prompt: trajectory, rules: [])
        inside.hasBasis = false
        return .began(run, trajectory)
      case .step(let run, _, let measuring):
        guard let live = inside.rollout?.last else {
          return .failed(run, message: "nothing has begun")
        }
        let next = live.trajectory.lastIteration + 1
        let step = ScriptedRun.step(
          next, tokens: live.trajectory.tokens, firstToken: live.firstToken)
        let distances = ScriptedRun.distances(
          live.tokens.count, to: next, firstToken: live.firstToken)
        inside.rollout?.append(step)
        return .stepped(
          run, step, distanceToLast: measuring ? distances : nil,
          places: inside.places(next, tokens: live.tokens))
      case .measure(let run):
        let passages = inside.rollout?.passages ?? []
        return .measured(
          run,
          passages.map {
            ScriptedRun.distances(
              $0.tokens.count, to: $0.trajectory.lastIteration, firstToken: $0.firstToken)
          })
      case .append(let run, let passage, let iteration, _):
        guard let from = inside.rollout?.passages[passage] else {
          return .failed(run, message: "nothing has begun")
        }
        let said = from.trajectory.steps[iteration].readings.last?.best
        let token = Token(id: said?.id ?? 0, text: said?.text ?? "", isSpecial: false)
        if token.id == ScriptedRun.stop {
          return .ended(run, after: passage, at: iteration, token)
        }
        inside.tail = inside.rollout?.setAside(after: passage) ?? inside.tail
        let first = from.tokens.upperBound
        let begun = ScriptedRun.trajectory(
          "", iterations: 0, tokens: [token], firstToken: first)
        inside.rollout?.append(begun, takenAt: iteration)
        return .appended(
          run, after: passage, at: iteration, begun,
          places: inside.places(0, tokens: first..<first + 1))
      case .rewind(let run, let passage):
        inside.tail = inside.rollout?.setAside(after: passage) ?? inside.tail
        return .rewritten(run, inside.projection(nil))
      case .exchange(let run):
        if let tail = inside.tail { inside.tail = inside.rollout?.exchange(tail) }
        return .rewritten(run, inside.projection(nil))
      case .project(let run, let fit):
        inside.hasBasis = true
        guard let projection = inside.projection(fit) else {
          return .failed(run, message: "nothing has begun")
        }
        return .projected(run, projection)
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
