import LatentModels
import Tensors
import Trajectories

extension Engine {
  /// Some positions of a run that somebody has.
  public struct Held {
    public let engine: Engine
    public let lineage: Lineage
    /// Rows of the run, from 0.
    public let rows: Range<Int>

    public init(_ engine: Engine, _ lineage: Lineage, rows: Range<Int>) {
      self.engine = engine
      self.lineage = lineage
      self.rows = rows
    }
  }

  /// Rows of logits at a time: those of a large vocabulary take a MiB each.
  private static let comparedAtOnce = 32

  /// How far two runs are apart after one iteration, position by position. They may be of two models:
  /// what their sizes do not allow to compare is not known.
  /// - Throws: as `state`.
  /// - Precondition: both have as many rows.
  public static func distances(
    _ a: Held, _ b: Held, at iteration: Int, control: StepControl = .uninterrupted
  ) throws -> BranchDistances.Iteration {
    precondition(a.rows.count == b.rows.count, "position by position")
    let (mine, theirs) = (a.engine.model.facts, b.engine.model.facts)
    let unknown = [Float?](repeating: nil, count: a.rows.count)
    var (divergence, distance) = (unknown, unknown)
    if mine.width == theirs.width {
      let states = (
        try a.engine.normalized(a.lineage, iteration, control: control),
        try b.engine.normalized(b.lineage, iteration, control: control)
      )
      distance = zip(a.rows, b.rows).map {
        StateMetrics.distance(states.0.row($0), states.1.row($1))
      }
    }
    guard mine.vocabularySize == theirs.vocabularySize else {
      return BranchDistances.Iteration(divergence: divergence, distance: distance)
    }
    for start in stride(from: 0, to: a.rows.count, by: comparedAtOnce) {
      try control.check()
      func part(_ rows: Range<Int>) -> Range<Int> {
        rows.lowerBound + start..<min(rows.upperBound, rows.lowerBound + start + comparedAtOnce)
      }
      let logits = (
        try a.engine.logits(a.lineage, iteration, rows: part(a.rows), control: control),
        try b.engine.logits(b.lineage, iteration, rows: part(b.rows), control: control)
      )
      for row in 0..<logits.0.rows {
        divergence[start + row] = BranchDistances.divergence(
          logits.0.row(row), logits.1.row(row))
      }
    }
    return BranchDistances.Iteration(divergence: divergence, distance: distance)
  }
}
