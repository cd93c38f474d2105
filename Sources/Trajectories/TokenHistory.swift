/// What one token's run adds up to, kept as iterations come so that no question about it looks
/// through all of them.
struct TokenHistory: Sendable {
  private(set) var flips: [Int] = []
  /// By iteration, s₀ included.
  private(set) var running = [RunningToken()]  // [iterations + 1]
  /// The first iteration, from 0, with something that is not finite.
  private(set) var diverged: Int?

  init(_ initial: Step, token: Int) {
    if initial.isDiverged(token: token) { diverged = 0 }
  }

  /// Takes in s₀ once it was read out.
  mutating func read(start: Step, token: Int) {
    if start.isDiverged(token: token) { diverged = 0 }
  }

  mutating func add(_ step: Step, after before: Step, token: Int) {
    if step.iteration > 1, Self.isFlip(from: before, to: step, token: token) {
      flips.append(step.iteration)
    }
    if diverged == nil, step.isDiverged(token: token) { diverged = step.iteration }
    var next = running[running.count - 1]
    next.add(step, after: before, token: token)
    running.append(next)
  }

  /// Whether two steps say different tokens, both of them saying one.
  static func isFlip(from before: Step, to step: Step, token: Int) -> Bool {
    guard let now = RunningToken.argmax(step, token),
      let then = RunningToken.argmax(before, token)
    else { return false }
    return now != then
  }
}
