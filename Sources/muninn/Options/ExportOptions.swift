import ArgumentParser
import Checkpoints
import Explorer
import Exports

/// Where exports go, an option a format.
struct ExportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Records as trace writes them; - for standard output.", valueName: "file"))
  var jsonl: String?

  @Option(
    help: ArgumentHelp(
      "A table with a column a metric; --columns explains them.", valueName: "file"))
  var csv: String?

  @Option(
    help: ArgumentHelp("Arrays for NumPy: states, normed states, metrics.", valueName: "file"))
  var npz: String?

  @Option(help: ArgumentHelp("A page for a browser, without a network.", valueName: "file"))
  var html: String?

  @Option(
    help: ArgumentHelp("The screen, or --pane, as a drawing whose text is text.", valueName: "file")
  )
  var svg: String?

  @Option(
    help: ArgumentHelp(
      "The same as pixels, by rsvg-convert, inkscape or ImageMagick.", valueName: "file"))
  var png: String?

  @Option(
    help: ArgumentHelp("The screen, or --pane, as text; - for standard output.", valueName: "file"))
  var text: String?

  @Option(help: ArgumentHelp("The same with its colours.", valueName: "file"))
  var ansi: String?

  @Option(
    help: ArgumentHelp(
      "The run from s0 on as an asciicast with markers at flips; with --log that session.",
      valueName: "file"))
  var cast: String?

  @Flag(help: "Replace files that are there.")
  var force = false

  /// What was asked for, in the order of the table.
  var wanted: [(exporter: Exporter, path: String)] {
    let paths: [String: String?] = [
      "jsonl": jsonl, "csv": csv, "npz": npz, "html": html, "svg": svg, "png": png, "text": text,
      "ansi": ansi, "cast": cast,
    ]
    return Exporter.all.compactMap { exporter in
      (paths[exporter.name] ?? nil).map { (exporter, $0) }
    }
  }

  /// Opens every file before work is done for it.
  /// - Throws: `ExportError` where one is there and is not to be replaced, `OutputError`.
  func open() throws -> [(exporter: Exporter, file: OutputFile)] {
    var outputs = OutputSet()
    return try wanted.compactMap { exporter, path in
      if !force { try ExportTarget.checkFree(path, advice: "; --force replaces it") }
      return try outputs.open(path, option: "--\(exporter.name)").map { (exporter, $0) }
    }
  }
}

/// A screen without a terminal.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Columns and rows of the screen (default: 120x40).", valueName: "120x40"))
  var size: String?

  @Option(help: "Colours for a dark or a light background, of high contrast, or none.")
  var theme: Theme?

  @Option(help: "What plots are drawn with.")
  var glyphs: GlyphStyle?

  @Option(help: ArgumentHelp("One pane in place of the screen.", valueName: "pane"))
  var pane: String?

  @Option(
    name: .customLong("do"), parsing: .singleValue,
    help: ArgumentHelp(
      "Do this first, as it is typed after the colon in the explorer; several in turn.",
      valueName: "command"))
  var acts: [String] = []

  @Option(
    help: ArgumentHelp("Do a session of the explorer first, from its log.", valueName: "file"))
  var log: String?

  func validate() throws {
    _ = try grid()
    if let pane, !SessionPictures.panes.contains(pane) {
      throw ValidationError(
        "--pane takes one of \(SessionPictures.panes.joined(separator: ", ")), not \(pane).")
    }
    if log != nil, !acts.isEmpty { throw ValidationError("Give --log or --do, not both.") }
    _ = try Acts.read(acts)
  }

  /// The size as numbers.
  func grid() throws -> Size? {
    guard let size else { return nil }
    let parts = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1],
      (20...1000).contains(width), (6...1000).contains(height)
    else {
      throw ValidationError("--size takes columns x rows from 20x6 to 1000x1000, such as 120x40.")
    }
    return Size(width: width, height: height)
  }
}
