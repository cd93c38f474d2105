/// Shares against what grows by columns, with letters for curves: it needs no colour, and curves that
/// lie on one another stand side by side.
public struct LetterPlot {
  let axis: String
  let columns: [String]
  let curves: [(name: String, shares: [Double?])]

  /// - Parameters:
  ///   - axis: what stands beside the columns: `r`.
  ///   - curves: shares by column; nil where there is none.
  public init(axis: String, columns: [String], curves: [(name: String, shares: [Double?])]) {
    (self.axis, self.columns, self.curves) = (axis, columns, curves)
  }

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
  /// Rows between 0 and 1.
  private static let steps = 10

  /// For a terminal or a file.
  public var lines: [String] {
    guard !columns.isEmpty else { return [] }
    let drawn = Array(zip(Self.letters, curves))
    // cells[row][column]: the letters in it, row 0 at the top.
    var cells = [[String]](
      repeating: [String](repeating: "", count: columns.count), count: Self.steps + 1)
    for (letter, curve) in drawn {
      for (column, share) in curve.shares.enumerated() {
        guard let share else { continue }
        let row = Self.steps - Int((share * Double(Self.steps)).rounded())
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
    lines.append("    └" + String(repeating: "─", count: width * columns.count))
    lines.append(pad(axis, 4) + " " + columns.map { pad($0, width) }.joined())
    if drawn.count > 1 {
      lines.append("     " + drawn.map { "\($0) \($1.name)" }.joined(separator: "  "))
    }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension LetterPlot {
  /// Accuracy against r, a letter a level.
  init(_ table: ResultTable, groups: [ProblemGroup]) {
    let curves = groups.map { (name: TablePart.level($0), points: table.curve(of: $0)) }
    let depths = curves.first?.points.map(\.iterations) ?? []
    self.init(
      axis: "r", columns: depths.map(String.init),
      curves: curves.map { curve in
        (
          curve.name,
          depths.map { depth in
            curve.points.first { $0.iterations == depth }?.tally.accuracy
          }
        )
      })
  }
}
