extension Exporter {
  public static let text = Exporter(
    name: "text", ending: "txt", explanation: "the characters of the screen, or of a pane of it",
    make: .picture { Array($0.text.utf8) })

  public static let ansi = Exporter(
    name: "ansi", ending: "ansi",
    explanation: "the same with its colours, for a terminal of 24 bits: cat shows it",
    make: .picture { picture in
      let lines = (0..<picture.height).map { y in
        ANSIText.line(picture, y, 0..<ANSIText.end(of: y, in: picture)) + "\u{1b}[0m\n"
      }
      return Array(lines.joined().utf8)
    })
}

/// Pieces of a picture as a terminal takes them.
enum ANSIText {
  /// Some columns of a row; begins with no attributes set.
  static func line(_ picture: Picture, _ y: Int, _ columns: Range<Int>) -> String {
    var text = ""
    var look = Picture.Look()
    for x in columns {
      let cell = picture[x, y]
      guard cell.width > 0 else { continue }
      if cell.look != look {
        text += "\u{1b}[\(sequence(cell.look))m"
        look = cell.look
      }
      text.append(cell.character)
    }
    return text
  }

  /// The column behind the last one that shows something.
  static func end(of y: Int, in picture: Picture) -> Int {
    (0..<picture.width).last { x in
      let cell = picture[x, y]
      return cell.character != " " || cell.look.ground != nil || cell.look.isReversed
        || cell.look.isUnderlined
    }.map { $0 + 1 } ?? 0
  }

  /// ECMA-48 select graphic rendition, colours as in ISO 8613-6.
  private static func sequence(_ look: Picture.Look) -> String {
    var codes = ["0"]
    if look.isBold { codes.append("1") }
    if look.isDim { codes.append("2") }
    if look.isUnderlined { codes.append("4") }
    if look.isReversed { codes.append("7") }
    if let colour = look.letters { codes.append("38;2;\(parts(colour))") }
    if let colour = look.ground { codes.append("48;2;\(parts(colour))") }
    return codes.joined(separator: ";")
  }

  private static func parts(_ colour: UInt32) -> String {
    "\(colour >> 16 & 0xff);\(colour >> 8 & 0xff);\(colour & 0xff)"
  }
}
