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

  /// Reads `rule[=threshold][:scope]`.
  /// - Parameter rules: those that may be named.
  /// - Throws: `UnknownExitPolicy`.
  public init(
    parsingScoped text: String, among rules: [ExitRule] = ExitRule.all
  ) throws(UnknownExitPolicy) {
    let (words, scope) = try Self.splitting(text)
    try self.init(parsing: words, scope: scope, among: rules)
  }

  /// Takes the scope off `rule[=threshold][:scope]`; nil where none is named.
  /// - Throws: `UnknownExitPolicy` for a scope that is none.
  public static func splitting(
    _ text: String
  ) throws(UnknownExitPolicy) -> (rule: String, scope: ExitRule.Scope?) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return (text, nil) }
    guard let scope = ExitRule.Scope(rawValue: String(parts[1])) else {
      throw UnknownExitPolicy(
        description: "looks at last, mean or all positions, not \"\(parts[1])\".")
    }
    return (String(parts[0]), scope)
  }
}

/// Words that name no exit rule or threshold. The description goes on after the name of what was
/// given them.
public struct UnknownExitPolicy: Error, CustomStringConvertible {
  public let description: String

  /// - Parameter description: what is wrong, to go on after that name.
  package init(description: String) { self.description = description }
}
