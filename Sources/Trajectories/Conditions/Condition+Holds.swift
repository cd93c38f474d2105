/// What a condition is asked of: all tokens of a run after one iteration, and after the one before.
public struct Instant {
  /// How many tokens there are.
  public let tokens: Int
  let now: (Int) -> Moment
  let before: (Int) -> Moment?

  /// - Parameters:
  ///   - now: a token after this iteration.
  ///   - before: the same one iteration earlier; nil at s₀.
  public init(
    tokens: Int, now: @escaping (Int) -> Moment, before: @escaping (Int) -> Moment?
  ) {
    self.tokens = tokens
    self.now = now
    self.before = before
  }
}

extension Trajectory {
  /// All tokens after an iteration.
  /// - Precondition: it is there.
  public func instant(_ iteration: Int) -> Instant {
    Instant(
      tokens: tokens.count, now: { moment(token: $0, iteration: iteration) },
      before: { iteration > 0 ? moment(token: $0, iteration: iteration - 1) : nil })
  }

  /// The first iteration within a range, from 1, after which a condition holds of a token; counted
  /// from the end of the range where it is asked for backwards.
  public func first(
    _ condition: Condition, token: Int, in range: ClosedRange<Int>, backwards: Bool = false
  ) -> Int? {
    let range = range.clamped(to: 1...Swift.max(1, lastIteration))
    guard lastIteration >= 1, range.upperBound <= lastIteration else { return nil }
    let holds = { (iteration: Int) in
      condition.holds(of: token, in: self.instant(iteration))
    }
    return backwards ? range.reversed().first(where: holds) : range.first(where: holds)
  }
}

extension Condition {
  /// Whether it is so; what is not known is not.
  public func holds(of token: Int, in instant: Instant) -> Bool {
    verdict(of: token, instant) ?? false
  }

  /// Whether it is so; nil where that is not known, as of a diverged run's entropy. With unknown parts
  /// a whole may be known: what is false makes an `&&` false whatever the rest.
  private func verdict(of token: Int, _ instant: Instant) -> Bool? {
    switch self {
    case .not(let inner): inner.verdict(of: token, instant).map { !$0 }
    case .both(let a, let b): Self.all([a, b].lazy.map { $0.verdict(of: token, instant) })
    case .either(let a, let b): Self.some([a, b].lazy.map { $0.verdict(of: token, instant) })
    case .any(let inner):
      Self.some((0..<instant.tokens).lazy.map { inner.verdict(of: $0, instant) })
    case .every(let inner):
      Self.all((0..<instant.tokens).lazy.map { inner.verdict(of: $0, instant) })
    case .compares(let quantity, let comparison, let number):
      quantity.value(instant.now(token)).flatMap { comparison.verdict($0, number) }
    case .jumps(let quantity, let factor):
      Self.jumps(quantity, by: factor, instant.now(token), instant.before(token))
    case .exits(let name, let threshold):
      ExitRule.rules(hasGate: true).first { $0.name == name }.flatMap { rule in
        let now = Self.passes(rule, threshold, instant.now(token))
        return rule.hits == 1 || now == false
          ? now
          : Self.all(
            [now, instant.before(token).flatMap { Self.passes(rule, threshold, $0) }])
      }
    default: verdict(of: instant.now(token))
    }
  }

  /// Whether a token's own value passes a rule's threshold.
  private static func passes(_ rule: ExitRule, _ threshold: Float?, _ moment: Moment) -> Bool? {
    guard !moment.step.isDiverged(token: moment.token) else { return false }
    return rule.metric.value(moment).map {
      rule.fires(Float($0), threshold: threshold ?? rule.defaultThreshold)
    }
  }

  private static func all(_ verdicts: some Sequence<Bool?>) -> Bool? {
    some(verdicts.lazy.map { $0.map { !$0 } }).map { !$0 }
  }

  private static func some(_ verdicts: some Sequence<Bool?>) -> Bool? {
    var isKnown = true
    for verdict in verdicts {
      if verdict == true { return true }
      if verdict == nil { isKnown = false }
    }
    return isKnown ? false : nil
  }

  private func verdict(of moment: Moment) -> Bool? {
    switch self {
    case .says(let token, let isThat): moment.reading?.argmax.map { ($0 == token.id) == isThat }
    case .argmaxChanges: moment.reading.map { _ in moment.isFlip }
    case .argmaxStable(let count): moment.running.repeats.map { $0 >= count - 1 }
    case .notFinite: moment.step.isDiverged(token: moment.token)
    default: nil
    }
  }

  private static func jumps(
    _ quantity: Quantity, by factor: Double, _ now: Moment, _ before: Moment?
  ) -> Bool? {
    guard let now = quantity.value(now), let before = before.flatMap(quantity.value),
      now.lowerBound == now.upperBound, before.lowerBound == before.upperBound,
      now.lowerBound > 0, before.lowerBound > 0
    else { return nil }
    let ratio = now.lowerBound / before.lowerBound
    return ratio >= factor || ratio <= 1 / factor
  }
}

extension Condition.Quantity {
  /// Its value, or between which it lies: a reading keeps the likeliest tokens and those that are
  /// watched, and of any other it is known that it is no likelier than the last of the likeliest. nil
  /// where nothing is known.
  func value(_ moment: Moment) -> ClosedRange<Double>? {
    switch self {
    case .iteration: return Double(moment.step.iteration)...Double(moment.step.iteration)
    case .metric(let name):
      return Metric.named(name)?.value(moment).map { $0...$0 }
    case .rank(let token):
      if let standing = moment.reading?.standing(of: token.id) {
        return Double(standing.rank)...Double(standing.rank)
      }
      guard let top = moment.reading?.top, !top.isEmpty else { return nil }
      if let place = top.firstIndex(where: { $0.id == token.id }) {
        return Double(place + 1)...Double(place + 1)
      }
      return Double(top.count + 1)...Double.greatestFiniteMagnitude
    case .probability(let token):
      if let standing = moment.reading?.standing(of: token.id) {
        return Double(standing.probability)...Double(standing.probability)
      }
      guard let top = moment.reading?.top, let last = top.last else { return nil }
      if let probability = top.probability(of: token.id) {
        return Double(probability)...Double(probability)
      }
      return 0...Double(last.probability)
    }
  }
}

extension Condition.Comparison {
  /// Whether it is so wherever in the range the value lies; nil where it may be either.
  func verdict(_ value: ClosedRange<Double>, _ number: Double) -> Bool? {
    switch self {
    case .less: value.upperBound < number ? true : value.lowerBound >= number ? false : nil
    case .atMost: value.upperBound <= number ? true : value.lowerBound > number ? false : nil
    case .greater: Self.atMost.verdict(value, number).map { !$0 }
    case .atLeast: Self.less.verdict(value, number).map { !$0 }
    case .equal:
      !value.contains(number) ? false : value.lowerBound == value.upperBound ? true : nil
    case .different: Self.equal.verdict(value, number).map { !$0 }
    }
  }
}
