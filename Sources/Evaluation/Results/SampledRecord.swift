import Checkpoints
import ParallelScaling
import Trajectories

/// What the copies of one problem came to: all that totals are made of, and all that is needed to
/// choose among their answers once more.
public struct SampledRecord: KeptRecord {
  public let number: Int
  public let group: ProblemGroup
  public let outcome: Outcome

  public enum Outcome: Sendable, Equatable {
    case answered(Sample)
    /// The run without noise stopped being finite: there is no answer.
    case diverged
    /// Why it could not be asked.
    case leftOut(String)
  }

  /// Copies and what was chosen.
  public struct Sample: Sendable, Equatable {
    /// The right answer.
    public let key: Rollout.Answer
    /// Of what was drawn for this problem.
    public let seed: UInt64
    /// The seed that the first copy started from; nil where all started as one.
    public let firstSeed: UInt64?
    /// One a copy; nil where none could be read.
    public let answers: [Rollout.Answer?]
    /// Of the prediction that an answer begins with, nats; one a copy.
    public let entropies: [Double?]
    /// Relative, of the last three iterations; one list a copy.
    public let residuals: [[Double]]
    /// Copies whose numbers stopped being finite; they answer nothing.
    public let lost: Int
    /// The answer of the run without noise.
    public let greedy: Rollout.Answer?
    /// What each aggregator chose that could.
    public let choices: [Choice]

    /// Right copies.
    public var right: Int { answers.filter { $0 == key }.count }
    public var unreadable: Int { answers.filter { $0 == nil }.count }
    /// Different answers.
    public var distinct: Int { Set(answers.compactMap { $0 }).count }
  }

  /// What an aggregator chose.
  public struct Choice: Sendable, Equatable {
    public let aggregator: String
    /// Among all copies.
    public let answer: Rollout.Answer?
    /// Whether it was right among the first 1, 2, 4, … and all copies, see `Coverage.counts`.
    public let rightOfFirst: [Bool]
  }

  public var leftOut: String? {
    if case .leftOut(let reason) = outcome { reason } else { nil }
  }

  public var divergence: Divergence? { nil }

  public func line(file: String) -> String { CheckedLine.seal(members, file: file) }
}

extension SampledRecord.Sample {
  /// - Parameters:
  ///   - rollouts: of all copies, in their order.
  ///   - lost: how many of them stopped being finite.
  init(
    key: Rollout.Answer, seed: UInt64, firstSeed: UInt64?, rollouts: [Rollout], lost: Int,
    greedy: Rollout.Answer?
  ) {
    let counts = Coverage.counts(upTo: rollouts.count)
    let choices = Aggregator.all.filter { $0.canChoose(rollouts) }.map { aggregator in
      // Of the first copies too: one sample of so many, not the mean of all there are.
      let chosen = counts.map { count -> Rollout.Answer? in
        let first = Array(rollouts.prefix(count))
        return aggregator.canChoose(first) ? aggregator.answer(of: first) : nil
      }
      return SampledRecord.Choice(
        aggregator: aggregator.name, answer: chosen.last ?? nil,
        rightOfFirst: chosen.map { $0 == key })
    }
    self.init(
      key: key, seed: seed, firstSeed: firstSeed, answers: rollouts.map(\.answer),
      entropies: rollouts.map(\.entropy), residuals: rollouts.map { Array($0.residuals.suffix(3)) },
      lost: lost, greedy: greedy, choices: choices)
  }
}
