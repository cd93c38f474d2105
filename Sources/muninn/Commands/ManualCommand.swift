import ArgumentParser
import Checkpoints

/// Pages made of the tables that the program goes by.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the manual: every command, option and key.",
    discussion: """
      --man is the page that man shows: muninn manual | man -l -. --keys are the keys and commands of the \
      explorer as Markdown. Completions of a shell are printed by --generate-completion-script.
      """)

  enum Page: String, EnumerableFlag {
    case man
    case keys

    static func help(for value: Page) -> ArgumentHelp? {
      switch value {
      case .man: "The manual page, in roff (the default)."
      case .keys: "Keys and commands of the explorer, in Markdown."
      }
    }
  }

  @Flag var page: Page = .man

  func run() throws {
    let lines =
      switch page {
      case .man:
        ManPage.lines(try .program(), version: Muninn.configuration.version)
      case .keys: KeysPage.lines()
      }
    for line in lines { try StandardOutput.say(line) }
  }
}
