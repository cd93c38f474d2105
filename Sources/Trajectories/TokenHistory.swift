import LatentModels

/// What one token's run adds up to, kept as iterations come so that no question about it looks
/// through all of them.
struct TokenHistory: Sendable {
  private(set) var flips: [Int] = []
  /// By iteration, from 1.
  private(set) var repeats: [Int?] = []  // [iterations]
  /// By iteration, from 1.
  private(set) var chances: [Float?] = []  // [iterations]
  /// The first iteration, from 0, with something that is not finite.
  private(set) var diverged: Int?
  private var gate: RunningExit? = RunningExit()

  init(_ initial: Step, token: Int) {
    if initial.isDiverged(token: token) { diverged = 0 }
  }

  mutating func add(_ step: Step, after before: Step, token: Int) {
    if step.iteration > 1, Self.isFlip(from: before, to: step, token: token) {
      flips.append(step.iteration)
    }
    if diverged == nil, step.isDiverged(token: token) { diverged = step.iteration }
    let best = Self.argmax(step, token)
    let isSame = best != nil && step.iteration > 1 && best == Self.argmax(before, token)
    repeats.append(best.map { _ in isSame ? (repeats.last ?? nil).map { $0 + 1 } ?? 0 : 0 })
    if let logit = step.gates?[token], logit.isFinite {
      gate?.add(gateLogit: logit)
    } else {
      gate = nil
    }
    chances.append(gate?.chanceToHaveStopped)
  }

  /// Whether two steps say different tokens, both of them saying one.
  static func isFlip(from before: Step, to step: Step, token: Int) -> Bool {
    guard let now = argmax(step, token), let then = argmax(before, token) else { return false }
    return now != then
  }

  private static func argmax(_ step: Step, _ token: Int) -> Int? {
    // Rules that look at the state alone run without readings.
    step.readings.indices.contains(token) ? step.readings[token].argmax : nil
  }
}
