import LatentModels
import Tensors

/// Fits principal components on chosen states of a run and projects every state on them.
///
/// As in the published trajectory analysis: components of ln_f(s), mean-centred, all chosen tokens
/// and iterations together.
public struct Projector: Sendable {
  public let fit: ProjectionFit
  /// Mean of the fitted states, and unit directions, the one of most variance first.
  public let mean: [Double]  // [width]
  public let components: Matrix  // [components, width]
  /// Share of the variance of the fitted states along each component, largest first.
  public let explainedVarianceRatio: [Float]  // [components]

  /// How many components are kept: three planes of two.
  public static let componentCount = 6

  /// States that are not finite are left out: they have no place in any plane.
  /// - Parameters:
  ///   - samples: ln_f of the states that `fit` names.  // [samples, width]
  ///   - isCancelled: asked between sweeps of a large fit.
  /// - Throws: `PrincipalComponentsError`, `CancellationRequested` when the fit was cancelled.
  public init(
    _ fit: ProjectionFit, samples: Matrix, isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    do {
      let found = try PrincipalComponents(
        of: Self.finiteRows(samples), count: Self.componentCount, isCancelled: isCancelled)
      (mean, components) = (found.mean, found.components)
      explainedVarianceRatio = found.explainedVarianceRatio.map { Float($0) }
    } catch .cancelled {
      throw CancellationRequested()
    }
    self.fit = fit
  }

  /// A basis that was fitted before.
  /// - Parameters:
  ///   - mean: of the fitted states.  // [width]
  ///   - components: unit directions.  // [components, width]
  ///   - explainedVarianceRatio: of each of them.
  /// - Precondition: they are of one width and count.
  public init(
    _ fit: ProjectionFit, mean: [Double], components: Matrix, explainedVarianceRatio: [Float]
  ) {
    precondition(
      components.columns == mean.count && components.rows == explainedVarianceRatio.count,
      "a basis is of one width and count")
    self.fit = fit
    self.mean = mean
    self.components = components
    self.explainedVarianceRatio = explainedVarianceRatio
  }

  private static func finiteRows(_ rows: Matrix) -> Matrix {
    guard !Operations.isFinite(rows.values) else { return rows }
    let kept = (0..<rows.rows).map(rows.row).filter { Operations.isFinite($0) }
    return Matrix(
      rows: kept.count, columns: rows.columns, values: kept.flatMap { $0 })
  }

  /// Coordinates of the tokens of one state; not finite where it is not.  // [tokens][components]
  public func project(_ state: Matrix) -> [[Float]] {
    let projected = PrincipalComponents.project(state, mean: mean, components: components)
    return (0..<projected.rows).map { Array(projected.row($0)) }
  }

  /// A projection of no state yet.
  public var emptyProjection: Projection {
    Projection(
      fit: fit, explainedVarianceRatio: explainedVarianceRatio, coordinates: [],
      spread: PathSpread().sums)
  }
}
