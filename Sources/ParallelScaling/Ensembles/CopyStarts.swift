import LatentModels
import Tensors

/// Where copies that go on side by side start, token by token. What all of them start from alike is
/// drawn once.
struct CopyStarts {
  /// One a copy, or one for all.
  private var streams: [StartStream]

  /// - Throws: as `StartStream`.
  init(_ plan: EnsemblePlan, _ copies: [Int], of model: any LatentModel) throws {
    let starts = copies.map(plan.start(of:))
    let isOne = starts.allSatisfy { $0 == starts[0] }
    streams = try (isOne ? Array(starts.prefix(1)) : starts).map {
      try StartStream($0, facts: model.facts)
    }
  }

  /// Some of the copies, in this order.
  func selecting(_ lanes: [Int]) -> CopyStarts {
    var some = self
    if streams.count > 1 { some.streams = lanes.map { streams[$0] } }
    return some
  }

  /// The initial states of the next tokens, which stand at the same positions in every copy.
  // [lanes] of [positions, width]
  /// - Parameter lanes: which copies; those that are left out once are not asked for again.
  /// - Throws: as `StartStream.next`.
  mutating func next(_ positions: Range<Int>, of lanes: [Int]) throws -> [Matrix?] {
    if streams.count == 1 {
      let rows = try streams[0].next(positions)
      return lanes.map { _ in rows }
    }
    return try lanes.map { try streams[$0].next(positions) }
  }
}
