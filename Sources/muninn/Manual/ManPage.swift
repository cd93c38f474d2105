import Explorer

/// muninn.1, made of the tables that the program itself goes by.
enum ManPage {
  static func lines(_ program: CommandPage, version: String) -> [String] {
    var page = Roff()
    page.title("MUNINN", 1, source: "muninn \(version)")
    page.heading("NAME")
    page.paragraph("muninn - \(program.abstract.prefix(1).lowercased())\(stem(program.abstract))")
    page.heading("SYNOPSIS")
    page.paragraph("muninn [prompt]")
    page.paragraph("muninn command [options]")
    page.heading("DESCRIPTION")
    page.paragraph(
      "Some language models think without words: they iterate one block on a hidden state before they say a "
        + "token. Muninn runs such a model one iteration at a time, keeps every latent state, and shows the "
        + "thought as it forms. Without a command it opens the explorer; a small model is inside the program. "
        + "Places are token:iteration, 12:8, or with a block token:iteration.block, 12:8.3.")
    page.heading("COMMANDS")
    for command in program.all.dropFirst() { add(command, &page) }
    page.heading("KEYS AND COMMANDS OF THE EXPLORER")
    page.paragraph("Commands are typed after a colon; a count before a key is what it takes first.")
    for section in CommandManual.explorer { add(section, &page) }
    page.heading("KEYS IN LISTS")
    for section in CommandManual.lists { add(section, &page) }
    page.heading("KEYS OF TRAIN --WATCH")
    for entry in CommandManual.training.entries { add(entry, &page) }
    for (title, rows) in [
      ("FILES", Surroundings.files), ("ENVIRONMENT", Surroundings.environment),
      ("EXIT STATUS", Surroundings.statuses),
    ] {
      page.heading(title)
      for row in rows { page.item(row.name, row.text) }
    }
    page.heading("EXAMPLES")
    for (line, text) in examples {
      page.paragraph(text)
      page.example(line)
    }
    return page.lines
  }

  private static let examples = [
    ("muninn '3+4-2+9-5+1+8-6?'", "Watch the embedded model add, modulo ten:"),
    ("muninn trace --prompt '3+4?' --jsonl - | head -n 1", "The same as records:"),
    (
      "muninn diff --prompt '3+4?' --seed 1 --seed 2",
      "Where two starts part, and when they agree again:"
    ),
    (
      "source <(muninn --generate-completion-script bash)",
      "Completion of commands and options, for bash, zsh or fish:"
    ),
  ]

  private static func stem(_ abstract: String) -> String {
    var text = abstract.dropFirst()
    if text.hasSuffix(".") { text = text.dropLast() }
    return String(text)
  }

  private static func add(_ command: CommandPage, _ page: inout Roff) {
    page.subheading("muninn \(command.name)")
    page.paragraph(command.abstract)
    for paragraph in command.discussion { page.paragraph(paragraph) }
    for argument in command.arguments where !common.contains(argument.usage) {
      page.item(argument.usage, argument.text)
    }
  }

  /// What every command has, and its part of the page leaves out.
  static let common: Set = ["-h, --help", "--version"]

  private static func add(_ section: CommandManual.Section, _ page: inout Roff) {
    page.subheading(section.title)
    for entry in section.entries { add(entry, &page) }
  }

  private static func add(_ entry: CommandManual.Entry, _ page: inout Roff) {
    let keys = entry.keys.joined(separator: " ")
    let name = [keys, entry.usage.isEmpty ? "" : ":" + entry.usage].filter { !$0.isEmpty }
    let pane = entry.pane.map { " Its keys mean this in the pane \($0) alone." } ?? ""
    let takes = entry.parameters.map { " \($0)." }.joined()
    page.item(name.joined(separator: "  "), entry.doc + takes + pane)
  }
}
