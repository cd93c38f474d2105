/// The chance that an exit gate has stopped a run that goes on, loop after loop: nothing takes the
/// remainder. The numbers are those of `ExitDistribution`, without looking back.
public struct RunningExit: Sendable, Hashable {
  /// λ of the last loop, the chance to stop there having come that far; nil before the first.
  public private(set) var lambda: Float?
  /// Σ p of all loops so far; 0 before the first.
  public private(set) var chanceToHaveStopped: Float = 0
  private var remaining: Float = 1

  public init() {}

  /// Takes in what the gate said after one more loop, before the sigmoid.
  public mutating func add(gateLogit: Float) {
    let lambda = ExitDistribution.lambda(gateLogit)
    self.lambda = lambda
    chanceToHaveStopped += lambda * remaining
    remaining *= 1 - lambda
  }
}
