/// Every n-th problem of a set: what one job of an array does.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
  /// From 0 to `count - 1`.
  public let index: Int
  public let count: Int

  /// The most parts.
  private static let most = 1_000_000

  /// The whole.
  public static let whole = Shard(index: 0, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `1/4`. Job arrays count from 0 or from 1: both will do, `4/4` is `0/4`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1],
      (1...Self.most).contains(count), (0...count).contains(index)
    else { return nil }
    self.init(index: index % count, count: count)
  }

  public var description: String { "\(index)/\(count)" }

  /// Whether a problem, by its place in the set, belongs to it.
  public func contains(_ number: Int) -> Bool { number % count == index }
}
