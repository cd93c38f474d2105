import LatentModels
import Tensors
import Trajectories

/// Derivatives of iterations that were computed before.
extension Engine {
  /// The Jacobian of the iteration that follows a state of a node, with its edits.
  /// - Throws: `NoLinearization`, and as `state`.
  public func linearization(
    _ lineage: Lineage, after iteration: Int, control: StepControl = .uninterrupted
  ) throws -> Linearization {
    let run = try run(lineage, control)
    defer { makeRoom(for: [run]) }
    let state = try ready(run, at: iteration, control)
    let changes = try changes(of: [run], at: iteration + 1, control)
    return try model.linearize(
      state, in: run.context, Call(control: control, hooks: changes.hooks))
  }

  /// Eigenvalues of the Jacobian there, token by token.
  /// - Parameter directions: as in `LocalSpectrum`.
  /// - Throws: as `linearization`.
  public func spectrum(
    _ lineage: Lineage, after iteration: Int, directions: Int = LocalSpectrum.usualDirections,
    control: StepControl = .uninterrupted
  ) throws -> LocalSpectrum {
    let map = try linearization(lineage, after: iteration, control: control)
    return try LocalSpectrum(tokens: map.rows, width: map.width, directions: directions) {
      try control.check()
      return map.pushForward($0, withinTokens: true)
    }
  }

  /// The largest singular value of the Jacobian there; nil where it is not finite.
  /// - Throws: as `linearization`.
  public func largestSingularValue(
    _ lineage: Lineage, after iteration: Int, control: StepControl = .uninterrupted
  ) throws -> Double? {
    let map = try linearization(lineage, after: iteration, control: control)
    return try LargestSingularValue.find(
      rows: map.rows, width: map.width,
      push: {
        try control.check()
        return map.pushForward($0)
      }, pull: map.pullBack)
  }
}
