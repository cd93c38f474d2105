import ArgumentParser
import Trajectories

/// When the thinking of a copy would have been stopped, by which copies are told apart.
struct CopyExitOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "When a copy's thinking would have been stopped, which earliest-exit chooses by (default: "
        + "\(ExitPolicy.usual.words); scope: last, mean or all positions).",
      valueName: "rule[=threshold][:scope]"))
  var exit: String?

  func validate() throws { _ = try policy() }

  /// The rule that was asked for, or the usual one.
  func policy() throws -> ExitPolicy { try Self.policy(exit) }

  /// - Parameter words: what was typed; nil for the usual one.
  /// - Throws: `ValidationError`.
  static func policy(_ words: String?) throws -> ExitPolicy {
    guard let words else { return .usual }
    do throws(UnknownExitPolicy) {
      return try ExitPolicy(parsingScoped: words)
    } catch {
      throw ValidationError("--exit \(error)")
    }
  }
}
