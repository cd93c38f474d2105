import Foundation

/// Where what sessions leave behind lies: `$XDG_STATE_HOME/muninn`, by default `~/.local/state/muninn`.
public enum StateFolder {
  /// nil where there is no place for it.
  /// - Parameter environment: where `XDG_STATE_HOME` and `HOME` are looked up.
  public static func path(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    // A path that is not absolute is to be ignored, as the specification of these folders says.
    func absolute(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    return (absolute("XDG_STATE_HOME") ?? absolute("HOME").map { $0 + "/.local/state" })
      .map { $0 + "/muninn" }
  }

  /// The session that was left last.
  public static func lastSession(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    path(environment).map { $0 + "/last.muninn" }
  }

  /// The session that was left before that.
  static func sessionBefore(_ environment: [String: String]) -> String? {
    path(environment).map { $0 + "/before.muninn" }
  }
}
