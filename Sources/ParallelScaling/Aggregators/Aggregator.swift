import Glibc

/// A way to choose one answer out of several copies. To add one: a row here.
public struct Aggregator: Sendable {
  /// What has to be known of every copy.
  public enum Need: Sendable, Hashable {
    case answers
    /// What a judge says of it, of the whole or of the steps.
    case score
    /// Scores of the steps.
    case scores
    case residuals
    case entropy
    /// The iteration at which an exit rule would have stopped it.
    case exits
  }

  public let name: String
  public let explanation: String
  public let needs: Need
  let compute: @Sendable ([Rollout]) -> Rollout.Answer?

  /// The answer chosen; nil where none can be.
  public func answer(of rollouts: [Rollout]) -> Rollout.Answer? {
    rollouts.isEmpty ? nil : compute(rollouts)
  }

  /// Whether what it needs is known of the copies.
  public func canChoose(_ rollouts: [Rollout]) -> Bool {
    switch needs {
    case .answers: true
    // A copy of which a judge cannot say anything, such as one that overflowed, is out.
    case .score: rollouts.contains { $0.score != nil }
    case .scores: rollouts.contains { !$0.stepScores.isEmpty }
    case .residuals: rollouts.allSatisfy { !$0.residuals.isEmpty }
    case .entropy: rollouts.allSatisfy { $0.entropy != nil }
    case .exits: rollouts.contains { $0.exit != nil }
    }
  }

  /// What rows can be told.
  public struct Options: Sendable, Hashable {
    /// β of acceptance–rejection: the smaller, the more the largest score is preferred. The paper's rewards
    /// are worth the same from 0.001 to 0.1.
    public var beta: Double
    /// Of what rows draw.
    public var seed: UInt64

    /// - Precondition: β is above 0.
    public init(beta: Double = 0.1, seed: UInt64 = 0) {
      precondition(beta > 0, "β above 0")
      (self.beta, self.seed) = (beta, seed)
    }
  }

  /// The table, with what its rows are usually told.
  public static let all: [Aggregator] = table(Options())

  /// The table. A random copy is no row: its accuracy is the mean of all copies'.
  public static func table(_ options: Options) -> [Aggregator] {
    [
      Aggregator(
        name: "majority", explanation: "most votes; those that answer nothing do not vote",
        needs: .answers
      ) { Vote($0).winner?.answer },
      Aggregator(
        name: "majority-released",
        explanation: "most votes, as released: answering nothing is a class that can win",
        needs: .answers
      ) { Vote($0, countsUnreadable: true).winner?.answer },
      Aggregator(
        name: "weighted", explanation: "votes weighed by the softmax of summed scores",
        needs: .score
      ) { rollouts in
        Vote(rollouts, weights: ScoreReduction.softmax(scores(rollouts, .sum))).winner?.answer
      },
      Aggregator(
        name: "weighted-mean", explanation: "votes weighed by the softmax of mean scores",
        needs: .scores
      ) { rollouts in
        Vote(rollouts, weights: ScoreReduction.softmax(scores(rollouts, .mean))).winner?.answer
      },
    ]
      + [ScoreReduction.sum, .mean, .last, .min, .sumLogSigmoid].map { reduction in
        Aggregator(
          // Σ ln σ(r) is the score of judges that were trained by binary cross-entropy.
          name: "best-of-n-\(reduction == .sumLogSigmoid ? "bce" : reduction.rawValue)",
          explanation: "the copy with the largest score, \(reduction.rawValue) over its steps",
          needs: reduction == .sum ? .score : .scores
        ) { rollouts in best(scores(rollouts, reduction)).map { rollouts[$0].answer } ?? nil }
      }
      + [
        acceptanceRejection(options),
        Aggregator(
          name: "lowest-residual",
          explanation: "the copy that moves least over its last three iterations (EqR)",
          needs: .residuals
        ) { rollouts in
          mostConverged(rollouts.map(\.residuals), last: 3).map { rollouts[$0].answer } ?? nil
        },
        Aggregator(
          name: "lowest-entropy", explanation: "the copy that is surest of what it says first",
          needs: .entropy
        ) { rollouts in
          best(rollouts.map { -($0.entropy ?? .infinity) }).map { rollouts[$0].answer } ?? nil
        },
        Aggregator(
          name: "earliest-exit", explanation: "the copy that an exit rule stops first",
          needs: .exits
        ) { rollouts in
          best(rollouts.map { -Double($0.exit ?? .max) }).map { rollouts[$0].answer } ?? nil
        },
      ]
  }

  /// The aggregator of a name; nil if there is none.
  public static func named(_ name: String) -> Aggregator? { all.first { $0.name == name } }

  /// The place of the largest; of several the first. nil of nothing.
  public static func best(_ scores: [Double]) -> Int? {
    scores.indices.reduce(nil) { best, index in
      guard let best else { return index }
      return scores[index] > scores[best] ? index : best
    }
  }

  /// The copy whose mean residual over the last iterations is smallest; of several the first.
  /// - Parameter residuals: of each copy; those with none are out.  // [copies][iterations]
  public static func mostConverged(_ residuals: [[Double]], last: Int) -> Int? {
    best(
      residuals.map { values in
        let end = values.suffix(max(1, last))
        return end.isEmpty ? -.infinity : -end.reduce(0, +) / Double(end.count)
      })
  }

  private static func scores(_ rollouts: [Rollout], _ reduction: ScoreReduction) -> [Double] {
    rollouts.map {
      (reduction == .sum ? $0.score : reduction.score($0.stepScores)) ?? -.infinity
    }
  }
}
