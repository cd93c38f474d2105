import Explorer
import Foundation
import TOMLKit
import Trajectories

/// What a user has set in `$XDG_CONFIG_HOME/muninn/config.toml`. Options on the command line come before it.
struct Configuration {
  var theme: Theme?
  var glyphs: GlyphStyle?
  /// Iterations a second.
  var speed: Double?
  var metric: String?
  /// What is opened where no model is named.
  var model: String?
  var keys: [KeyBinding] = []

  /// What may be set.
  static let names = ["theme", "glyphs", "speed", "metric", "model", "keys"]
}

/// What is wrong in a configuration, and where.
struct ConfigurationError: Error, CustomStringConvertible {
  let file: String
  /// From 1.
  let line: Int
  let column: Int
  /// As a sentence without its point.
  let words: String

  var description: String { "\(file), line \(line), column \(column): \(words)." }
}

extension Configuration {
  /// Where it is; nil where there is no home to look in.
  static func path(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String?
  {
    // The specification has relative paths ignored.
    if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
      return base + "/muninn/config.toml"
    }
    return environment["HOME"].map { $0 + "/.config/muninn/config.toml" }
  }

  /// What the user has set; nothing where there is no file.
  static func ofUser() throws -> Configuration {
    guard let path = path(), FileSystem.isFile(path) else { return Configuration() }
    let bytes = try ByteLines.everything(path, limit: 1 << 20)
    return try Configuration(parsing: String(decoding: bytes, as: UTF8.self), file: path)
  }

  /// Reads a configuration. Every key is understood, or it is an error.
  init(parsing text: String, file: String) throws(ConfigurationError) {
    let places = TOMLPlaces(text)
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch {
      let parsing = error as? TOMLParseError
      throw ConfigurationError(
        file: file, line: parsing?.source.begin.line ?? 1,
        column: parsing?.source.begin.column ?? 1,
        words: parsing?.description ?? "this is no TOML")
    }
    for name in table.keys.sorted() {
      let (key, value) = places.of(name)
      func fail(_ words: String, at place: TOMLPlaces.Place) -> ConfigurationError {
        ConfigurationError(file: file, line: place.line, column: place.column, words: words)
      }
      let text = table[name]?.string
      switch name {
      case "theme":
        guard let found = text.flatMap(Theme.init) else {
          throw fail(Self.oneOf(name, Theme.allCases.map(\.rawValue)), at: value)
        }
        theme = found
      case "glyphs":
        guard let found = text.flatMap(GlyphStyle.init) else {
          throw fail(Self.oneOf(name, GlyphStyle.allCases.map(\.rawValue)), at: value)
        }
        glyphs = found
      case "speed":
        let number = table[name]?.double ?? table[name]?.int.map(Double.init)
        guard let number, number > 0, number <= 1000 else {
          throw fail("speed is iterations a second, above 0 and up to 1000", at: value)
        }
        speed = number
      case "metric":
        guard let found = text, ExplorerOptions.metricNames.contains(found) else {
          throw fail(Self.oneOf(name, ExplorerOptions.metricNames), at: value)
        }
        metric = found
      case "model":
        guard let found = text, !found.isEmpty else {
          throw fail("model is a directory, a file or org/name, in quotes", at: value)
        }
        model = found
      case "keys":
        guard let bindings = table[name]?.table else {
          throw fail(
            "keys is a table: [keys], then key = \"command\" on lines of their own", at: key)
        }
        try read(bindings, places, file)
      default:
        let meant = Spelling.nearest(to: name, among: Self.names).map { "; did you mean \($0)?" }
        throw fail(
          "there is no \"\(name)\"\(meant ?? ""); there are \(Self.names.joined(separator: ", "))",
          at: key)
      }
    }
  }

  private mutating func read(
    _ bindings: TOMLTable, _ places: TOMLPlaces, _ file: String
  ) throws(ConfigurationError) {
    for name in bindings.keys.sorted() {
      let (key, value) = places.of(name, in: "keys")
      guard let line = bindings[name]?.string else {
        throw ConfigurationError(
          file: file, line: value.line, column: value.column,
          words: "a key does a command in quotes, such as \"goto 8\"")
      }
      do throws(KeyBinding.Problem) {
        keys.append(try KeyBinding(key: name, line: line))
      } catch {
        let place = error.isOfKey ? key : value
        throw ConfigurationError(
          file: file, line: place.line, column: place.column, words: error.words)
      }
    }
  }

  private static func oneOf(_ name: String, _ choices: [String]) -> String {
    "\(name) is one of \(choices.map { "\"\($0)\"" }.joined(separator: ", "))"
  }
}

/// Where keys and their values stand in a TOML text: the parser tells that of mistakes in the language alone.
struct TOMLPlaces {
  struct Place {
    var line = 1
    var column = 1
  }

  private let lines: [Substring]

  init(_ text: String) {
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// The key itself and what stands after its `=`; the beginning where it is not found.
  func of(_ name: String, in section: String = "") -> (key: Place, value: Place) {
    var here = ""
    for (index, line) in lines.enumerated() {
      let text = line.drop { $0 == " " || $0 == "\t" }
      let start = line.count - text.count + 1
      if text.first == "[" {
        here = text.dropFirst().prefix { $0 != "]" }.filter { $0 != " " }
        if here == name, section.isEmpty {
          let place = Place(line: index + 1, column: start)
          return (place, place)
        }
        continue
      }
      guard here == section, let written = Self.key(text), written.name == name else { continue }
      let rest = text.dropFirst(written.length)
      let value = rest.drop { $0 == " " || $0 == "=" || $0 == "\t" }
      return (
        Place(line: index + 1, column: start),
        Place(line: index + 1, column: start + text.count - value.count)
      )
    }
    return (Place(), Place())
  }

  /// The key that a line begins with, bare or in quotes, and how many characters it takes.
  private static func key(_ text: Substring) -> (name: String, length: Int)? {
    guard let first = text.first else { return nil }
    if first == "\"" || first == "'" {
      let name = text.dropFirst().prefix { $0 != first }
      return (String(name), name.count + 2)
    }
    let name = text.prefix { $0 != " " && $0 != "=" && $0 != "\t" }
    return (String(name), name.count)
  }
}

extension ExplorerOptions {
  /// Takes what the command line left open from what is set.
  mutating func apply(_ settings: Configuration) {
    theme = theme ?? settings.theme
    glyphs = glyphs ?? settings.glyphs
    speed = speed ?? settings.speed
    metric = settings.metric
    keys = settings.keys
  }
}
