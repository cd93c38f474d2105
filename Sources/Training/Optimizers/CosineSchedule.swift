import Glibc

/// The factor on learning rates over a whole run: up in a line, then down along half a cosine.
public struct CosineSchedule: Sendable, Equatable {
  /// Steps in all.
  public let steps: Int
  /// Steps until the full rate is reached.
  public let warmup: Int

  /// - Parameter warmup: share of the steps in which the rate rises.
  public init(steps: Int, warmup share: Double = 0.1) {
    self.steps = max(1, steps)
    warmup = max(1, Int((share * Double(steps)).rounded()))
  }

  /// The factor of one step.
  /// - Parameter step: counted from 0, below `steps`.
  public func factor(step: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup) }
    let share = Double(step - warmup) / Double(max(1, steps - warmup))
    return 0.5 * (1 + cos(.pi * min(1, share)))
  }
}
