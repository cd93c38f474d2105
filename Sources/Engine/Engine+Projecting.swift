import LatentModels
import Tensors
import Trajectories

/// Projections of a whole text, whose tokens have differently many states.
extension Engine {
  /// A fit takes no more numbers than this; of longer runs, every so many iterations, evenly.
  static let largestFit = 1 << 22

  /// Fits principal components on the states that `fit` names; tokens that have none of these
  /// iterations give nothing.
  /// - Parameter last: the last iteration of each passage that counts.
  /// - Throws: `PrincipalComponentsError`, and as `state`.
  public func projector(
    _ fit: ProjectionFit, of lineage: Lineage, last: [Int],
    control: StepControl = .uninterrupted
  ) throws -> Projector {
    let width = model.facts.width
    let tokens = fit.token == nil ? lineage.ids.count : 1
    let iterations = fit.iterations.clamped(to: 0...max(0, last.max() ?? 0))
    let spacing = max(
      1, (iterations.count * tokens * width + Self.largestFit - 1) / Self.largestFit)
    var values: [Float] = []
    for (passage, last) in zip(lineage.passages, last) {
      for iteration in stride(
        from: iterations.lowerBound, through: min(last, iterations.upperBound), by: spacing)
      {
        try control.check()
        let state = try normalized(passage.lineage, iteration, control: control)
        guard let token = fit.token else {
          values += state.values
          continue
        }
        let row = token - passage.firstToken
        if (0..<state.rows).contains(row) { values += state.row(row) }
      }
    }
    let samples = Matrix(rows: values.count / width, columns: width, values: values)
    return try Projector(fit, samples: samples, isCancelled: control.isCancelled)
  }

  /// Every state of a text in the basis of a projector, and how far apart the states lie.
  /// - Parameter last: the last iteration of each passage that counts.
  /// - Throws: as `state`.
  public func projection(
    _ projector: Projector, of lineage: Lineage, last: [Int],
    control: StepControl = .uninterrupted
  ) throws -> (Projection, PathSpread) {
    var projection = projector.emptyProjection
    let spread = try spread(of: lineage, last: last, control: control) { state, place in
      projection.add(
        projector.project(state), iteration: place.iteration, firstToken: place.token)
    }
    projection.spread = spread.sums
    return (projection, spread)
  }

  /// How far apart the states of every token of a text lie.
  /// - Parameters:
  ///   - last: the last iteration of each passage that counts.
  ///   - each: told of every state, ln_f of it, with its first token and iteration.
  /// - Throws: as `state`.
  public func spread(
    of lineage: Lineage, last: [Int], control: StepControl = .uninterrupted,
    each: (Matrix, Address) -> Void = { _, _ in }
  ) throws -> PathSpread {
    var spread = PathSpread()
    for (passage, last) in zip(lineage.passages, last) {
      for iteration in 0...last {
        try control.check()
        let state = try normalized(passage.lineage, iteration, control: control)
        spread.add(state, firstToken: passage.firstToken)
        each(state, Address(token: passage.firstToken, iteration: iteration))
      }
    }
    return spread
  }
}
