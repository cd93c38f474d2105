import Checkpoints
import Evaluation

/// What rollouts a judge learns from are made of. Results of one plan can be put together; those of two
/// cannot.
public struct CollectionPlan: Sendable {
  /// The most completions of a prefix.
  public static let mostCompletions = 1 << 16

  /// The rollouts of every problem.
  public let sampled: SampledPlan
  /// Iterations, or thoughts, of every rollout.
  public let steps: Int
  /// Completions of every prefix of a rollout.
  public let completions: Int

  /// - Precondition: at least two rollouts and one completion, and a number of iterations.
  public init(_ sampled: SampledPlan, completions: Int) {
    guard let steps = sampled.iterations else {
      preconditionFailure("rollouts of a judge have one number of steps")
    }
    precondition(
      sampled.samples > 1 && (1...Self.mostCompletions).contains(completions)
        && (1..<1 << 20).contains(steps),
      "\(sampled.samples) rollouts of \(steps) steps, \(completions) completions")
    (self.sampled, self.steps, self.completions) = (sampled, steps, completions)
  }

  /// Everything that decides about the results.
  public var document: JSONValue {
    // What is chosen among answers is of no account here.
    let members = (sampled.document.members ?? []).filter { $0.name != "aggregators" }
    return .object(members + [JSONMember("completions", .integer(completions))])
  }

  /// Whether all completions of a prefix are the same: what makes copies different is drawn before the first
  /// iteration, if at all.
  public var isSettledAtTheStart: Bool {
    sampled.perturbations.allSatisfy { $0.strength == 0 || $0.kind.name == "noise-on-e" }
  }

  /// Whose noise a completion has: of the rollout, the prefix and its own number alone, and never that of a
  /// rollout.
  /// - Parameter prefix: its iterations.
  func number(rollout: Int, prefix: Int, completion: Int) -> Int {
    ((rollout + 1) << 20 + prefix) << 20 + completion
  }
}
