import ArgumentParser
import Checkpoints
import Explorer
import Trajectories

/// What is set, and what may be.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print what the explorer is set to, as a file that can be edited.",
    discussion: """
      It is read from $XDG_CONFIG_HOME/muninn/config.toml, or ~/.config/muninn/config.toml; options on \
      the command line come before it.
      """)

  func run() throws {
    let settings = try Configuration.ofUser()
    for line in Self.text(settings, path: Configuration.path()) { try StandardOutput.say(line) }
  }

  /// The settings with comments; what is not set stands behind `#` as it is without.
  static func text(_ settings: Configuration, path: String?) -> [String] {
    func line(_ name: String, _ value: String?, _ usual: String) -> String {
      value.map { "\(name) = \($0)" } ?? "# \(name) = \(usual)"
    }
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    var lines = ["# muninn: \(path ?? "there is no home to keep a configuration in")", ""]
    lines += [
      "# Colours: " + Theme.allCases.map(\.rawValue).joined(separator: ", ")
        + ". Unset: as the terminal's background.",
      line("theme", settings.theme.map { quoted($0.rawValue) }, quoted("dark")), "",
      "# What plots are drawn with: " + GlyphStyle.allCases.map(\.rawValue).joined(separator: ", ")
        + ". Unset: by the locale.",
      line("glyphs", settings.glyphs.map { quoted($0.rawValue) }, quoted("braille")), "",
      "# Iterations shown a second.",
      line("speed", settings.speed.map { "\($0)" }, "4.0"), "",
      "# What the heat map is coloured by at first; `:metric ` lists them.",
      line(
        "metric", settings.metric.map(quoted), quoted(ExplorerOptions.metricNames.first ?? "")), "",
      "# The model that is opened where none is named. Unset: the one inside the program.",
      line("model", settings.model.map(quoted), quoted("org/name")), "",
      "# Keys of your own: a command as it is typed after the colon.", "[keys]",
    ]
    let keys = settings.keys.map { "\(quoted($0.name)) = \(quoted($0.line))" }
    return lines + (keys.isEmpty ? ["# \"ctrl-t\" = \"theme mono\""] : keys)
  }
}
