import Tensors

/// Which questions a judge learns from, and which it is measured on.
public struct RewardSplit: Sendable, Equatable {
  public let training: [Int]
  public let validation: [Int]

  /// Draws prompts for validation; a prompt that several files have is on one side alone.
  /// - Parameter share: of the prompts that are measured on, at least one.
  /// - Returns: nil where there are fewer than two prompts, or none is left to learn from.
  public init?(_ data: RewardData, share: Double, seed: UInt64) {
    var order: [[Int]: Int] = [:]
    for question in data.questions where order[question.ids] == nil {
      order[question.ids] = order.count
    }
    let count = max(1, Int((share * Double(order.count)).rounded()))
    guard count < order.count else { return nil }
    let drawn = Set(
      Self.shuffled(order.count, PlacedRandom(seed: seed).at(Self.splitting)).prefix(count))
    let isDrawn = data.questions.map { order[$0.ids].map(drawn.contains) ?? false }
    training = isDrawn.indices.filter { !isDrawn[$0] }
    validation = isDrawn.indices.filter { isDrawn[$0] }
  }

  /// The questions to learn from in the order of an epoch.
  public func order(epoch: Int, seed: UInt64) -> [Int] {
    let place = PlacedRandom(seed: seed).at(Self.ordering).at(UInt64(epoch))
    return Self.shuffled(training.count, place).map { training[$0] }
  }

  private static let splitting: UInt64 = 1
  private static let ordering: UInt64 = 2

  /// 0..<count in the order of random bits, of equal ones the lower first.
  private static func shuffled(_ count: Int, _ place: PlacedRandom) -> [Int] {
    let bits = (0..<count).map { place.bits(UInt64($0)) }
    return (0..<count).sorted { (bits[$0], $0) < (bits[$1], $1) }
  }
}
