/// The tables of commands and keys as a person reads them, for the pages that are made of them.
public enum CommandManual {
  /// One thing that can be done.
  public struct Entry: Sendable, Hashable {
    /// As it is typed after the colon, with what it takes: `extend [count]`; empty where it has keys alone.
    public let usage: String
    /// As they are labelled; none where it has to be typed.
    public let keys: [String]
    public let doc: String
    /// What it takes, a sentence each.
    public let parameters: [String]
    /// The pane in which alone its keys mean this; nil everywhere else.
    public let pane: String?
  }

  /// Things that belong together.
  public struct Section: Sendable, Hashable {
    public let title: String
    public let entries: [Entry]
  }

  /// All commands of the explorer, by group, in the order of the help.
  public static var explorer: [Section] {
    Command.Group.allCases.map { group in
      Section(
        title: group.rawValue, entries: Command.all.filter { $0.group == group }.map(entry))
    }.filter { !$0.entries.isEmpty }
  }

  /// What keys do in lists over the whole screen.
  public static var lists: [Section] {
    [
      ("Help", ModeKey.help), ("Filter of the help", ModeKey.filter),
      ("Messages", ModeKey.messages), ("Prompts worth a look", ModeKey.gallery),
    ].map { title, keys in Section(title: title, entries: keys.map(entry)) }
  }

  /// What keys do while training is watched.
  public static var training: Section {
    Section(
      title: "Watching training",
      entries: WatchCommand.all.map {
        Entry(usage: "", keys: $0.keys.map(label), doc: $0.doc, parameters: [], pane: nil)
      })
  }

  private static func entry(_ command: Command) -> Entry {
    Entry(
      usage: command.usage, keys: command.keys.map(label), doc: command.doc,
      parameters: command.parameters.map { parameter in
        "\(parameter.name): \(parameter.doc)"
          + (parameter.usual.map { "; without: \($0)" } ?? "")
          + (parameter.takesCount ? "; a count before the key" : "")
      },
      pane: command.only.map { "\($0)" })
  }

  private static func entry(_ key: ModeKey) -> Entry {
    Entry(usage: "", keys: key.keys.map(label), doc: key.title, parameters: [], pane: nil)
  }

  private static func label(_ key: Key) -> String { key.label(ascii: true) }
}
