import LatentModels
import Tensors

/// Fits principal components on chosen states of a run and projects every state on them.
///
/// As in the published trajectory analysis: components of ln_f(s), mean-centred, all chosen tokens
/// and iterations together.
public struct Projector: Sendable {
  public let fit: ProjectionFit
  private let components: PrincipalComponents

  /// How many components are kept: three planes of two.
  public static let componentCount = 6

  /// - Parameters:
  ///   - states: ln_f of every state of the run.  // [iterations + 1] of [tokens, width]
  ///   - isCancelled: asked between sweeps of a large fit.
  /// - Throws: `PrincipalComponentsError` when the states hold NaN or infinity,
  ///   `CancellationRequested` when the fit was cancelled.
  public init(
    _ fit: ProjectionFit, states: [Matrix], isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    precondition(!states.isEmpty)
    let last = states.count - 1
    let iterations = min(fit.iterations.lowerBound, last)...min(fit.iterations.upperBound, last)
    var values: [Float] = []
    var rows = 0
    for state in states[iterations] {
      if let token = fit.token {
        values += state.row(token)
        rows += 1
      } else {
        values += state.values
        rows += state.rows
      }
    }
    let samples = Matrix(rows: rows, columns: states[0].columns, values: values)
    try self.init(
      ProjectionFit(token: fit.token, iterations: iterations), samples: samples,
      isCancelled: isCancelled)
  }

  /// - Parameter samples: ln_f of the states that `fit` names.  // [samples, width]
  init(
    _ fit: ProjectionFit, samples: Matrix, isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    do {
      components = try PrincipalComponents(
        of: samples, count: Self.componentCount, isCancelled: isCancelled)
    } catch .cancelled {
      throw CancellationRequested()
    }
    self.fit = fit
  }

  /// Coordinates of the tokens of one state.  // [tokens][components]
  public func project(_ state: Matrix) -> [[Float]] {
    let projected = components.project(state)
    return (0..<projected.rows).map { Array(projected.row($0)) }
  }

  /// The projection of a whole run.
  public func project(_ states: [Matrix]) -> Projection {
    Projection(
      fit: fit, explainedVarianceRatio: components.explainedVarianceRatio.map { Float($0) },
      coordinates: states.map(project))
  }
}
