import Checkpoints
import Engine
import LatentModels
import ParallelScaling
import RunFiles
import Tensors
import Trajectories

/// The branch of a run file, run again on a model.
struct RunFileRerun {
  /// How it is asked for.
  struct Side {
    /// nil for the model inside the program.
    let model: String?
    let revision: String?
    /// nil for that which the file's model had.
    let precision: Precision?

    var name: String { model ?? "embedded" }
  }

  let summary: ModelSummary
  let branch: Branch
  let expected: ExpectedResults?

  /// - Parameter file: with a run that is looked at.
  /// - Throws: what opening a model throws, `ComparedRuns.Incomparable`, `CancellationRequested`.
  init(_ file: RunFile, on side: Side, team: ThreadTeam, control: StepControl) throws {
    let made = file.manifest.model.flatMap { Precision(rawValue: $0.precision) }
    let checkpoint =
      try side.model.map { try Checkpoint.open($0, revision: side.revision) }
      ?? Checkpoint.embedded()
    let workbench = try Workbench.open(
      checkpoint, team: team, precision: side.precision ?? made ?? .exact)
    summary = workbench.summary
    guard summary.vocabularySize == file.manifest.summary.vocabularySize else {
      throw ComparedRuns.vocabularies(file.manifest.summary, summary)
    }
    // As many likeliest tokens as the file has, so that what is read of them is the same.
    let most = file.trajectories.values.lazy.flatMap(\.steps).flatMap(\.readings).map(\.top.count)
      .max()
    let engine = Engine(workbench, candidates: max(1, most ?? 16), copies: CopyCause.hooks)
    engine.know(starts: file.starts)
    guard let node = file.tree.current ?? file.tree.nodes.first?.id else {
      throw ComparedRuns.Incomparable(description: "The file holds no run.")
    }
    var runs = Runs()
    var here: (id: NodeID, lineage: Lineage)?
    for saved in file.tree.path(to: node) {
      let next = try Self.begin(saved, after: here, engine, &runs, control)
      let last = file.trajectories[saved.id]?.lastIteration ?? 0
      for iteration in 0..<last {
        for step in try engine.step([next.lineage], to: iteration + 1, control: control) {
          runs.extend(next.id) { $0.append(step) }
        }
      }
      let arrival = try engine.arrival(next.lineage, control: control)
      runs.extend(next.id) { $0.measured(arrival) }
      here = next
    }
    guard let branch = here.flatMap({ runs.branch(to: $0.id) }) else {
      throw ComparedRuns.Incomparable(description: "The file holds no run.")
    }
    self.branch = branch
    expected = ComparedRuns.expected(of: file, by: summary)
  }

  /// Begins what a cause of the file says, on this model.
  private static func begin(
    _ saved: Node, after here: (id: NodeID, lineage: Lineage)?, _ engine: Engine,
    _ runs: inout Runs, _ control: StepControl
  ) throws -> (id: NodeID, lineage: Lineage) {
    let id: NodeID
    switch (saved.cause, here) {
    case (.prompt(let cause), _):
      let (cause, run) = try engine.begin([.prompt(cause.here)])[0]
      id = try runs.add(cause, run)
    case (.token(let cause), let here?):
      let iteration = saved.fork?.iteration ?? 0
      guard iteration >= 1 || engine.workbench.model.facts.thoughts != nil,
        case .token(let next, let run) = try engine.next(
          after: here.lineage, at: iteration, choice: .chosen(cause.id), control: control)
      else { throw ComparedRuns.Incomparable(description: "No token follows s₀ here.") }
      id = try runs.append(next, at: Fork(node: here.id, iteration: iteration), run)
    case (.edit(let cause), let here?):
      let (_, run) = try engine.edit(here.lineage, cause, control: control)
      id = try runs.edit(here.id, cause, run)
    case (.copy(let cause), let here?):
      let (_, run) = try engine.copy(here.lineage, cause, control: control)
      id = try runs.copy(here.id, cause, run)
    case (_, nil):
      throw ComparedRuns.Incomparable(description: "The file's run begins with no prompt.")
    }
    guard let lineage = runs.tree.lineage(of: id) else {
      throw ComparedRuns.Incomparable(description: "The file's run cannot be had here.")
    }
    return (id, lineage)
  }
}
