import Checkpoints

extension Exporter {
  public static let svg = Exporter(
    name: "svg", ending: "svg",
    explanation: "a drawing of the screen or a pane, whose text stays text, for a paper",
    make: .picture { Array(SVGDrawing.text(of: $0).utf8) })
}

/// A picture as a drawing: letters as text, each in its column whatever the font; lines, blocks and dots as
/// shapes, since fonts differ most in these.
enum SVGDrawing {
  /// The room of a character, in units of the drawing; of most monospaced fonts at a size of 14.
  static let cell = (width: 8.4, height: 17.0)
  private static let margin = 8.0

  static func text(of picture: Picture) -> String {
    let width = Double(picture.width) * cell.width + 2 * margin
    let height = Double(picture.height) * cell.height + 2 * margin
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(number(width))\" "
        + "height=\"\(number(height))\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        + "font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" font-size=\"14\">",
      "<title>\(XMLText.escaped(picture.title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"\(colour(picture.ground))\"/>",
      "<g transform=\"translate(\(number(margin)) \(number(margin)))\">",
    ]
    lines += grounds(picture)
    lines += shapes(picture)
    for y in 0..<picture.height { lines += letters(picture, y) }
    return (lines + ["</g>", "</svg>"]).joined(separator: "\n") + "\n"
  }

  /// What lies behind the characters, as few rectangles as there are colours side by side.
  private static func grounds(_ picture: Picture) -> [String] {
    var lines: [String] = []
    for y in 0..<picture.height {
      var x = 0
      while x < picture.width {
        let ground = picture.colours(picture[x, y].look).ground
        var end = x + 1
        while end < picture.width, picture.colours(picture[end, y].look).ground == ground {
          end += 1
        }
        if ground != picture.ground {
          lines.append(
            "<rect x=\"\(number(Double(x) * cell.width))\" y=\"\(number(Double(y) * cell.height))\" "
              + "width=\"\(number(Double(end - x) * cell.width))\" height=\"\(number(cell.height))\" "
              + "fill=\"\(colour(ground))\" shape-rendering=\"crispEdges\"/>")
        }
        x = end
      }
    }
    return lines
  }

  /// Lines, blocks and dots, a path a colour.
  private static func shapes(_ picture: Picture) -> [String] {
    var paths: [SVGShape.Pen: String] = [:]
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let place = picture[x, y]
        let colour = picture.colours(place.look).letters
        if place.look.isUnderlined {
          // Under blanks too, which text has no lines under.
          let pen = SVGShape.Pen(kind: .line(width: 0.8), colour: colour)
          paths[pen, default: ""] +=
            "M\(number(Double(x) * cell.width)) \(number(Double(y + 1) * cell.height - 1.5))"
            + "h\(number(cell.width))"
        }
        guard let shape = SVGShape(place.character) else { continue }
        for (pen, path) in shape.paths(
          x: Double(x) * cell.width, y: Double(y) * cell.height, colour: colour)
        {
          paths[pen, default: ""] += path
        }
      }
    }
    return paths.sorted { $0.key < $1.key }.map { pen, path in
      switch pen.kind {
      case .line(let width):
        "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour(pen.colour))\" "
          + "stroke-width=\"\(number(width))\"/>"
      case .dots:
        "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour(pen.colour))\" "
          + "stroke-width=\"2.3\" stroke-linecap=\"round\"/>"
      case .area(let opacity):
        "<path d=\"\(path)\" fill=\"\(colour(pen.colour))\""
          + (opacity < 1 ? " fill-opacity=\"\(number(opacity))\"" : "")
          + " shape-rendering=\"crispEdges\"/>"
      }
    }
  }

  /// A row of letters, an element a look and stretch.
  private static func letters(_ picture: Picture, _ y: Int) -> [String] {
    var lines: [String] = []
    var run: [(x: Int, character: Character)] = []
    var look = Picture.Look()
    func isBlank(_ character: Character) -> Bool { character == " " }
    func finish() {
      while run.last.map({ isBlank($0.character) }) == true { run.removeLast() }
      guard let first = run.first else { return }
      var attributes = "fill=\"\(colour(picture.colours(look).letters))\""
      if look.isBold { attributes += " font-weight=\"bold\"" }
      // A place for every character keeps columns straight whatever font is there.
      let places = run.map { number(Double($0.x) * cell.width) }.joined(separator: " ")
      let text = XMLText.escaped(String(run.map(\.character)))
      lines.append(
        "<text x=\"\(run.count == 1 ? number(Double(first.x) * cell.width) : places)\" "
          + "y=\"\(number(Double(y) * cell.height + 13))\" \(attributes)>\(text)</text>")
      run = []
    }
    for x in 0..<picture.width {
      let place = picture[x, y]
      guard place.width > 0 else { continue }
      // Browsers make one of several blanks, and the places of what follows would be those of others.
      if isBlank(place.character), run.last.map({ isBlank($0.character) }) == true { finish() }
      let isShape = SVGShape(place.character) != nil
      // What is more than one code unit has an element of its own: readers differ in what a place is of.
      let isOdd = place.character.utf16.count > 1 || place.width > 1
      if isShape || isOdd || place.look != look { finish() }
      look = place.look
      if isShape || isBlank(place.character) && run.isEmpty { continue }
      run.append((x, place.character))
      if isOdd { finish() }
    }
    finish()
    return lines
  }

  static func colour(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// A number with two digits behind the point, without zeros at its end.
  static func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    return rest % 10 == 0
      ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}
