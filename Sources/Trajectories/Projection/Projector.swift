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
  /// - Throws: `PrincipalComponentsError`, `CancellationRequested` when the fit was cancelled.
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

  /// States that are not finite are left out: they have no place in any plane.
  /// - Parameter samples: ln_f of the states that `fit` names.  // [samples, width]
  package init(
    _ fit: ProjectionFit, samples: Matrix, isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    do {
      components = try PrincipalComponents(
        of: Self.finiteRows(samples), count: Self.componentCount, isCancelled: isCancelled)
    } catch .cancelled {
      throw CancellationRequested()
    }
    self.fit = fit
  }

  private static func finiteRows(_ rows: Matrix) -> Matrix {
    guard !Operations.isFinite(rows.values) else { return rows }
    let kept = (0..<rows.rows).map(rows.row).filter { Operations.isFinite($0) }
    return Matrix(
      rows: kept.count, columns: rows.columns, values: kept.flatMap { $0 })
  }

  /// Coordinates of the tokens of one state; not finite where it is not.  // [tokens][components]
  public func project(_ state: Matrix) -> [[Float]] {
    let projected = components.project(state)
    return (0..<projected.rows).map { Array(projected.row($0)) }
  }

  /// How far apart the states of passages lie, each with the position of its first token.
  package static func spread(of passages: [(first: Int, states: [Matrix])]) -> PathSpread {
    var spread = PathSpread()
    for passage in passages {
      for state in passage.states { spread.add(state, firstToken: passage.first) }
    }
    return spread
  }

  /// The projection of a whole run.
  public func project(_ states: [Matrix]) -> Projection {
    Projection(
      fit: fit, explainedVarianceRatio: components.explainedVarianceRatio.map { Float($0) },
      coordinates: states.map(project), spread: Self.spread(of: [(0, states)]).sums)
  }
}
