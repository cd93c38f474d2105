import Explorer

/// All keys and commands of the explorer as a page of documentation, in Markdown.
enum KeysPage {
  static func lines() -> [String] {
    var lines = [
      "# Keys and commands", "",
      "Made by `muninn manual --keys`. A count before a key is what the command takes first: `12e` is "
        + "`:extend 12`.",
    ]
    for section in CommandManual.explorer + CommandManual.lists + [CommandManual.training] {
      lines += [
        "", "## \(section.title)", "", "| keys | command | what it does |", "|---|---|---|",
      ]
      lines += section.entries.map { entry in
        let keys = entry.keys.map(code).joined(separator: " ")
        let doc = ([entry.doc] + entry.parameters.map { $0 + "." }).joined(separator: " ")
        let pane = entry.pane.map { " Keys: in the pane *\($0)* alone." } ?? ""
        return "| \(keys) | \(entry.usage.isEmpty ? "" : code(":" + entry.usage)) | "
          + "\(cell(doc + pane)) |"
      }
    }
    return lines
  }

  /// Text of a cell: a bar would end it.
  private static func cell(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "\\<")
  }

  /// As it is typed; a backquote needs two around it.
  private static func code(_ text: String) -> String {
    let text = text.replacing("|", with: "\\|")
    return text.contains("`") ? "`` \(text) ``" : "`\(text)`"
  }
}
