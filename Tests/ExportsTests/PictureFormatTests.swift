import Checkpoints
import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import Exports

/// Formats that pictures are written in.
@Suite struct PictureFormatTests {
  private let picture = HostileRuns.picture()

  private func text(_ exporter: Exporter, _ content: ExportContent) throws -> String {
    try #require(String(validating: try exporter.bytes(content), as: UTF8.self))
  }

  @Test func whatCouldSpeakToATerminalIsNotInAPicture() throws {
    let text = try text(.text, .picture(picture))
    #expect(text == "<&\u{FFFD}\u{FFFD}世x.\n╭─┃⣿▅░ \"\n")
  }

  /// With its sequences taken out, what is coloured is the text.
  @Test func coloursAddNothingButColours() throws {
    let text = try text(.ansi, .picture(picture))
    let plain = text.replacing(/\u{1b}\[[0-9;]*m/, with: "")
    #expect(plain == picture.text && !plain.contains("\u{1b}"))
    #expect(text.contains("\u{1b}[0;1;38;2;255;136;0;48;2;16;32;48m<&"))
  }

  /// Collects the text of elements.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [String] = []
    var words: [String] = []
    private var current = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements.append(name)
      current = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      if name == "text" { words.append(current) }
    }
  }

  @Test func aDrawingIsWellFormedAndItsTextIsText() throws {
    let text = try text(.svg, .picture(picture))
    let reader = Reader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.words == ["<&", "\u{FFFD}\u{FFFD}", "世", "x.", "\""])
    #expect(!reader.elements.contains("image") && !text.contains("href"))
    // Lines, dots, a block and a shade are shapes.
    #expect(reader.elements.filter { $0 == "path" }.count == 5)
    #expect(text.contains("stroke-linecap=\"round\"") && text.contains("fill-opacity=\"0.25\""))
  }

  /// Browsers make one blank of several, after which the places in an element would be those of others.
  @Test func noStretchOfTextHasBlanksThatReadersTakeAway() throws {
    let cells = "  a b  c   d ".map { Picture.Cell($0) }
    let picture = Picture(
      width: cells.count, height: 1, cells: cells, letters: 0, ground: 0xffffff, title: "t")
    let text = try text(.svg, .picture(picture))
    let reader = Reader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    #expect(parser.parse() && reader.words == ["a b", "c", "d"])
    #expect(text.contains("<text x=\"16.8 25.2 33.6\""))
    #expect(text.contains("<text x=\"58.8\"") && text.contains("<text x=\"92.4\""))
  }

  @Test func everyLineCharacterOfTheScreenIsAShape() {
    for character in "─│╭╮╰╯├┤┃━╌╍╳▁▂▃▄▅▆▇█░▒▓⣿⠁" { #expect(SVGShape(character) != nil) }
    for character in "aé世●◆▸→₀·…" { #expect(SVGShape(character) == nil) }
  }

  // MARK: In time

  /// The least of a terminal: it places the cursor, erases, and prints.
  private struct Glass {
    var cells: [[String]]
    private var (x, y) = (0, 0)

    init(_ width: Int, _ height: Int) {
      cells = Array(repeating: Array(repeating: " ", count: width), count: height)
    }

    mutating func take(_ text: String) throws {
      var rest = Array(text)[...]
      while let character = rest.popFirst() {
        guard character == "\u{1b}" else {
          let isWide = character == "世"
          cells[y][x] = String(character)
          if isWide { cells[y][x + 1] = "" }
          x += isWide ? 2 : 1
          continue
        }
        try #require(rest.popFirst() == "[")
        let parameters = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(parameters.count)
        switch rest.popFirst() {
        case "H":
          let parts = String(parameters).split(separator: ";").compactMap { Int($0) }
          (x, y) = (parts[1] - 1, parts[0] - 1)
        case "J": cells = cells.map { $0.map { _ in " " } }
        case "m", "l": break
        case let other: Issue.record("unknown sequence \(String(describing: other))")
        }
      }
    }

    var text: String {
      cells.map { row in
        String(row.joined().reversed().drop { $0 == " " }.reversed()) + "\n"
      }.joined()
    }
  }

  @Test func aFilmPlaysAsItWasDrawn() throws {
    let frames = ["x", "y", "世"].enumerated().map { index, mark in
      Film.Frame(
        time: Double(index) / 4, HostileRuns.picture(mark == "世" ? "z" : Character(mark)),
        marker: index == 1 ? "flip </script>\u{1b}" : nil)
    }
    let lines = try text(.cast, .film(Film(frames, title: "a\u{1b}b"))).split(separator: "\n")
    let header = try JSONValue(parsing: Array(lines[0].utf8))
    #expect(header["version"]?.integer == 2)
    #expect(header["width"]?.integer == 8 && header["height"]?.integer == 2)
    var glass = Glass(8, 2)
    var (last, shown) = (0.0, 0)
    var markers: [String] = []
    for line in lines.dropFirst() {
      #expect(!line.contains("\u{1b}"))
      let event = try #require(try JSONValue(parsing: Array(line.utf8)).array)
      let time = try #require(event[0].number)
      #expect(time >= last)
      last = time
      if event[1].string == "m" { markers.append(event[2].string ?? "") }
      guard event[1].string == "o" else { continue }
      try glass.take(event[2].string ?? "")
      #expect(glass.text == frames[min(shown, frames.count - 1)].picture.text)
      shown += 1
    }
    #expect(shown == frames.count + 1, "the last picture stays for a moment")
    #expect(markers == ["flip </script>\u{1b}"])
  }

  // MARK: Pixels

  @Test func withoutAToolItIsSaidWhichWouldDo() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: ExportError.self) {
      try PNGTool.make("<svg/>", environment: ["PATH": folder.path])
    }
    let words = error.map(\.description) ?? ""
    for tool in PNGTool.all { #expect(words.contains(tool.name)) }
    #expect(words.contains("export svg"))
  }

  /// A tool that fails is named with what it said; nothing of it stays.
  @Test func aToolThatFailsIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("rsvg-convert", "#!/bin/sh\necho no such font >&2\nexit 3\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let error = #expect(throws: ExportError.self) {
      try PNGTool.make("<svg/>", environment: ["PATH": folder.path])
    }
    let words = error.map(\.description) ?? ""
    #expect(words.contains("no such font") && words.contains("status 3") && words.contains(path))
  }
}
