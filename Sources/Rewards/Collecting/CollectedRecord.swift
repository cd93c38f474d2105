import Evaluation
import Trajectories

/// What a problem gave for a judge to learn from.
public struct CollectedRecord: KeptRecord {
  public enum Outcome: Sendable, Equatable {
    /// It could not be asked, and why.
    case leftOut(String)
    /// A rollout stopped being numbers.
    case diverged
    /// All rollouts were right, or none was: there is nothing to tell apart.
    case unanimous(right: Bool)
    case kept(Rollouts)
  }

  /// Rollouts of one problem, some right and some not.
  public struct Rollouts: Sendable, Equatable {
    /// Of the prompt.
    public let ids: [Int]
    /// What iterations left, or the thoughts that were fed back.  // [rollouts, steps, width], flattened
    public let states: [Float]
    /// Completions that came out right, of every prefix of every rollout.  // [rollouts][steps]
    public let hits: [[Int]]
    /// Whether each rollout came out right.
    public let correct: [Bool]

    /// - Precondition: sizes agree.
    public init(ids: [Int], states: [Float], hits: [[Int]], correct: [Bool]) {
      let steps = hits.first?.count ?? 0
      precondition(
        hits.count == correct.count && steps > 0 && hits.allSatisfy { $0.count == steps }
          && states.count % (steps * hits.count) == 0, "rollouts of one size")
      (self.ids, self.states, self.hits, self.correct) = (ids, states, hits, correct)
    }

    public var steps: Int { hits[0].count }
    public var width: Int { states.count / (steps * hits.count) }

    // Files keep bits, and a number that is none is not equal to itself.
    public static func == (a: Rollouts, b: Rollouts) -> Bool {
      a.ids == b.ids && a.hits == b.hits && a.correct == b.correct
        && a.states.elementsEqual(b.states) { $0.bitPattern == $1.bitPattern }
    }
  }

  public let number: Int
  public let outcome: Outcome

  public init(number: Int, outcome: Outcome) { (self.number, self.outcome) = (number, outcome) }

  public var leftOut: String? {
    if case .leftOut(let reason) = outcome { reason } else { nil }
  }

  public var divergence: Divergence? { nil }
}
