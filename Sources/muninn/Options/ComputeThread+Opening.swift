import Checkpoints
import Engine
import Explorer
import LatentModels
import ParallelScaling
import Tensors

extension ComputeThread {
  /// A compute side that opens a checkpoint as soon as it has begun, and can tell which model it is.
  /// - Parameters:
  ///   - team: threads that others compute with too.
  ///   - memory: bytes of states, keys and values that are kept at most.
  ///   - judges: those that are open already, by name.
  static func opening(
    _ checkpoint: Checkpoint, _ plan: ModelPlan, as model: ModelOptions,
    start: StartOptions? = nil, team: ThreadTeam? = nil, memory: Int? = nil,
    judges: [String: any Judge] = [:]
  ) -> ComputeThread {
    let (precision, team) = (model.precision, team ?? model.team())
    return ComputeThread(
      memory: memory, judges: judges,
      identity: OpenedRun.identity(of: checkpoint, precision: precision),
      version: Muninn.configuration.version
    ) { report in
      try Workbench.open(
        checkpoint, plan: plan, team: team, start: start, precision: precision,
        tell: { _ in }
      ) { done, total in
        report(Double(done) / Double(max(1, total)), "reading \(checkpoint.name)")
      }
    }
  }
}
