import Checkpoints
import Foundation

/// Shares from 0 to 1 against whole numbers as an SVG: panels beside and under one another, each with
/// its lines, intervals as bands, and a legend.
public struct LineChart: Sendable {
  let title: String
  let panels: [Panel]

  /// - Parameters:
  ///   - title: above all panels.
  ///   - panels: three in a row.
  public init(title: String, panels: [Panel]) { (self.title, self.panels) = (title, panels) }

  /// One plot.
  public struct Panel: Sendable {
    let title: String
    let axis: String
    let legend: String?
    let ticks: [Int]
    let lines: [Line]

    /// - Parameters:
    ///   - axis: what stands under the numbers.
    ///   - legend: what the names in the legend are; nil where there is nothing to say.
    ///   - ticks: where numbers stand, ascending from 1 or more, at equal steps of their logarithm.
    public init(title: String, axis: String, legend: String?, ticks: [Int], lines: [Line]) {
      (self.title, self.axis, self.legend) = (title, axis, legend)
      (self.ticks, self.lines) = (ticks, lines)
    }
  }

  /// One curve.
  public struct Line: Sendable {
    let name: String?
    let colour: String
    let isDashed: Bool
    let points: [Point]

    /// - Parameters:
    ///   - name: nil for none in the legend.
    ///   - colour: as SVG has them.
    public init(name: String?, colour: String, isDashed: Bool = false, points: [Point]) {
      (self.name, self.colour, self.isDashed, self.points) = (name, colour, isDashed, points)
    }
  }

  /// One point of a curve.
  public struct Point: Sendable {
    let x: Int
    let share: Double
    let interval: ClosedRange<Double>?

    /// - Parameters:
    ///   - x: 1 or more.
    ///   - share: from 0 to 1.
    ///   - interval: the band around it; nil for none.
    public init(x: Int, share: Double, interval: ClosedRange<Double>?) {
      (self.x, self.share, self.interval) = (x, share, interval)
    }
  }

  private static let panel = (width: 300.0, height: 200.0)
  private static let plot = (left: 40.0, top: 34.0, width: 190.0, height: 126.0)
  private static let perRow = 3
  private static let heading = 34.0

  /// The document.
  public var svg: String {
    let columns = max(1, min(Self.perRow, panels.count))
    let rows = max(1, (panels.count + columns - 1) / columns)
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
    for (index, panel) in panels.enumerated() {
      let x = Self.panel.width * Double(index % columns)
      let y = Self.heading + Self.panel.height * Double(index / columns)
      lines.append("<g transform=\"translate(\(number(x)) \(number(y)))\">")
      lines += drawn(panel)
      lines.append("</g>")
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  private func drawn(_ panel: Panel) -> [String] {
    let plot = Self.plot
    var lines = [
      "<text x=\"\(number(plot.left))\" y=\"22\" font-size=\"11\">\(XMLText.escaped(panel.title))</text>"
    ]
    for tick in [0, 0.25, 0.5, 0.75, 1] {
      let y = number(self.y(tick))
      lines.append(
        "<path d=\"M\(number(plot.left)) \(y)h\(number(plot.width))\" stroke=\"#ddd\"/>"
          + "<text x=\"\(number(plot.left - 5))\" y=\"\(y)\" dy=\"3\" text-anchor=\"end\">\(tick)</text>"
      )
    }
    for tick in panel.ticks {
      lines.append(
        "<text x=\"\(number(x(tick, panel.ticks)))\" y=\"\(number(plot.top + plot.height + 14))\" "
          + "text-anchor=\"middle\">\(tick)</text>")
    }
    lines.append(
      "<text x=\"\(number(plot.left + plot.width / 2))\" "
        + "y=\"\(number(plot.top + plot.height + 28))\" text-anchor=\"middle\">"
        + "\(XMLText.escaped(panel.axis))</text>")
    let legend = (x: plot.left + plot.width + 10, y: plot.top + 4)
    lines.append(text(panel.legend ?? "", x: legend.x, y: legend.y))
    for (index, line) in panel.lines.enumerated() {
      lines += curve(line, panel.ticks)
      let y = legend.y + Double(index + 1) * 11
      guard let name = line.name, y < Self.panel.height else { continue }
      lines.append(
        "<path d=\"M\(number(legend.x)) \(number(y - 3))h10\" stroke=\"\(line.colour)\" "
          + "stroke-width=\"2\"\(dashes(line))/>" + text(name, x: legend.x + 14, y: y))
    }
    return lines
  }

  private func text(_ words: String, x: Double, y: Double) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\">\(XMLText.escaped(words))</text>"
  }

  private func dashes(_ line: Line) -> String {
    line.isDashed ? " stroke-dasharray=\"4 3\"" : ""
  }

  private func curve(_ line: Line, _ ticks: [Int]) -> [String] {
    let points = line.points.map { (x: number(x($0.x, ticks)), point: $0) }
    guard !points.isEmpty else { return [] }
    let path = points.map { "\($0.x),\(number(y($0.point.share)))" }.joined(separator: " ")
    let bounds = points.compactMap { place in place.point.interval.map { (x: place.x, $0) } }
    let band =
      bounds.map { "\($0.x),\(number(y($0.1.upperBound)))" }
      + bounds.reversed().map { "\($0.x),\(number(y($0.1.lowerBound)))" }
    let polygon =
      "<polygon points=\"\(band.joined(separator: " "))\" fill=\"\(line.colour)\" opacity=\"0.12\"/>"
    return (band.isEmpty ? [] : [polygon]) + [
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"1.6\""
        + "\(dashes(line))/>"
    ]
      + (line.isDashed
        ? []
        : points.map {
          "<circle cx=\"\($0.x)\" cy=\"\(number(y($0.point.share)))\" r=\"2\" "
            + "fill=\"\(line.colour)\"/>"
        })
  }

  private func x(_ value: Int, _ ticks: [Int]) -> Double {
    let low = log2(Double(ticks.first ?? 1))
    let high = log2(Double(ticks.last ?? 1))
    let share = high > low ? (log2(Double(value)) - low) / (high - low) : 0.5
    return Self.plot.left + 8 + share * (Self.plot.width - 16)
  }

  private func y(_ share: Double) -> Double { Self.plot.top + (1 - share) * Self.plot.height }

  private func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
