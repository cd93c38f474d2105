/// Watches a run for a condition, of whose iterations nobody keeps more than the newest two.
public struct ConditionWatch: Sendable {
  public let condition: Condition
  private var newest = NewestMoments()
  /// The iteration after which it became so of the last token; nil where it has not yet.
  public private(set) var met: Int?

  public init(_ condition: Condition) { self.condition = condition }

  /// Takes in the next iteration, s₀ first.
  public mutating func add(_ step: Step) {
    let before = newest.all
    newest.add(step)
    guard step.iteration >= 1, met == nil else { return }
    let now = newest.all
    let instant = Instant(
      tokens: now.count, now: { now[$0] }, before: { before.isEmpty ? nil : before[$0] })
    if condition.holds(of: now.count - 1, in: instant) { met = step.iteration }
  }
}

extension Condition {
  /// Whether it looks at what is read out of the state, which takes a readout of every iteration.
  public var readsPrediction: Bool {
    switch self {
    case .says, .argmaxChanges, .argmaxStable, .notFinite: true
    case .compares(let quantity, _, _), .jumps(let quantity, _): quantity.readsPrediction
    case .exits(let name, _):
      ExitRule.rules(hasGate: true).first { $0.name == name }?.readsPrediction ?? true
    case .any(let inner), .every(let inner), .not(let inner): inner.readsPrediction
    case .both(let a, let b), .either(let a, let b): a.readsPrediction || b.readsPrediction
    }
  }

  /// The tokens of the vocabulary whose rank or probability it asks for, by id: watched, they are known
  /// exactly.
  public var watchedTokens: [Int] {
    switch self {
    case .compares(let quantity, _, _), .jumps(let quantity, _):
      switch quantity {
      case .rank(let token), .probability(let token): [token.id]
      case .metric, .iteration: []
      }
    case .any(let inner), .every(let inner), .not(let inner): inner.watchedTokens
    case .both(let a, let b), .either(let a, let b):
      a.watchedTokens + b.watchedTokens.filter { !a.watchedTokens.contains($0) }
    case .says, .argmaxChanges, .argmaxStable, .exits, .notFinite: []
    }
  }

  /// Whether it looks at more tokens than the one it is asked of.
  public var looksAtAllTokens: Bool {
    switch self {
    case .any, .every: true
    case .not(let inner): inner.looksAtAllTokens
    case .both(let a, let b), .either(let a, let b): a.looksAtAllTokens || b.looksAtAllTokens
    default: false
    }
  }
}

extension Condition.Quantity {
  fileprivate var readsPrediction: Bool {
    switch self {
    case .iteration: false
    case .rank, .probability: true
    case .metric(let name): Metric.named(name)?.needs == .readout
    }
  }
}
