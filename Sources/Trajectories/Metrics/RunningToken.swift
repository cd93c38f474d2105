import LatentModels

/// What one token's run adds up to after an iteration, without looking back.
public struct RunningToken: Sendable {
  /// How many iterations before had the same argmax without a break; nil at s₀, and where there is
  /// no argmax.
  public private(set) var repeats: Int?
  /// What the exit gate came to; nil once it said nothing, or nothing finite.
  public private(set) var gate: RunningExit? = RunningExit()

  /// That of s₀.
  init() {}

  mutating func add(_ step: Step, after before: Step, token: Int) {
    let best = Self.argmax(step, token)
    let isSame = best != nil && step.iteration > 1 && best == Self.argmax(before, token)
    repeats = best.map { _ in isSame ? repeats.map { $0 + 1 } ?? 0 : 0 }
    if let logit = step.gates?[token], logit.isFinite {
      gate?.add(gateLogit: logit)
    } else {
      gate = nil
    }
  }

  static func argmax(_ step: Step, _ token: Int) -> Int? {
    // Rules that look at the state alone run without readings.
    step.readings.indices.contains(token) ? step.readings[token].argmax : nil
  }
}
