import Checkpoints
import Trajectories

extension Exporter {
  public static let page = Exporter(
    name: "html", ending: "html",
    explanation: "one page to look through the runs in a browser, without a network",
    make: .runs(
      needs: [.ends, .plane],
      { runs, sink in try sink(try Page.text(of: runs)) }))
}

extension Exporter {
  /// Sees whether a file of this kind holds so much, before it is computed.
  /// - Parameter cells: tokens × iterations of all runs, s₀ with them.
  /// - Throws: `ExportError`.
  public func check(cells: Int) throws(ExportError) {
    guard name == Self.page.name, cells > Page.mostCells else { return }
    throw ExportError(
      "A page holds \(Page.mostCells) tokens × iterations at most, and these are \(cells): export fewer "
        + "iterations or fewer runs, or npz or csv, which take any number.")
  }
}

/// Runs as one self-contained page: `Assets/page/page.html` with the runs in it, schema `muninn.page/1`.
enum Page {
  /// Candidates of a cell that are listed.
  static let candidates = 8

  /// Tokens × iterations that a page holds at most: about 20 MB of it, which browsers still open.
  static let mostCells = 60_000

  static func text(of runs: ExportedRuns) throws -> [UInt8] {
    try Exporter.page.check(
      cells: runs.runs.reduce(0) { $0 + $1.trajectory.tokens.count * $1.trajectory.steps.count })
    let template = try Checkpoint.embeddedPage()
    var text = String(decoding: template, as: UTF8.self)
    for (mark, value) in [
      ("@TITLE@", XMLText.escaped(title(of: runs))), ("@DATA@", PageData.json(of: runs).embedded),
    ] {
      let parts = text.split(separator: mark, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw ExportError("The page inside this program is damaged: \(mark) is not in it once.")
      }
      text = parts[0] + value + parts[1]
    }
    return Array(text.utf8)
  }

  private static func title(of runs: ExportedRuns) -> String {
    let looked = runs.runs.first { $0.number == runs.current }
    return "Muninn: \(DisplayText.escape(looked?.words ?? "")), \(DisplayText.escape(runs.model))"
  }
}

extension String {
  /// JSON that can stand in a script element of a page: nothing in it ends the element or begins a comment.
  fileprivate var embedded: String {
    replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026")
  }
}

/// What the page knows of the runs.
enum PageData {
  static func json(of runs: ExportedRuns) -> String {
    var page = JSONLine()
    page.add("schema", "muninn.page/1")
    page.add("program", runs.program)
    page.add("model", runs.model)
    page.add("current", runs.current)
    page.add("shares", raw: list(runs.shares.map { JSONLine.number($0) }))
    page.add("metrics", runs.metrics.map(metric))
    page.add("texts", raw: texts(of: runs).line)
    page.add("runs", runs.runs.map { run($0, runs.metrics, hasGate: runs.parts.contains(.gate)) })
    return page.line
  }

  private static func metric(_ metric: Metric) -> JSONLine {
    var line = JSONLine()
    line.add("name", metric.name)
    line.add("title", metric.title)
    line.add("unit", metric.unit)
    line.add("explanation", metric.explanation)
    line.add("logarithmic", raw: metric.isLogarithmic ? "true" : "false")
    line.add("from", metric.drawnFrom)
    let range = metric.range.map { [Float($0.lowerBound), Float($0.upperBound)] }
    line.add("range", raw: range.map { list($0.map { JSONLine.number($0) }) } ?? "null")
    line.add("startsAtZero", raw: metric.startsAtZero ? "true" : "false")
    if let ends = metric.ends {
      line.add("ends", raw: list([ends.low, ends.high].map(JSONLine.quoted)))
    }
    return line
  }

  /// The texts of all tokens that occur, as they can be printed, by id.
  private static func texts(of runs: ExportedRuns) -> JSONLine {
    var ids: Set<Int> = []
    for run in runs.runs {
      for step in run.trajectory.steps {
        for reading in step.readings {
          ids.formUnion(reading.top.prefix(Page.candidates).map(\.id))
        }
      }
    }
    var line = JSONLine()
    for id in ids.sorted() { line.add("\(id)", runs.vocabulary.shown(id)) }
    return line
  }

  private static func run(_ run: ExportedRuns.Run, _ metrics: [Metric], hasGate: Bool) -> JSONLine {
    let trajectory = run.trajectory
    let rows = trajectory.tokens.indices
    var line = JSONLine()
    line.add("number", run.number)
    line.add("words", DisplayText.escape(run.words))
    line.add("start", DisplayText.escape(trajectory.start))
    line.add("origin", run.origin?.run)
    line.add("leaves", run.origin?.iteration)
    line.add("isRerun", raw: run.isRerun ? "true" : "false")
    line.add("first", run.firstToken)
    line.add("ids", raw: list(trajectory.tokens.map { "\($0.id)" }))
    line.add(
      "tokens",
      raw: list(trajectory.tokens.map { JSONLine.quoted(DisplayText.escape($0.text)) }))
    var values = JSONLine()
    for metric in metrics {
      values.add(
        metric.name,
        raw: table(trajectory) { moment in
          JSONLine.number(metric.value(moment).map { Float($0) })
        })
    }
    line.add("values", raw: values.line)
    line.add(
      "top",
      raw: table(trajectory) { moment in
        let top = moment.reading.map { Array($0.top.prefix(Page.candidates)) } ?? []
        return list(top.flatMap { ["\($0.id)", JSONLine.number($0.probability)] })
      })
    line.add("flips", raw: list(rows.map { list(trajectory.flips(token: $0).map(String.init)) }))
    var watch = ExitWatch(rules: ExitRule.rules(hasGate: hasGate))
    watch.observe(trajectory)
    line.add(
      "exits",
      watch.rules.map { rule in
        var entry = JSONLine()
        entry.add("rule", rule.name)
        entry.add("stops", watch.stop(ExitPolicy(rule)))
        return entry
      })
    line.add(
      "places",
      raw: list(run.places.map { list($0.map { list($0.map { JSONLine.number($0) }) }) }))
    return line
  }

  /// Something of every token after every iteration.  // [iterations + 1][tokens]
  private static func table(_ trajectory: Trajectory, _ cell: (Moment) -> String) -> String {
    list(
      trajectory.steps.map { step in
        list(
          trajectory.tokens.indices.map {
            cell(trajectory.moment(token: $0, iteration: step.iteration))
          })
      })
  }

  private static func list(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ",") + "]"
  }
}
