import ParallelScaling

/// Sums over problems that were answered, rightly or not. Whole numbers, so that a sum of sums is the sum, in whatever order.
public struct Tally: Sendable, Equatable {
  public var problems = 0
  /// Problems whose logits were not finite: they have no answer, and count in nothing else.
  public var diverged = 0
  /// Problems that could not be asked: they too count in nothing else.
  public var leftOut = 0
  /// Right answers by start; the first counts.
  public var right: [Int]  // [starts]
  public var agree = 0
  /// Ticks: see `ProblemRecord`.
  public var entropy = 0
  public var flops = 0
  /// Tokens of all answers.
  public var tokens = 0
  /// Iterations of all tokens of all answers.
  public var iterations = 0

  public init(starts: Int) { right = [Int](repeating: 0, count: starts) }

  static func += (left: inout Tally, other: Tally) {
    left.problems = sum(left.problems, other.problems)
    left.diverged = sum(left.diverged, other.diverged)
    left.leftOut = sum(left.leftOut, other.leftOut)
    left.right = zip(left.right, other.right).map(sum)
    left.agree = sum(left.agree, other.agree)
    left.entropy = sum(left.entropy, other.entropy)
    left.flops = sum(left.flops, other.flops)
    left.tokens = sum(left.tokens, other.tokens)
    left.iterations = sum(left.iterations, other.iterations)
  }

  /// A sweep over a large model may come near the largest whole number there is.
  static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// All problems there were.
  var asked: Int { Self.sum(problems, Self.sum(diverged, leftOut)) }

  /// Share of right answers; nil without problems.
  public var accuracy: Double? { mean(right.first ?? 0) }
  /// Share of problems on which all starts agree.
  public var agreement: Double? { mean(agree) }
  /// Mean entropy at the answer's first token, nats.
  public var entropyInNats: Double? { mean(entropy).map { $0 / ProblemRecord.ticks } }
  /// FLOPs of a problem on average.
  public var flopsPerProblem: Double? { mean(flops) }
  /// Tokens of an answer on average.
  public var tokensPerProblem: Double? { mean(tokens) }
  /// Iterations of a token on average.
  public var iterationsPerToken: Double? {
    tokens > 0 ? Double(iterations) / Double(tokens) : nil
  }

  private func mean(_ sum: Int) -> Double? {
    problems > 0 ? Double(sum) / Double(problems) : nil
  }

  /// The interval in which the accuracy lies with 95 % confidence (Wilson 1927).
  public var interval: ClosedRange<Double>? {
    ShareInterval(hits: right.first ?? 0, of: problems).map { $0.lower...$0.upper }
  }
}
