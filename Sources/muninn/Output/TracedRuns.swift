import Checkpoints
import Engine
import LatentModels
import RunFiles
import Trajectories

/// The runs of a trace on their way to a run file.
final class TracedRuns {
  private let file: OutputFile
  private let engine: Engine
  private var runs: [(lineage: Lineage, trajectory: Trajectory)]

  init(
    _ file: OutputFile, _ engine: Engine, _ runs: [(lineage: Lineage, trajectory: Trajectory)]
  ) {
    self.file = file
    self.engine = engine
    self.runs = runs
  }

  /// Takes in the next iteration of a run; s₀ is there.
  func add(_ step: Step, to run: Int) {
    if step.iteration > 0 { runs[run].trajectory.append(step) }
  }

  /// Writes all of them, as far as they came.
  /// - Throws: `CheckpointError`, and as `Engine.edit`.
  func write(of model: ModelIdentity, isCompact: Bool) throws {
    var history = TreeHistory()
    var trajectories: [NodeID: Trajectory] = [:]
    for (lineage, trajectory) in runs {
      var node = NodeID(0)
      var before: Lineage?
      for link in lineage.links {
        switch link.cause {
        case .prompt(let cause): node = try history.add(cause)
        case .token(let cause):
          node = try history.append(cause, at: Fork(node: node, iteration: link.iteration ?? 0))
        case .edit(let cause):
          node = try history.edit(node, cause)
          // Of several edits in turn those before the last were not run.
          if trajectories[node] == nil, let before {
            trajectories[node] = try engine.edit(before, cause).1
          }
        case .copy(let cause): node = try history.copy(node, cause)
        }
        before = history.tree.lineage(of: node)
      }
      trajectories[node] = trajectory
    }
    let tree = history.tree
    let manifest = RunManifest(
      version: Muninn.configuration.version, summary: engine.workbench.summary, tree: tree)
    var run = RunFile(
      manifest, trajectories: trajectories, vocabulary: engine.workbench.vocabulary)
    do {
      run.takeStarts(from: engine.workbench)
      try run.measure(with: engine, control: Interruption.control)
    } catch is CancellationRequested {}
    try run.write(
      to: file, model: model, isCompact: isCompact, codec: engine.workbench.codec
    ) { node in tree.lineage(of: node).map(engine.states) }
  }
}
