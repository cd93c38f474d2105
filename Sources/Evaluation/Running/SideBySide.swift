import LatentModels
import ParallelScaling

extension EnsemblePlan {
  /// How many copies run side by side: as many as there is room for, up to 64.
  /// - Parameters:
  ///   - most: as many as there are.
  ///   - batch: how many, if somebody said; nil for as many as there is room for.
  ///   - room: bytes that they may take; nil where nobody knows.
  /// - Throws: `CopiesDoNotFit` where there is no room for one, or for those that were asked for.
  public func sideBySide(
    _ most: Int, batch: Int?, room: Int?, _ facts: ModelFacts
  ) throws(CopiesDoNotFit) -> Int {
    let wanted = min(most, batch ?? 64)
    guard let room else { return wanted }
    let each = max(1, bytesPerCopy(facts))
    let fitting = room / each
    let least = batch == nil ? 1 : wanted
    guard fitting >= least else { throw CopiesDoNotFit(copies: least, each: each, room: room) }
    return min(wanted, fitting)
  }
}

/// Copies that would have to run side by side take more memory than there is for them.
public struct CopiesDoNotFit: Error, Equatable {
  public let copies: Int
  /// Bytes of one.
  public let each: Int
  /// Bytes there are for them.
  public let room: Int
  /// Whether they are candidates of a beam search.
  public var areOfBeams = false
}
