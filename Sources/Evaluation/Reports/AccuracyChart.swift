import Checkpoints
import Foundation

/// Accuracy against r as an SVG: a panel for every task and form, a line for every level, its 95 %
/// interval as a band.
public struct AccuracyChart {
  private let table: ResultTable
  private let title: String

  public init(_ table: ResultTable, title: String) {
    self.table = table
    self.title = title
  }

  private static let panel = (width: 300.0, height: 200.0)
  private static let plot = (left: 40.0, top: 34.0, width: 190.0, height: 126.0)
  private static let perRow = 3
  private static let heading = 34.0

  public var svg: String {
    let parts = TablePart.all(table)
    let columns = max(1, min(Self.perRow, parts.count))
    let rows = max(1, (parts.count + columns - 1) / columns)
    let width = Self.panel.width * Double(columns)
    let height = Self.heading + Self.panel.height * Double(rows)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        + "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\" "
        + "font-family=\"sans-serif\" font-size=\"10\" fill=\"#222\">",
      "<title>\(XMLText.escaped(title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
      "<text x=\"12\" y=\"22\" font-size=\"14\">\(XMLText.escaped(title))</text>",
    ]
    for (index, part) in parts.enumerated() {
      let x = Self.panel.width * Double(index % columns)
      let y = Self.heading + Self.panel.height * Double(index / columns)
      lines.append("<g transform=\"translate(\(number(x)) \(number(y)))\">")
      lines += panel(part)
      lines.append("</g>")
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func panel(_ part: TablePart) -> [String] {
    let plot = Self.plot
    let depths = part.groups.first.map { table.curve(of: $0).map(\.iterations) } ?? []
    var lines = [
      "<text x=\"\(number(plot.left))\" y=\"22\" font-size=\"11\">\(XMLText.escaped(part.title))</text>"
    ]
    for tick in [0, 0.25, 0.5, 0.75, 1] {
      let y = number(self.y(tick))
      lines.append(
        "<path d=\"M\(number(plot.left)) \(y)h\(number(plot.width))\" stroke=\"#ddd\"/>"
          + "<text x=\"\(number(plot.left - 5))\" y=\"\(y)\" dy=\"3\" text-anchor=\"end\">\(tick)</text>"
      )
    }
    for depth in depths {
      lines.append(
        "<text x=\"\(number(x(depth, depths)))\" y=\"\(number(plot.top + plot.height + 14))\" "
          + "text-anchor=\"middle\">\(depth)</text>")
    }
    lines.append(
      "<text x=\"\(number(plot.left + plot.width / 2))\" "
        + "y=\"\(number(plot.top + plot.height + 28))\" text-anchor=\"middle\">iterations r</text>")
    let legend = (x: plot.left + plot.width + 10, y: plot.top + 4)
    lines.append(text(part.unit ?? "", x: legend.x, y: legend.y))
    for (index, group) in part.groups.enumerated() {
      let colour = colour(index, of: part.groups.count)
      lines += curve(group, depths: depths, colour: colour)
      let y = legend.y + Double(index + 1) * 11
      guard group.difficulty != nil, y < Self.panel.height else { continue }
      lines.append(
        "<path d=\"M\(number(legend.x)) \(number(y - 3))h10\" stroke=\"\(colour)\" "
          + "stroke-width=\"2\"/>" + text(TablePart.level(group), x: legend.x + 14, y: y))
    }
    return lines
  }

  private func text(_ words: String, x: Double, y: Double) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\">\(XMLText.escaped(words))</text>"
  }

  private func curve(_ group: ProblemGroup, depths: [Int], colour: String) -> [String] {
    let points = table.curve(of: group).compactMap { point in
      point.tally.interval.map {
        (x: x(point.iterations, depths), accuracy: point.tally.accuracy ?? 0, interval: $0)
      }
    }
    guard !points.isEmpty else { return [] }
    let line = points.map { "\(number($0.x)),\(number(y($0.accuracy)))" }.joined(separator: " ")
    let band =
      points.map { "\(number($0.x)),\(number(y($0.interval.upperBound)))" }
      + points.reversed().map { "\(number($0.x)),\(number(y($0.interval.lowerBound)))" }
    return [
      "<polygon points=\"\(band.joined(separator: " "))\" fill=\"\(colour)\" opacity=\"0.12\"/>",
      "<polyline points=\"\(line)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\"/>",
    ]
      + points.map {
        "<circle cx=\"\(number($0.x))\" cy=\"\(number(y($0.accuracy)))\" r=\"2\" fill=\"\(colour)\"/>"
      }
  }

  /// Depths stand at equal steps of their logarithm.
  private func x(_ depth: Int, _ depths: [Int]) -> Double {
    let low = log2(Double(depths.first ?? 1))
    let high = log2(Double(depths.last ?? 1))
    let share = high > low ? (log2(Double(depth)) - low) / (high - low) : 0.5
    return Self.plot.left + 8 + share * (Self.plot.width - 16)
  }

  private func y(_ accuracy: Double) -> Double {
    Self.plot.top + (1 - accuracy) * Self.plot.height
  }

  /// From light to dark with the level: readable in grey too.
  private func colour(_ index: Int, of count: Int) -> String {
    let share = count > 1 ? Double(index) / Double(count - 1) : 1
    let hue = Int((190 + 80 * share).rounded())
    return "hsl(\(hue) 70% \(Int((62 - 36 * share).rounded()))%)"
  }

  private func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
