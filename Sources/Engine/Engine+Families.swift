import LatentModels
import Tensors
import Trajectories

/// What is told of several runs side by side, in ln_f space.
extension Engine {
  /// How far they are from their mean, of all positions of their last passages together.
  /// - Parameter iterations: all of them went so far.
  /// - Returns: nil where they are not of one shape, or fewer than two.  // [iterations]
  /// - Throws: as `state`.
  public func spread(
    of lineages: [Lineage], iterations: ClosedRange<Int>,
    control: StepControl = .uninterrupted
  ) throws -> [Float?] {
    try iterations.map { iteration in
      let states = try lineages.map { lineage in
        try control.check()
        return try normalized(lineage, iteration, control: control)
      }
      guard states.allSatisfy({ $0.rows == states[0].rows }) else { return nil }
      return FamilySpread.whole(states)
    }
  }
}
