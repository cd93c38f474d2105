/// One cell: a character, the columns it takes, and what it means.
struct Cell: Sendable, Hashable {
  var character: Character
  /// 1 or 2; 0 for the right half of the wide character before it.
  var width: Int
  var style: Style

  static let blank = Cell(character: " ", width: 1, style: .text)
}

/// The picture to show, as a value: a grid of cells. Everything drawn is clipped to it.
struct Screen: Sendable, Hashable {
  let size: Size
  /// False: every character that is not ASCII becomes `?`.
  let isUnicode: Bool
  private(set) var cells: [Cell]  // [height, width]
  /// Where the terminal's own cursor belongs; nil hides it.
  var caret: Point?

  init(_ size: Size, isUnicode: Bool = true) {
    let size = Size(width: max(0, size.width), height: max(0, size.height))
    self.size = size
    self.isUnicode = isUnicode
    self.cells = Array(repeating: .blank, count: size.width * size.height)
  }

  var bounds: Rect { Rect(size) }

  subscript(x: Int, y: Int) -> Cell {
    precondition(x >= 0 && x < size.width && y >= 0 && y < size.height)
    return cells[y * size.width + x]
  }

  /// Writes text from (x, y) to the right, at most `width` columns of it, whole characters only.
  /// - Returns: the column after the last one written.
  @discardableResult
  mutating func put(
    _ text: String, x: Int, y: Int, style: Style = .text, width: Int = .max
  ) -> Int {
    guard y >= 0, y < size.height else { return x }
    let end = width >= size.width - x ? size.width : x + width
    var column = x
    for character in text {
      let (glyph, columns) = Printable.glyph(of: character, unicode: isUnicode)
      if column + columns > end { break }
      if columns == 2, glyph.isASCII {
        // A stand-in for a wide character takes its room, so that what follows stays in place.
        set(glyph, 1, column, y, style)
        set(glyph, 1, column + 1, y, style)
      } else {
        set(glyph, columns, column, y, style)
      }
      column += columns
    }
    return column
  }

  /// Writes text so that it ends before column `end`.
  mutating func putRight(_ text: String, end: Int, y: Int, style: Style = .text) {
    put(text, x: end - Printable.width(text), y: y, style: style)
  }

  /// Fills a rectangle with one character of one column.
  mutating func fill(_ rect: Rect, _ character: Character = " ", style: Style = .text) {
    let (glyph, columns) = Printable.glyph(of: character, unicode: isUnicode)
    guard columns == 1 else { return }
    for y in max(0, rect.y)..<max(0, rect.y, min(size.height, rect.maxY)) {
      for x in max(0, rect.x)..<max(0, rect.x, min(size.width, rect.maxX)) {
        set(glyph, 1, x, y, style)
      }
    }
  }

  /// Gives the cells of a rectangle another meaning and leaves their characters.
  mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
    for y in max(0, rect.y)..<max(0, rect.y, min(size.height, rect.maxY)) {
      for x in max(0, rect.x)..<max(0, rect.x, min(size.width, rect.maxX)) {
        cells[y * size.width + x].style = change(cells[y * size.width + x].style)
      }
    }
  }

  private mutating func set(
    _ glyph: Character, _ columns: Int, _ x: Int, _ y: Int, _ style: Style
  ) {
    guard x >= 0, x + columns <= size.width else { return }
    let index = y * size.width + x
    // Half of a wide character must never stay behind.
    if cells[index].width == 0, x > 0 { cells[index - 1] = .blank }
    let last = x + columns - 1
    if cells[y * size.width + last].width == 2, last + 1 < size.width {
      cells[y * size.width + last + 1] = .blank
    }
    cells[index] = Cell(character: glyph, width: columns, style: style)
    if columns == 2 {
      cells[index + 1] = Cell(character: " ", width: 0, style: style)
    }
  }

  /// One row as text, with the blanks at its end.
  func row(_ y: Int) -> String {
    var text = ""
    for x in 0..<size.width where cells[y * size.width + x].width > 0 {
      text.append(cells[y * size.width + x].character)
    }
    return text
  }

  /// The characters alone, blanks at the end of lines dropped: what golden files hold.
  var text: String {
    (0..<size.height).map { y in
      let line = row(y)
      let end = line.lastIndex { $0 != " " }
      return end.map { String(line[...$0]) } ?? ""
    }
    .joined(separator: "\n")
  }
}
