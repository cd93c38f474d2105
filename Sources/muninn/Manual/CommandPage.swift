import ArgumentParser
import Checkpoints

/// A subcommand as its help has it: read from what the argument parser says of itself, so that pages
/// made of it cannot say anything else.
struct CommandPage {
  /// An option, a flag or an argument.
  struct Argument {
    /// As it is typed: `-m, --model <model>`.
    let usage: String
    /// What it does, in sentences.
    let text: String
    /// The heading it stands under in the help; nil for none.
    let section: String?
  }

  /// With the names of those it belongs to: `reward train`; empty for the program itself.
  let name: String
  let abstract: String
  /// Paragraphs.
  let discussion: [String]
  let arguments: [Argument]
  let subcommands: [CommandPage]

  /// The whole program.
  /// - Throws: `JSONError`, where the parser's own description cannot be read.
  static func program() throws -> CommandPage {
    let json = try JSONValue(parsing: Muninn._dumpHelp())
    return CommandPage(Muninn.self, json["command"], name: "")
  }

  private init(_ type: any ParsableCommand.Type, _ json: JSONValue?, name: String) {
    self.name = name
    abstract = type.configuration.abstract
    discussion = type.configuration.discussion.split(separator: "\n\n").map {
      $0.split(separator: "\n").joined(separator: " ")
    }
    arguments = (json?["arguments"]?.array ?? []).filter { $0["shouldDisplay"]?.bool != false }
      .map(Argument.init)
    let children = json?["subcommands"]?.array ?? []
    subcommands = type.configuration.subcommands.map { type in
      let own = type._commandName
      return CommandPage(
        type, children.first { $0["commandName"]?.string == own },
        name: name.isEmpty ? own : "\(name) \(own)")
    }
  }

  /// It and all below it.
  var all: [CommandPage] { [self] + subcommands.flatMap(\.all) }
}

extension CommandPage.Argument {
  fileprivate init(_ json: JSONValue) {
    let value = "<\(json["valueName"]?.string ?? "value")>"
    let names = (json["names"]?.array ?? []).compactMap { name -> String? in
      guard let text = name["name"]?.string else { return nil }
      return (name["kind"]?.string == "long" ? "--" : "-") + text
    }
    // One letter first.
    let options = names.sorted { $0.count < $1.count }.joined(separator: ", ")
    switch json["kind"]?.string {
    case "positional": usage = value + (json["isRepeating"]?.bool == true ? "…" : "")
    case "flag": usage = options
    default: usage = "\(options) \(value)"
    }
    let usual = json["defaultValue"]?.string.map { "Default: \($0)." }
    text = [json["abstract"]?.string, json["discussion"]?.string, usual].compactMap { $0 }
      .joined(separator: " ")
    section = json["sectionTitle"]?.string
  }
}
