/// Rows of words under headings, as lines that are read one after another.
struct TextTable: Sendable, Hashable {
  var headings: [String]
  /// As many columns as headings.
  var rows: [[String]] = []
  /// What stands below, a line each.
  var notes: [String] = []

  /// As lines: columns as wide as they must be, two blanks between them.
  var lines: [String] {
    let all = [headings] + rows
    let widths = headings.indices.map { column in
      all.map { Printable.width($0[column]) }.max() ?? 0
    }
    return all.map { row in
      let line = zip(row, widths).map { Printable.padded($0, $1) }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    } + notes
  }
}
