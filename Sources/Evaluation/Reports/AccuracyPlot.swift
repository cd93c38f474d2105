/// Accuracy against r with letters for levels: it needs no colour, and levels that lie on one
/// another stand side by side.
struct AccuracyPlot {
  private let curves: [[(iterations: Int, tally: Tally)]]
  private let names: [String]

  init(_ table: ResultTable, groups: [ProblemGroup]) {
    let drawn = groups.prefix(Self.letters.count)
    curves = drawn.map { table.curve(of: $0) }
    names = drawn.map(TablePart.level)
  }

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
  /// Rows between 0 and 1.
  private static let steps = 10

  var lines: [String] {
    guard let depths = curves.first?.map(\.iterations), !depths.isEmpty else { return [] }
    // cells[row][column]: the letters in it, row 0 at the top.
    var cells = [[String]](
      repeating: [String](repeating: "", count: depths.count), count: Self.steps + 1)
    for (letter, curve) in zip(Self.letters, curves) {
      for point in curve {
        guard let accuracy = point.tally.accuracy,
          let column = depths.firstIndex(of: point.iterations)
        else { continue }
        let row = Self.steps - Int((accuracy * Double(Self.steps)).rounded())
        cells[row][column].append(letter)
      }
    }
    let width = max(5, (cells.joined().map(\.count).max() ?? 0) + 1)
    var lines = cells.enumerated().map { row, cells in
      let value = Self.steps - row
      let label =
        switch value {
        case Self.steps: "1.0 ┤"
        case Self.steps / 2: "0.5 ┤"
        case 0: "0.0 ┤"
        default: "    │"
        }
      let line = label + cells.map { pad($0, width) }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    lines.append("    └" + String(repeating: "─", count: width * depths.count))
    lines.append("   r " + depths.map { pad(String($0), width) }.joined())
    if names.count > 1 {
      lines.append(
        "     " + zip(Self.letters, names).map { "\($0) \($1)" }.joined(separator: "  "))
    }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
