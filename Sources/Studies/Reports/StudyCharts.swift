import Evaluation
import ParallelScaling

/// Plots of a study as SVGs, by the names of their files.
public struct StudyCharts {
  private let results: [StudySummary]
  private let name: String

  public init(_ results: [StudySummary], name: String) {
    (self.results, self.name) = (results, name)
  }

  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444",
  ]
  private static let grey = "#999"
  /// What horizontal axes of distances count: they are whole numbers.
  static let distanceUnit = 10_000.0

  public var all: [(file: String, svg: String)] {
    [
      ("coverage.svg", chart("coverage against copies", coverage)),
      ("accuracy.svg", chart("accuracy of what is chosen against copies", accuracy)),
      ("diversity.svg", chart("coverage of all copies against diversity", diversity)),
      ("drift.svg", chart("drift or firework", drift)),
      ("recall.svg", chart("recall@1 of judges against copies", recall)),
    ]
  }

  private func chart(_ what: String, _ panels: [LineChart.Panel]) -> String {
    LineChart(title: "\(name): \(what)", panels: panels).svg
  }

  /// A panel for every sampler of every setting, a line for every strength.
  private var coverage: [LineChart.Panel] {
    StudyGroup.samplers(results).map { group in
      var lines = group.results.enumerated().map { index, result in
        line("\(result.strength)", Self.colours[index % 7], result.counts, result.coverage)
      }
      if let first = group.results.first {
        lines += group.results.enumerated().map { index, result in
          flat(
            "guess \(result.strength)", Self.colours[index % 7],
            zip(result.counts, result.guessing.other))
        }
        lines.append(
          flat("uniform", Self.grey, zip(first.counts, first.guessing.uniform)))
        lines.append(
          flat("greedy", "#444", first.counts.map { ($0, first.greedy?.mean ?? 0) }))
      }
      return panel(group.title, "copies N", "strength", group, lines)
    }
  }

  /// A panel for every strength.
  private var accuracy: [LineChart.Panel] {
    results.map { result in
      let judge = StudyGroup.mainJudge(result)
      var rows: [(String, [StudyInterval?])] = []
      func add(_ name: String, _ row: StudySummary.Row?) {
        if let row { rows.append((name, row.accuracy)) }
      }
      add("majority", result.row("majority"))
      if let judge {
        add("best-of-N", result.row("best-of-n-sum", judge))
        add("weighted", result.row("weighted", judge))
      }
      add("entropy", result.row("lowest-entropy"))
      add("CoE-C", result.row("best-of-n-sum", "coe-c"))
      var lines = rows.enumerated().map { index, row in
        line(row.0, Self.colours[index], result.counts, row.1)
      }
      if let search = judge.flatMap({ result.row("search", $0) }), let value = search.accuracy.last
      {
        lines.append(
          flat("beams", Self.colours[5], result.counts.map { ($0, value?.mean ?? 0) }))
      }
      let random = result.coverage.first.flatMap { $0 }?.mean ?? 0
      lines += [
        flat("greedy", "#444", result.counts.map { ($0, result.greedy?.mean ?? 0) }),
        flat("random", Self.grey, result.counts.map { ($0, random) }),
      ]
      return LineChart.Panel(
        title: "\(result.setting), \(result.sampler) \(result.strength)", axis: "copies N",
        legend: "chosen by", ticks: result.counts, lines: lines)
    }
  }

  /// A panel for every setting, a line for every sampler through its strengths.
  private var diversity: [LineChart.Panel] {
    StudyGroup.settings(results).map { group in
      let lines = StudyGroup.samplers(group.results).enumerated().flatMap { index, sampler in
        let points = sampler.results.sorted { $0.diversity < $1.diversity }
        return [
          LineChart.Line(
            name: sampler.sampler, colour: Self.colours[index],
            points: points.compactMap { result in
              result.coverage.last.flatMap { $0 }.map { point(result.diversity, $0) }
            }),
          flat(
            "guess", Self.colours[index],
            points.map { (Self.place($0.diversity), $0.guessing.other.last ?? 0) }),
        ]
      }
      return distances(group, lines)
    }
  }

  private var drift: [LineChart.Panel] {
    StudyGroup.settings(results).map { group in
      var lines = StudyGroup.samplers(group.results).enumerated().map { index, sampler in
        LineChart.Line(
          name: sampler.sampler, colour: Self.colours[index],
          points: sampler.results.sorted { $0.diversity < $1.diversity }.compactMap { result in
            result.driftRatio.last.flatMap { $0 }.map {
              LineChart.Point(x: Self.place(result.diversity), share: $0, interval: nil)
            }
          })
      }
      let ends = group.results.map { Self.place($0.diversity) }
      let expected = StudySummary.driftRatioOfNoise(group.results.first?.counts.last ?? 1)
      lines.append(
        flat(
          "firework", Self.grey, [ends.min() ?? 1, ends.max() ?? 1].map { ($0, expected) }))
      return distances(group, lines)
    }
  }

  /// A panel for every strength at which judges learned: the copy of the highest score.
  private var recall: [LineChart.Panel] {
    results.filter(\.isLearned).map { result in
      let rows = result.rows.filter { row in
        row.judge != nil && row.aggregator == "best-of-n-sum"
      }
      var lines = rows.enumerated().map { index, row in
        line(
          row.judge ?? "", Self.colours[index % 7], result.counts, row.accuracy,
          hasBand: index == 0)
      }
      lines.append(
        flat(
          "best possible", Self.grey,
          zip(result.counts, result.coverage.map { $0?.mean ?? 0 })))
      return LineChart.Panel(
        title: "\(result.setting), \(result.sampler) \(result.strength)", axis: "copies N",
        legend: "scores of", ticks: result.counts, lines: lines)
    }
  }

  private func panel(
    _ title: String, _ axis: String, _ legend: String, _ group: StudyGroup,
    _ lines: [LineChart.Line]
  ) -> LineChart.Panel {
    LineChart.Panel(
      title: title, axis: axis, legend: legend, ticks: group.results.first?.counts ?? [],
      lines: lines)
  }

  private func distances(_ group: StudyGroup, _ lines: [LineChart.Line]) -> LineChart.Panel {
    let places = group.results.map { Self.place($0.diversity) }
    var ticks = [1]
    while ticks[ticks.count - 1] < places.max() ?? 1 { ticks.append(ticks[ticks.count - 1] * 10) }
    // Powers of ten below the least say nothing.
    while ticks.count > 2, ticks[1] <= places.min() ?? 1 { ticks.removeFirst() }
    return LineChart.Panel(
      title: group.title, axis: "mean pairwise cosine distance, 1/10000", legend: "sampler",
      ticks: ticks, lines: lines)
  }

  static func place(_ distance: Double) -> Int {
    max(1, Int((distance * distanceUnit).rounded()))
  }

  private func point(_ distance: Double, _ interval: StudyInterval) -> LineChart.Point {
    LineChart.Point(
      x: Self.place(distance), share: interval.mean, interval: interval.lower...interval.upper)
  }

  private func line(
    _ name: String, _ colour: String, _ counts: [Int], _ intervals: [StudyInterval?],
    hasBand: Bool = true
  ) -> LineChart.Line {
    LineChart.Line(
      name: name, colour: colour,
      points: zip(counts, intervals).compactMap { count, interval in
        interval.map {
          LineChart.Point(x: count, share: $0.mean, interval: hasBand ? $0.lower...$0.upper : nil)
        }
      })
  }

  private func flat(
    _ name: String, _ colour: String, _ points: some Sequence<(Int, Double)>
  ) -> LineChart.Line {
    LineChart.Line(
      name: name, colour: colour, isDashed: true,
      points: points.map { LineChart.Point(x: $0.0, share: $0.1, interval: nil) })
  }
}
