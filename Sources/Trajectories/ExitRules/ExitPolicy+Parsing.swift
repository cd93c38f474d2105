extension ExitPolicy {
  /// Reads `rule` or `rule=threshold`; `auto` is the published threshold.
  /// - Parameter rules: those that may be named.
  /// - Throws: `UnknownExitPolicy`.
  public init(
    parsing text: String, scope: ExitRule.Scope? = nil, among rules: [ExitRule] = ExitRule.all
  ) throws(UnknownExitPolicy) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first.map(String.init),
      let rule = rules.first(where: { $0.name == name })
    else {
      let names = rules.map(\.name).joined(separator: ", ")
      throw UnknownExitPolicy(description: "knows \(names), not \"\(parts.first ?? "")\".")
    }
    var threshold: Float?
    if parts.count == 2, parts[1] != "auto" {
      guard let value = Float(String(parts[1])), value.isFinite else {
        throw UnknownExitPolicy(
          description: "\(rule.name)= takes a number, not \"\(parts[1])\".")
      }
      threshold = value
    }
    self.init(rule, threshold: threshold, scope: scope)
  }
}

/// Words that name no exit rule or threshold. The description goes on after the name of what was
/// given them.
public struct UnknownExitPolicy: Error, CustomStringConvertible {
  public let description: String

  /// - Parameter description: what is wrong, to go on after that name.
  package init(description: String) { self.description = description }
}
