/// Accuracy against r as an SVG: a panel for every task and form, a line for every level, its 95 %
/// interval as a band.
public struct AccuracyChart {
  private let table: ResultTable
  private let title: String

  public init(_ table: ResultTable, title: String) {
    self.table = table
    self.title = title
  }

  public var svg: String {
    LineChart(title: title, panels: TablePart.all(table.groups).map(panel)).svg
  }

  private func panel(_ part: TablePart) -> LineChart.Panel {
    LineChart.Panel(
      title: part.title, axis: "iterations r", legend: part.unit,
      ticks: part.groups.first.map { table.curve(of: $0).map(\.iterations) } ?? [],
      lines: part.groups.enumerated().map { index, group in
        LineChart.Line(
          name: group.difficulty == nil ? nil : TablePart.level(group),
          colour: colour(index, of: part.groups.count),
          points: table.curve(of: group).compactMap { point in
            point.tally.interval.map {
              LineChart.Point(
                x: point.iterations, share: point.tally.accuracy ?? 0, interval: $0)
            }
          })
      })
  }

  /// From light to dark with the level: readable in grey too.
  private func colour(_ index: Int, of count: Int) -> String {
    let share = count > 1 ? Double(index) / Double(count - 1) : 1
    let hue = Int((190 + 80 * share).rounded())
    return "hsl(\(hue) 70% \(Int((62 - 36 * share).rounded()))%)"
  }
}
