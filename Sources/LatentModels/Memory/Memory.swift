import Tensors

/// Keys and values of the tokens a model has seen, of one or more sequences: one set for every layer
/// in time, since the core's layers have one for each iteration (or share them, see
/// `CacheStrategy`).
///
/// A value. Copies share their pages, so a fork costs what it adds; going back is keeping an earlier
/// value. Keys are kept as attention reads them, after bias, norm and rotation.
public struct Memory: Sendable {
  public let layout: CacheLayout
  public let strategy: CacheStrategy
  private(set) var sequences: [SequenceMemory]

  /// An empty memory.
  /// - Parameters:
  ///   - sequences: how many.
  ///   - seed: for the `randomized` lookup, the same for every sequence.
  /// - Throws: `CacheStrategyError` when the strategy does not fit the model.
  public init(
    layout: CacheLayout, strategy: CacheStrategy = CacheStrategy(), sequences: Int = 1,
    seed: UInt64 = 0
  ) throws(CacheStrategyError) {
    precondition(sequences >= 1, "a memory is of something")
    try strategy.check(layout)
    self.layout = layout
    self.strategy = strategy
    self.sequences = Array(
      repeating: SequenceMemory(layout: layout, strategy: strategy, seed: seed), count: sequences)
  }

  /// How many sequences it is of.
  public var count: Int { sequences.count }

  /// Positions of each sequence so far.
  public var seen: [Int] { sequences.map(\.seen) }

  /// Bytes of all keys and values, those that copies share counted for each.
  public var bytes: Int { sequences.reduce(0) { $0 + $1.bytes } }

  /// Some of the sequences, in this order; one may be taken more than once, for copies that go their
  /// own ways from here.
  /// - Precondition: at least one, and all exist.
  public func selecting(_ chosen: [Int]) -> Memory {
    precondition(!chosen.isEmpty && chosen.allSatisfy(sequences.indices.contains), "\(chosen)")
    var memory = self
    memory.sequences = chosen.map { sequences[$0] }
    return memory
  }

  /// The sequences of several memories side by side.
  /// - Precondition: at least one, and all are of one model and strategy.
  public static func joining(_ parts: [Memory]) -> Memory {
    precondition(
      parts.allSatisfy { $0.layout == parts[0].layout && $0.strategy == parts[0].strategy },
      "memories of one kind")
    var memory = parts[0]
    memory.sequences = parts.flatMap(\.sequences)
    return memory
  }

  /// Without the last positions of every sequence.
  public func withoutLast(_ count: Int) -> Memory {
    var memory = self
    for index in sequences.indices {
      memory.sequences[index].clear(from: max(0, sequences[index].seen - count))
    }
    return memory
  }

  /// Without what the positions from `first` on keep of the core's iterations from `iteration`
  /// (counted from 0) on: what a token has left that was thought about for so many.
  /// - Precondition: iterations do not share slots.
  public func without(iterationsFrom iteration: Int, positionsFrom first: Int) -> Memory {
    precondition(strategy.sharing == .none, "shared slots have no iteration of their own")
    var memory = self
    let start = layout.core(0, iteration: iteration)
    for index in sequences.indices {
      memory.sequences[index].take(from: first) { $0 >= start }
    }
    return memory
  }

  /// Which positions of a sequence have an entry in which slot, in order.
  public func positions(of sequence: Int = 0) -> [Int: [Int]] {
    let slots = sequences[sequence].slots
    return Dictionary(
      uniqueKeysWithValues: slots.numbers.map { ($0, slots[$0]?.positions.all ?? []) })
  }

  /// Adds positions at the end of each sequence; layers write their keys and values for them next.
  /// - Returns: where they are.
  /// - Precondition: one number a sequence.
  @discardableResult public mutating func extend(by counts: [Int]) -> Places {
    precondition(counts.count == sequences.count, "\(counts.count) of \(sequences.count) sequences")
    let places = Places(counts: counts, after: seen)
    for index in sequences.indices { sequences[index].extend(by: counts[index]) }
    return places
  }

  /// Whether the newest positions may be written to a slot.
  func canWrite(slot: Int) -> Bool { sequences.allSatisfy { $0.canWrite(slot) } }

  /// The slots a read gives, as (position, slot) in order: what attention at `slot` looks at.
  mutating func sources(slot: Int, of sequence: Int = 0) -> [(position: Int, slot: Int)] {
    sequences[sequence].sources(strategy.shared(slot, layout))
  }

  /// Writes the newest keys and values of every sequence.
  /// - Parameter spans: the rows of each.
  mutating func write(
    _ projected: Buffer, spans: [Places.Span], slot: Int, team: ThreadTeam
  ) {
    // Each takes a page now and then, which costs more than the copy.
    team.change(&sequences, workInElement: 20_000) { index, sequence in
      if spans[index].rows.isEmpty { return }
      sequence.write(projected, rows: spans[index].rows, slot: slot)
    }
  }

  /// Whether a sequence has nothing but its newest positions.
  func isFresh(_ sequence: Int) -> Bool { sequences[sequence].seen == sequences[sequence].newest }

  /// Lists the rows that attention at a slot looks at.
  mutating func list(slot: Int, of sequence: Int, into list: inout RowList) {
    sequences[sequence].list(slot, into: &list)
  }
}
