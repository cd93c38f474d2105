import LatentModels
import Tensors
import Trajectories

/// Projections of a whole text, whose tokens have differently many states.
extension LineageRecorder {
  /// Fits principal components on the states that `fit` names; tokens that have none of these
  /// iterations give nothing.
  public func projector(
    _ fit: ProjectionFit, of lineage: Lineage, isCancelled: @escaping @Sendable () -> Bool
  ) throws -> Projector {
    var values: [Float] = []
    for passage in try normalized(lineage) {
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
    let columns = try recorder(lineage).liveState.columns
    let samples = Matrix(rows: values.count / columns, columns: columns, values: values)
    return try Projector(fit, samples: samples, isCancelled: isCancelled)
  }

  /// How far apart the states of every token of a text lie.
  public func spread(of lineage: Lineage) throws -> PathSpread {
    Projector.spread(of: try normalized(lineage))
  }

  /// Every state of a text in the basis of a projector.
  /// - Parameter spread: what `spread(of:)` said of them; nil where it is to be found out.
  public func project(
    _ projector: Projector, _ lineage: Lineage, spread: PathSpread? = nil
  ) throws -> Projection {
    var projection = projector.project([])
    projection.spread = try (spread ?? self.spread(of: lineage)).sums
    for passage in try normalized(lineage) {
      for (iteration, state) in passage.states.enumerated() {
        projection.add(projector.project(state), iteration: iteration, firstToken: passage.first)
      }
    }
    return projection
  }
}
