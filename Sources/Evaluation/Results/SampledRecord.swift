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
    /// The iteration at which a rule would have stopped it, one a copy; nil where it would not have.
    public let exits: [Int?]
    /// What a judge says of the whole or of all steps, one a copy, nil of which it says nothing; none where
    /// nobody judged.
    public let scores: [Double?]
    /// Of every step, one list a copy; none where nobody judged steps.
    public let stepScores: [[Double]]
    /// Copies whose numbers stopped being finite; they answer nothing.
    public let lost: Int
    /// The answer of the run without noise.
    public let greedy: Rollout.Answer?
    /// What a beam search came to; nil where none was made.
    public let beam: Beam?
    /// What each aggregator chose that could.
    public let choices: [Choice]

    /// Right copies.
    public var right: Int { answers.filter { $0 == key }.count }
    public var unreadable: Int { answers.filter { $0 == nil }.count }
    /// Different answers.
    public var distinct: Int { Set(answers.compactMap { $0 }).count }
  }

  /// The best way of a beam search.
  public struct Beam: Sendable, Equatable {
    public let answer: Rollout.Answer?
    /// Of its steps; none where they are not finite.
    public let stepScores: [Double]
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
  ///   - beam: the best way of a beam search; nil where none was made.
  ///   - options: what aggregators are told.
  init(
    key: Rollout.Answer, seed: UInt64, firstSeed: UInt64?, rollouts: [Rollout], lost: Int,
    greedy: Rollout.Answer?, beam: Rollout? = nil,
    options: Aggregator.Options = Aggregator.Options()
  ) {
    self.init(
      key: key, seed: seed, firstSeed: firstSeed,
      firsts: Coverage.counts(upTo: rollouts.count).map { Array(rollouts.prefix($0)) },
      lost: lost, greedy: greedy, beam: beam, options: options)
  }

  /// The same where what is said of a copy depends on those beside it.
  /// - Parameter firsts: the first 1, 2, 4, … and all copies, see `Coverage.counts`: one sample of so many,
  ///   not the mean of all there are.
  init(
    key: Rollout.Answer, seed: UInt64, firstSeed: UInt64?, firsts: [[Rollout]], lost: Int,
    greedy: Rollout.Answer?, beam: Rollout? = nil,
    options: Aggregator.Options = Aggregator.Options()
  ) {
    let rollouts = firsts.last ?? []
    let choices = Aggregator.table(options).filter { $0.canChoose(rollouts) }.map { aggregator in
      let chosen = firsts.map { first -> Rollout.Answer? in
        aggregator.canChoose(first) ? aggregator.answer(of: first) : nil
      }
      return SampledRecord.Choice(
        aggregator: aggregator.name, answer: chosen.last ?? nil,
        rightOfFirst: chosen.map { $0 == key })
    }
    self.init(
      key: key, seed: seed, firstSeed: firstSeed, answers: rollouts.map(\.answer),
      entropies: rollouts.map(\.entropy), residuals: rollouts.map { Array($0.residuals.suffix(3)) },
      exits: rollouts.map(\.exit),
      scores: rollouts.contains { $0.score != nil } ? rollouts.map(\.score) : [],
      stepScores: rollouts.contains { !$0.stepScores.isEmpty } ? rollouts.map(\.stepScores) : [],
      lost: lost, greedy: greedy,
      beam: beam.map { SampledRecord.Beam(answer: $0.answer, stepScores: $0.stepScores) },
      choices: choices)
  }
}
