import LatentModels
import Tensors
import Trajectories

/// Projections of a whole text, whose tokens have differently many states.
extension Engine {
  /// A fit takes no more numbers than this; of longer runs, every so many iterations, evenly.
  static let largestFit = 1 << 22

  /// A text and how far each of its passages counts.
  public struct Text: Sendable, Hashable {
    public let lineage: Lineage
    public let last: [Int]  // [passages]

    public init(_ lineage: Lineage, last: [Int]) {
      self.lineage = lineage
      self.last = last
    }
  }

  /// Fits principal components on the states that `fit` names; tokens that have none of these
  /// iterations give nothing.
  /// - Parameters:
  ///   - last: the last iteration of each passage that counts.
  ///   - others: texts whose states count beside those of this one. What texts have in common counts
  ///     once.
  /// - Throws: `PrincipalComponentsError`, and as `state`.
  public func projector(
    _ fit: ProjectionFit, of lineage: Lineage, last: [Int], beside others: [Text] = [],
    control: StepControl = .uninterrupted
  ) throws -> Projector {
    let width = model.facts.width
    var passages: [(lineage: Lineage, firstToken: Int, iterations: Range<Int>)] = []
    var places: [Lineage: Int] = [:]
    for text in [Text(lineage, last: last)] + others {
      for (passage, last) in zip(text.lineage.passages, text.last) {
        let first = fit.iterations.lowerBound
        let iterations = first..<max(first, min(last, fit.iterations.upperBound) + 1)
        if let place = places[passage.lineage] {
          if passages[place].iterations.count < iterations.count {
            passages[place].iterations = iterations
          }
        } else if !iterations.isEmpty {
          places[passage.lineage] = passages.count
          passages.append((passage.lineage, passage.firstToken, iterations))
        }
      }
    }
    var numbers = 0
    for passage in passages {
      let rows = fit.token == nil ? try rows(passage.lineage, control) : 1
      numbers += passage.iterations.count * rows * width
    }
    let spacing = max(1, (numbers + Self.largestFit - 1) / Self.largestFit)
    var values: [Float] = []
    for passage in passages {
      for iteration in stride(
        from: passage.iterations.lowerBound, to: passage.iterations.upperBound, by: spacing)
      {
        try control.check()
        let state = try normalized(passage.lineage, iteration, control: control)
        guard let token = fit.token else {
          values += state.values
          continue
        }
        let row = token - passage.firstToken
        guard (0..<state.rows).contains(row) else { break }
        values += state.row(row)
      }
    }
    let samples = Matrix(rows: values.count / width, columns: width, values: values)
    return try Projector(fit, samples: samples, isCancelled: control.isCancelled)
  }

  /// How many tokens a passage has.
  private func rows(_ lineage: Lineage, _ control: StepControl) throws -> Int {
    try run(lineage, control).context.ids.count
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
