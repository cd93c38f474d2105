/// Coverage and majority against the number of copies as an SVG, greedy and random as dashed lines: a
/// panel for every level.
public struct SampledChart {
  private let table: SampledTable
  private let title: String

  public init(_ table: SampledTable, title: String) {
    self.table = table
    self.title = title
  }

  private static let colours = ["#0072b2", "#d55e00", "#444", "#999"]

  public var svg: String {
    let panels = TablePart.all(table.groups).flatMap { part in
      part.groups.map { group in
        panel(group, title: part.title + (group.difficulty.map { ", level \($0)" } ?? ""))
      }
    }
    return LineChart(title: title, panels: panels).svg
  }

  private func panel(_ group: ProblemGroup, title: String) -> LineChart.Panel {
    let curves = SampledCurves(table.tally(of: group))
    return LineChart.Panel(
      title: title, axis: "copies n", legend: nil, ticks: curves.counts,
      lines: zip(curves.all, Self.colours).map { curve, colour in
        LineChart.Line(
          name: curve.name, colour: colour, isDashed: curve.isFlat,
          points: zip(curves.counts, curve.points).compactMap { count, point in
            point.map {
              LineChart.Point(
                x: count, share: $0.share, interval: curve.isFlat ? nil : $0.interval)
            }
          })
      })
  }
}
