import Checkpoints

extension Exporter {
  public static let cast = Exporter(
    name: "cast", ending: "cast",
    explanation: "the screen in time, asciicast v2, with markers where answers flip",
    make: .film { Array(Asciicast.text(of: $0).utf8) })
}

/// Pictures in time as asciinema plays them (docs.asciinema.org, asciicast v2): a header, then events of
/// output and markers, one a line.
enum Asciicast {
  static func text(of film: Film) -> String {
    guard let first = film.frames.first?.picture else { return "" }
    var lines = [header(film, first)]
    var before: Picture?
    for frame in film.frames {
      let output = change(from: before, to: frame.picture)
      if !output.isEmpty { lines.append(event(frame.time, "o", output)) }
      if let marker = frame.marker { lines.append(event(frame.time, "m", marker)) }
      before = frame.picture
    }
    // The last picture stays for a moment.
    if let end = film.frames.last?.time { lines.append(event(end + 2, "o", "\u{1b}[0m")) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func header(_ film: Film, _ picture: Picture) -> String {
    var theme = JSONLine()
    theme.add("fg", colour(picture.letters))
    theme.add("bg", colour(picture.ground))
    theme.add("palette", palette.map(colour).joined(separator: ":"))
    var line = JSONLine()
    line.add("version", 2)
    line.add("width", picture.width)
    line.add("height", picture.height)
    line.add("title", film.title)
    line.add("env", raw: #"{"TERM":"xterm-256color"}"#)
    line.add("theme", raw: theme.line)
    return line.line
  }

  /// The sixteen that a theme has to name; what is drawn names its colours itself.
  private static let palette: [UInt32] = [
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
  ]

  private static func colour(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private static func event(_ time: Double, _ kind: String, _ data: String) -> String {
    let rounded = (time * 1000).rounded() / 1000
    return "[\(rounded), \"\(kind)\", \(JSONValue.quoted(data))]"
  }

  /// What makes one picture out of another: rows as far as they differ; at first everything.
  private static func change(from before: Picture?, to now: Picture) -> String {
    guard let before, before.width == now.width, before.height == now.height else {
      return "\u{1b}[?25l\u{1b}[0m\u{1b}[2J"
        + (0..<now.height).map { row(now, $0, 0..<now.width) }.joined()
    }
    return (0..<now.height).map { y in
      let changed = (0..<now.width).filter { before[$0, y] != now[$0, y] }
      guard var first = changed.first, var last = changed.last else { return "" }
      // Whole characters only.
      while first > 0, now[first, y].width == 0 { first -= 1 }
      while last + 1 < now.width, now[last + 1, y].width == 0 { last += 1 }
      return row(now, y, first..<last + 1)
    }.joined()
  }

  private static func row(_ picture: Picture, _ y: Int, _ columns: Range<Int>) -> String {
    "\u{1b}[\(y + 1);\(columns.lowerBound + 1)H" + ANSIText.line(picture, y, columns) + "\u{1b}[0m"
  }
}
