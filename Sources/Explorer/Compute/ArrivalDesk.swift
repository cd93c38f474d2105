import Engine
import LatentModels
import Trajectories

/// What the compute side remembers of how far the predictions of a text are from its last: that of the
/// passage that can go on, so that every step tells it anew, and whatever is being measured.
struct ArrivalDesk {
  private var works: [Lineage: ArrivalWork] = [:]
  /// The passage that can go on.
  private var live: Lineage?

  /// Rows of predictions that are read in one piece: what a key waits for.
  private static let rowsAtOnce = 1024
  /// Iterations that a step catches up with.
  private static let gap = 2

  init() {}

  /// The next piece of a text.
  /// - Parameter last: the last iteration of each passage that counts.
  /// - Returns: that of every passage once all are done, nil before.
  /// - Throws: as `Engine.logits`.
  mutating func advance(
    _ engine: Engine, _ lineage: Lineage, _ last: [Int], control: StepControl
  ) throws -> [Arrival]? {
    let passages = lineage.passages
    live = lineage
    works = works.filter { work in passages.contains { $0.lineage == work.key } }
    var left = max(1, Self.rowsAtOnce / max(1, lineage.ids.count))
    var found: [Arrival] = []
    for (passage, last) in zip(passages, last) {
      guard left > 0 else { return nil }
      // What was done with stays as it is, unless it is to go on.
      let room = passage.lineage == lineage ? engine.budget / Engine.shareForPredictions : 0
      var work =
        works.removeValue(forKey: passage.lineage)
        ?? ArrivalWork(
          passage.lineage, room: room, skipsStart: engine.isLong(passage.lineage))
      let missing = work.missing(upTo: last)
      let arrival = try work.advance(engine, to: last, reading: left, control: control)
      works[passage.lineage] = work
      left -= missing
      guard let arrival else { return nil }
      found.append(arrival)
    }
    works = works.filter { $0.key == lineage }
    return found
  }

  /// What a step adds, of a run that is looked at and whose predictions are remembered.
  mutating func follow(_ engine: Engine, _ lineage: Lineage, to last: Int) throws -> Arrival? {
    guard lineage == live, var work = works.removeValue(forKey: lineage) else { return nil }
    defer { works[lineage] = work }
    // A long readout is waited for by no step.
    let gap = engine.isLong(lineage) ? 0 : Self.gap
    guard work.missing(upTo: last - 1) <= gap, !work.isTooMuch(upTo: last) else {
      return work.follow(engine, to: last)
    }
    return try work.advance(engine, to: last, reading: Self.gap)
  }
}
