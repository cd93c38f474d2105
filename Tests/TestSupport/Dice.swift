import Tasks

/// Chance for tests: the same throws for the same seed, everywhere.
public struct Dice {
  private var random: TaskRandom

  public init(seed: UInt64) { random = TaskRandom(seed: seed) }

  /// A whole number in `0..<count`.
  public mutating func below(_ count: Int) -> Int { random.below(count) }

  /// Whether something comes to pass that does so once in `count` times.
  public mutating func once(in count: Int) -> Bool { random.below(count) == 0 }

  public mutating func one<Choices: RandomAccessCollection>(of all: Choices) -> Choices.Element {
    all[all.index(all.startIndex, offsetBy: random.below(all.count))]
  }
}
