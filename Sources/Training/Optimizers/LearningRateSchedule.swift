/// The factor on the learning rates over the steps of one stage: up in a line, constant, down in a
/// line.
public struct LearningRateSchedule: Sendable, Equatable {
  /// Steps until the full rate is reached.
  public var warmup: Int
  /// Part of the steps after which the rate begins to fall; 1 for never.
  public var decayFrom: Double
  /// Factor at the last step.
  public var final: Double

  public init(warmup: Int = 30, decayFrom: Double = 0.6, final: Double = 0.02) {
    self.warmup = warmup
    self.decayFrom = decayFrom
    self.final = final
  }

  /// The factor of one step.
  /// - Parameter step: counted from 0, below `steps`.
  public func factor(step: Int, of steps: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup) }
    let start = decayFrom * Double(steps)
    let length = Double(steps - 1) - start
    guard Double(step) > start, length > 0 else { return 1 }
    return 1 - (1 - final) * (Double(step) - start) / length
  }
}
