import LatentModels
import Tensors

/// Projections of a whole text, whose tokens have differently many states.
extension RolloutRecorder {
  /// Fits principal components on the states that `fit` names; tokens that have none of these
  /// iterations give nothing.
  public func projector(
    _ fit: ProjectionFit, isCancelled: @escaping @Sendable () -> Bool
  ) throws -> Projector {
    var values: [Float] = []
    for passage in normalized {
      for iteration in fit.iterations where iteration < passage.states.count {
        let state = passage.states[iteration]
        guard let token = fit.token else {
          values += state.values
          continue
        }
        let row = token - passage.first
        if (0..<state.rows).contains(row) { values += state.row(row) }
      }
    }
    let columns = prompt.steps[0].state.columns
    let samples = Matrix(rows: values.count / columns, columns: columns, values: values)
    return try Projector(fit, samples: samples, isCancelled: isCancelled)
  }

  /// How far apart the states of every token lie.
  public func spread() -> PathSpread { Projector.spread(of: normalized) }

  /// Every state of the text in the basis of a projector.
  /// - Parameter spread: what `spread()` said of them; nil where it is to be found out.
  public func project(_ projector: Projector, spread: PathSpread? = nil) -> Projection {
    var projection = projector.project([])
    projection.spread = (spread ?? self.spread()).sums
    for passage in normalized {
      for (iteration, state) in passage.states.enumerated() {
        projection.add(projector.project(state), iteration: iteration, firstToken: passage.first)
      }
    }
    return projection
  }
}
