import LatentModels
import Tensors
import Trajectories

/// Measures how far what a run says after every iteration is from what it says after the last, a piece at
/// a time. What was read is remembered as far as there is room: as the edge moves on, an iteration costs
/// its comparison and no readout.
public struct ArrivalWork {
  public let lineage: Lineage
  /// Bytes of predictions it remembers at most.
  private let room: Int
  /// Whether s₀ is left out, so that it is not read for this.
  private let skipsStart: Bool
  private var bytes = 0
  /// Logits by iteration.
  private var known: [Int: [Matrix]] = [:]  // of [chunks] of [rows, vocabulary]
  /// What is found of an edge, and with which predictions.
  private var found: [[Float?]] = []  // [iterations so far][tokens]
  private var end: (last: Int, logits: [Matrix])?

  /// Rows of logits asked for at a time.
  static let chunk = Lens.chunk

  public init(_ lineage: Lineage, room: Int, skipsStart: Bool = false) {
    self.lineage = lineage
    self.room = room
    self.skipsStart = skipsStart
  }

  /// How many iterations up to one would have to be read.
  public func missing(upTo last: Int) -> Int {
    (0...last).count { known[$0] == nil && !isSkipped($0) }
  }

  private func isSkipped(_ iteration: Int) -> Bool { skipsStart && iteration == 0 }

  /// In place of what s₀ would be held to.
  private var unknownStart: [Float?] {
    let own = lineage.passages.last.map { lineage.ids.count - $0.firstToken } ?? 0
    return [Float?](repeating: nil, count: own)
  }

  /// Whether an iteration is to be held against the edge there was, not all others against it: all anew at
  /// every step would be as many comparisons as the square of the iterations. What is little work is done
  /// at every step; what is more, whenever there are half as many iterations again.
  public func isTooMuch(upTo newest: Int) -> Bool {
    guard let end, found.count > end.last else { return false }
    let values = end.logits.reduce(0) { $0 + $1.values.count }
    return values * (newest + 1) > Self.mostAtOnce && newest * 2 < end.last * 3
  }

  /// Numbers of predictions that are compared at every step: about a millisecond.
  static let mostAtOnce = 1 << 18

  /// Goes on by so many iterations that have to be read; those that are remembered come along.
  /// - Parameter last: the iteration that the others are compared with; another one begins anew.
  /// - Returns: all of it when it is done, nil before.
  /// - Throws: as `Engine.logits`.
  public mutating func advance(
    _ engine: Engine, to last: Int, reading most: Int, control: StepControl = .uninterrupted
  ) throws -> Arrival? {
    // Nothing that is known is held against what is not read.
    if isSkipped(last) { return Arrival(divergence: [unknownStart]) }
    if end?.last != last {
      end = (last, try logits(engine, last, control))
      found = []
    }
    guard let end else { return nil }
    var left = max(1, most)
    while found.count <= last {
      let iteration = found.count
      if isSkipped(iteration) {
        found.append(unknownStart)
        continue
      }
      let isKnown = known[iteration] != nil || iteration == last
      if !isKnown {
        guard left > 0 else { return nil }
        left -= 1
      }
      try control.check()
      let now = iteration == last ? end.logits : try logits(engine, iteration, control)
      found.append(
        zip(now, end.logits).flatMap { Arrival.divergence(of: $0, from: $1) })
    }
    return Arrival(divergence: Array(found.prefix(last + 1)))
  }

  /// What an iteration that was just made adds where too many would have to be read or compared again: it is held
  /// against the iteration that the others are. What is not at hand is nil.
  /// - Parameter newest: the iteration that was made.
  /// - Returns: nil where nothing was found before.
  public mutating func follow(_ engine: Engine, to newest: Int) -> Arrival? {
    guard let end, found.count > end.last else { return nil }
    while found.count <= newest {
      let iteration = found.count
      let now = known[iteration] ?? engine.newestLogits(lineage, at: iteration)
      if let now { remember(now, at: iteration) }
      found.append(
        zip(now ?? [], end.logits).flatMap { Arrival.divergence(of: $0, from: $1) })
    }
    return Arrival(divergence: found, last: end.last)
  }

  /// What is said after an iteration, remembered or read.
  private mutating func logits(
    _ engine: Engine, _ iteration: Int, _ control: StepControl
  ) throws -> [Matrix] {
    if let logits = known[iteration] { return logits }
    let read =
      try engine.newestLogits(lineage, at: iteration)
      ?? engine.read(
        lineage, iteration, control: control)
    remember(read, at: iteration)
    return read
  }

  private mutating func remember(_ read: [Matrix], at iteration: Int) {
    let size = read.reduce(0) { $0 + 4 * $1.values.count }
    guard known[iteration] == nil, bytes + size <= room else { return }
    bytes += size
    known[iteration] = read
  }
}

extension Engine {
  /// What the last step of a run was read from; nil where that was another iteration, or is let go.
  fileprivate func newestLogits(_ lineage: Lineage, at iteration: Int) -> [Matrix]? {
    guard let (at, lens) = held[lineage]?.lens, at == iteration, !lens.previous.isEmpty else {
      return nil
    }
    return lens.previous
  }

  /// Next-token logits of all of a node's tokens, in chunks.
  fileprivate func read(
    _ lineage: Lineage, _ iteration: Int, control: StepControl
  ) throws -> [Matrix] {
    let rows = try run(lineage, control).context.ids.count
    return try stride(from: 0, to: rows, by: ArrivalWork.chunk).map { start in
      try control.check()
      return try logits(
        lineage, iteration, rows: start..<min(rows, start + ArrivalWork.chunk), control: control)
    }
  }

  /// How far what a run says after every iteration is from what it says after the last, all at once.
  /// - Parameter last: nil for the last iteration it has made.
  /// - Throws: as `state`.
  public func arrival(
    _ lineage: Lineage, last: Int? = nil, control: StepControl = .uninterrupted
  ) throws -> Arrival {
    var work = ArrivalWork(lineage, room: 0)
    let last = last ?? lastIteration(of: lineage) ?? 0
    guard let arrival = try work.advance(self, to: last, reading: .max, control: control) else {
      preconditionFailure("nothing is left to be read")
    }
    return arrival
  }
}
