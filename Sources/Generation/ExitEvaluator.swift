import Tensors
import Trajectories

/// Asks an exit rule about a run it sees only at its checks.
///
/// To the rule the checks are the iterations: what came before is the check before, and before the
/// first one s₀.
package struct ExitEvaluator: Sendable {
  package let policy: ExitPolicy
  private var checks: Trajectory
  private var previous: Matrix
  private var earlier: Matrix?
  /// Checks in a row that passed, this one included.
  private var passed = 0
  private var lens = Lens(candidates: 1, from: 1)

  /// - Parameter start: s₀.  // [tokens, width]
  package init(_ policy: ExitPolicy, start: Matrix) {
    self.policy = policy
    previous = Self.watched(start, policy.scope)
    let measures = StateMetrics.measure(previous, previous: nil)
    let tokens = measures.indices.map { Token(id: $0, text: "", isSpecial: false) }
    checks = Trajectory(
      prompt: "", tokens: tokens, start: "", initial: Self.step(0, measures: measures, readings: [])
    )
  }

  /// The rule's value at this state; nil where it is undefined.
  /// - Parameter logits: what is read out of a range of positions; asked by rules that need it.
  package mutating func check(_ state: Matrix, logits: (Range<Int>) -> Matrix) -> Float? {
    let watched = Self.watched(state, policy.scope)
    let measures = StateMetrics.measure(watched, previous: previous, earlier: earlier)
    (earlier, previous) = (previous, watched)
    let hidden = state.rows - watched.rows
    var readings: [Reading] = []
    if policy.rule.readsPrediction {
      readings = lens.read(
        rows: watched.rows, vocabulary: .unread,
        logits: { logits($0.lowerBound + hidden..<$0.upperBound + hidden) })
    }
    let number = checks.lastIteration + 1
    checks.append(Self.step(number, measures: measures, readings: readings))
    let value = policy.rule.value(of: checks, iteration: number, scope: policy.scope)
    passed = policy.rule.fires(value, threshold: policy.threshold) ? passed + 1 : 0
    return value
  }

  /// Whether the run is to end after the last check.
  package var hasFired: Bool { passed >= policy.rule.hits }

  /// The rows that count: the last alone when nothing else is looked at.
  private static func watched(_ state: Matrix, _ scope: ExitRule.Scope) -> Matrix {
    scope == .last ? state.rows(state.rows - 1..<state.rows) : state
  }

  /// States are not kept: the measures say what the rules need.
  private static func step(
    _ number: Int, measures: [StateMeasure], readings: [Reading]
  ) -> Step {
    Step(
      iteration: number, measures: measures, readings: readings, duration: .zero)
  }
}
