import LatentModels
import Trajectories

/// Where runs stopped being numbers.
extension Engine {
  /// Finds where inside the model a run of a node diverged: what made it runs once more. Tokens count in
  /// the run, as those of its trajectory.
  /// - Throws: as `state`.
  public func located(
    _ divergence: Divergence, of lineage: Lineage, control: StepControl = .uninterrupted
  ) throws -> Divergence {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let iteration = divergence.at.iteration
    let from = divergence.kind == .state ? max(0, iteration - 1) : iteration
    let state = try ready(run, at: from, control)
    let hooks = try changes(of: [run], at: iteration, control).hooks
    let first = run.context.places.spans[0].firstPosition
    let ids = run.context.ids
    return try divergence.shifted(by: first).located(
      in: model, from: state, of: run.context, Call(control: control, hooks: hooks)
    ) { call in
      let edits = try preludeHooks(of: run, control)
      _ = try model.begin(
        [ids], after: run.context.memory?.withoutLast(ids.count),
        Call(control: call.control, hooks: Hooks(edits.all + call.hooks.all)))
    }.shifted(by: -first)
  }
}
