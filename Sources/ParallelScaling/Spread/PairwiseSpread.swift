import Tensors

/// How far copies are from each other at every iteration, and in how many directions they scatter: of the
/// first of them, whose states it keeps.
public struct PairwiseSpread: Sendable {
  /// More copies than these change little and cost much: pairs grow with their square.
  public static let usualCapacity = 64

  private let plain: [[Float]]  // [iterations + 1][width]
  private var paths: [[[Float]]] = []  // [copies][iterations + 1][width]
  private let capacity: Int
  private var known: [CopySpread?]?  // [iterations + 1]

  /// - Parameters:
  ///   - plain: the states of the run without noise, from s₀ on.  // [iterations + 1][width]
  ///   - capacity: of how many copies states are kept.
  public init(plain: [[Float]], capacity: Int = usualCapacity) {
    self.plain = plain
    self.capacity = max(2, capacity)
  }

  /// How many copies it is of.
  public var count: Int { paths.count }

  /// Takes in a copy, while there is room.
  /// - Precondition: as many states as the run without noise has, as wide.
  public mutating func add(_ path: [[Float]]) {
    precondition(path.map(\.count) == plain.map(\.count), "a path of the same shape")
    guard paths.count < capacity else { return }
    paths.append(path)
    known = nil
  }

  /// Of every iteration; nil of fewer than two copies, and where one is not finite.
  /// // [iterations + 1]
  public mutating func moments() -> [CopySpread?] {
    if let known { return known }
    let found = plain.indices.map { iteration in
      CopySpread(
        Matrix(
          rows: paths.count, columns: plain[iteration].count,
          values: paths.flatMap { $0[iteration] }), plain: plain[iteration][...])
    }
    known = found
    return found
  }
}
