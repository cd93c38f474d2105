import Engine
import LatentModels
import Tensors
import Trajectories

/// What the compute side knows to say of texts beside each other: how far two are apart, and where
/// the paths of several lie in a plane of their own.
struct Comparer {
  /// A run of a text, and where it stands in it.
  private struct Part {
    let lineage: Lineage
    let tokens: Range<Int>
    let lastIteration: Int
  }

  /// The basis that paths were shown on last.
  private var basis: (of: [Lineage], SharedProjector)?

  init() {}

  // MARK: Distances

  /// How far two texts are apart after one iteration, at the positions that both have.
  /// - Parameter last: the last iteration of each passage that counts, of both texts.
  /// - Throws: as `Engine.state`.
  func distances(
    _ engine: Engine, _ a: Lineage, _ b: Lineage, at iteration: Int, last: [[Int]],
    control: StepControl
  ) throws -> BranchDistances.Iteration {
    precondition(last.count == 2, "of two texts")
    let (a, b) = (Self.parts(of: a, last[0]), Self.parts(of: b, last[1]))
    let rows = min(a.last?.tokens.upperBound ?? 0, b.last?.tokens.upperBound ?? 0)
    var divergence = [Float?](repeating: nil, count: rows)
    var distance = divergence
    for mine in a where mine.lastIteration >= iteration {
      for theirs in b where theirs.lastIteration >= iteration {
        let shared = mine.tokens.clamped(to: theirs.tokens)
        guard !shared.isEmpty else { continue }
        let found =
          mine.lineage == theirs.lineage
          // One and the same run.
          ? BranchDistances.Iteration(
            divergence: shared.map { _ in 0 }, distance: shared.map { _ in 0 })
          : try distances(engine, mine, theirs, shared, iteration, control)
        for (index, row) in shared.enumerated() {
          (divergence[row], distance[row]) = (found.divergence[index], found.distance[index])
        }
      }
    }
    return BranchDistances.Iteration(divergence: divergence, distance: distance)
  }

  /// Of some positions that two runs have.
  private func distances(
    _ engine: Engine, _ a: Part, _ b: Part, _ shared: Range<Int>, _ iteration: Int,
    _ control: StepControl
  ) throws -> BranchDistances.Iteration {
    func held(_ part: Part) -> Engine.Held {
      let first = part.tokens.lowerBound
      return Engine.Held(
        engine, part.lineage, rows: shared.lowerBound - first..<shared.upperBound - first)
    }
    return try Engine.distances(held(a), held(b), at: iteration, control: control)
  }

  // MARK: Paths

  /// The paths of a position of several texts in one plane.
  /// - Parameters:
  ///   - from: the first iteration of each that is asked for, on the basis there is; nil to fit one
  ///     anew. Where there is none for these texts it is fitted anew too.
  ///   - last: the last iteration of each passage that counts, of every text.
  /// - Returns: the plane, with the states from `from` on.
  /// - Throws: as `Engine.state`, `PrincipalComponentsError`.
  mutating func plane(
    _ engine: Engine, _ lineages: [Lineage], token: Int, from: [Int]?, last: [[Int]],
    control: StepControl
  ) throws -> (SharedPlane, from: [Int]) {
    let texts = zip(lineages, last).map(Self.parts)
    if let from, from.count == texts.count, let (of, projector) = basis, of == lineages,
      projector.token == token
    {
      let paths = try zip(texts, from).map { parts, first in
        try path(engine, parts, token, from: first, control)
      }
      return (projector.plane(paths), from)
    }
    let paths = try texts.map { try path(engine, $0, token, from: 0, control) }
    let projector = try SharedProjector(
      token: token, paths: paths, isCancelled: control.isCancelled)
    basis = (lineages, projector)
    return (projector.plane(paths), texts.map { _ in 0 })
  }

  /// ln_f of one position's states, one row an iteration; no rows where the text is shorter.
  private func path(
    _ engine: Engine, _ parts: [Part], _ token: Int, from first: Int, _ control: StepControl
  ) throws -> Matrix {
    let width = engine.workbench.model.facts.width
    guard let part = parts.first(where: { $0.tokens.contains(token) }), first <= part.lastIteration
    else { return Matrix(rows: 0, columns: width) }
    var values: [Float] = []
    for iteration in first...part.lastIteration {
      try control.check()
      let state = try engine.normalized(part.lineage, iteration, control: control)
      values += state.row(token - part.tokens.lowerBound)
    }
    return Matrix(rows: part.lastIteration - first + 1, columns: width, values: values)
  }

  /// The runs of a text, that of the prompt first.
  private static func parts(of lineage: Lineage, _ last: [Int]) -> [Part] {
    zip(zip(lineage.passages, lineage.links), last).map { passage, last in
      let first = passage.0.firstToken
      return Part(
        lineage: passage.0.lineage, tokens: first..<first + passage.1.cause.ids.count,
        lastIteration: last)
    }
  }
}
