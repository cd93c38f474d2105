/// When a token has been thought about long enough (`generate_with_adaptive_compute` of
/// seal-rg/recurrent-pretraining).
public struct ExitPolicy: Sendable {
  public var rule: ExitRule
  public var threshold: Float
  public var scope: ExitRule.Scope
  /// Iterations that are not checked.
  public var minimumIterations = 0
  /// After those, every how many iterations the rule is asked; differences are then taken against
  /// the last time it was.
  public var checkInterval = 1
  /// Whether the prompt may stop early too, as published. Later tokens that go deeper than the
  /// prompt did depend on the lookup strategy of the cache.
  public var exitsInPrefill = true

  /// - Parameters:
  ///   - threshold: nil for the published one.
  ///   - scope: nil for the published one.
  public init(_ rule: ExitRule, threshold: Float? = nil, scope: ExitRule.Scope? = nil) {
    self.rule = rule
    self.threshold = threshold ?? rule.defaultThreshold
    self.scope = scope ?? rule.publishedScope
  }

  /// What is asked where nobody names a rule: whether the state moved by less than 0.03 of its length, as
  /// published. It needs no readout.
  public static let usual = ExitPolicy(.latentDifference)

  /// As it is typed: `latent-diff=0.03:mean`.
  public var words: String { "\(rule.name)=\(threshold):\(scope.rawValue)" }

  /// Whether the rule is asked after an iteration, counted from 1.
  package func checks(after iteration: Int, isPrefill: Bool) -> Bool {
    let index = iteration - 1 - minimumIterations
    return index >= 0 && index % checkInterval == 0 && (exitsInPrefill || !isPrefill)
  }
}
