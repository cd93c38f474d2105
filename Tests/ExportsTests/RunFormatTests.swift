import Checkpoints
import Foundation
import TestSupport
import Testing
import Trajectories

@testable import Exports

/// Formats that runs are written in, on tokens that are there to break them.
@Suite struct RunFormatTests {
  private let runs = HostileRuns.all

  private func text(_ exporter: Exporter) throws -> String {
    try #require(String(validating: try exporter.bytes(.runs(runs)), as: UTF8.self))
  }

  /// Whether a text says nothing to a terminal.
  private func isQuiet(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n" || scalar == "\r"
        || scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)
          && !(0x202a...0x202e).contains(scalar.value)
    }
  }

  @Test func everyFormatHasANameAndAnEndingOfItsOwn() {
    #expect(Set(Exporter.all.map(\.name)).count == Exporter.all.count)
    #expect(Set(Exporter.all.map(\.ending)).count == Exporter.all.count)
    for exporter in Exporter.all {
      #expect(Exporter.named(exporter.name)?.ending == exporter.ending)
      #expect(Exporter.forFile("a/b.\(exporter.ending.uppercased())")?.name == exporter.name)
      #expect(!exporter.explanation.isEmpty)
    }
    #expect(Exporter.forFile("html") == nil && Exporter.named("HTML") == nil)
  }

  @Test func recordsHoldEveryNumberAndEveryText() throws {
    let text = try text(.jsonLines)
    #expect(isQuiet(text))
    let lines = text.split(separator: "\n")
    #expect(lines.count == 5 * 10 + 3 * 1)
    for line in lines {
      let record = try JSONValue(parsing: Array(line.utf8))
      #expect(record["schema"]?.string == "muninn.trace/1")
      let (number, token) = (record["run"]?.integer, try #require(record["token"]?.integer))
      let run = try #require(runs.runs.first { $0.number == number })
      let iteration = try #require(record["iteration"]?.integer)
      #expect(record["text"]?.string == run.texts[token - run.firstToken])
      for metric in runs.metrics {
        let value = metric.value(
          run.trajectory, iteration: iteration, token: token - run.firstToken)
        let written = try #require(record[metric.name])
        #expect(
          value == nil
            ? written.isNull : written.number.map { Float($0) } == value.map { Float($0) },
          "\(metric.name)")
      }
      let isLast = token == run.firstToken + run.trajectory.tokens.count - 1
      #expect((record["exits"] != nil) == (isLast && iteration > 0))
      if token == HostileRuns.partial {
        #expect(record["bytes"]?.array?.compactMap(\.integer) == [0xE4, 0xB8])
      }
    }
  }

  /// What the rules say on the way is what they say of the whole run.
  @Test func exitsAreThoseOfTheRules() throws {
    let run = runs.runs[0].trajectory
    var watch = ExitWatch()
    watch.observe(run)
    var stops: [String: Int] = [:]
    for line in try text(.jsonLines).split(separator: "\n") {
      let record = try JSONValue(parsing: Array(line.utf8))
      guard record["run"]?.integer == 1, let exits = record["exits"] else { continue }
      let iteration = try #require(record["iteration"]?.integer)
      for rule in ExitRule.all {
        let value = watch.values(rule, rule.publishedScope)[iteration - 1]
        let entry = try #require(exits[rule.name])
        #expect(entry["value"]?.number.map { Float($0) } == value)
        #expect(entry["scope"]?.string == rule.publishedScope.rawValue)
        if entry["ends"]?.serialized() == "true", stops[rule.name] == nil {
          stops[rule.name] = iteration
        }
      }
    }
    for rule in ExitRule.all { #expect(stops[rule.name] == watch.stop(ExitPolicy(rule))) }
  }

  @Test func theTableIsReadBackAsItWasWritten() throws {
    let text = try text(.csv)
    #expect(isQuiet(text))
    let rows = Self.parse(text)
    let columns = CSVTable.columns([]).map(\.name)
    #expect(rows.first == columns && rows.count == 1 + 53)
    #expect(Set(Metric.all([]).map(\.name)).isSubset(of: columns))
    for row in rows.dropFirst() {
      try #require(row.count == columns.count)
      let fields = Dictionary(uniqueKeysWithValues: zip(columns, row))
      let run = try #require(runs.runs.first { "\($0.number)" == fields["run"] })
      let iteration = try #require(Int(fields["iteration"] ?? ""))
      let position = try #require(Int(fields["token"] ?? "")) - run.firstToken
      for metric in runs.metrics {
        let value = metric.value(run.trajectory, iteration: iteration, token: position)
        #expect(Float(fields[metric.name] ?? "") == value.map { Float($0) })
      }
      let text = run.trajectory.tokens[position].text
      #expect(fields["text"] == CSVTable.harmless(text))
    }
  }

  /// No text of a token is a formula to a spreadsheet, and each can be had back.
  @Test(arguments: ["=", "=1+2", "+", "-x", "@a", "'", "'=", "＝1"])
  func aTextIsNoFormula(text: String) {
    #expect(CSVTable.harmless(text) == "'" + text)
    for plain in ["", "1=2", " =1", "a-b", "\\t"] { #expect(CSVTable.harmless(plain) == plain) }
  }

  /// Fields of RFC 4180.
  private static func parse(_ text: String) -> [[String]] {
    var (rows, row, field, isQuoted) = ([[String]](), [String](), "", false)
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\"" where isQuoted && scalars.first == "\"":
        scalars.removeFirst()
        field += "\""
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        row.append(field)
        field = ""
      case "\r" where !isQuoted && scalars.first == "\n":
        scalars.removeFirst()
        rows.append(row + [field])
        (row, field) = ([], "")
      default: field.unicodeScalars.append(scalar)
      }
    }
    return rows
  }

  // MARK: The page

  /// The page holds nothing that is fetched, and ends its scripts where it ends them itself.
  @Test func thePageIsWholeInItself() throws {
    let page = try text(.page)
    #expect(isQuiet(page.replacing("\t", with: "")))
    for reference in ["http:", "https:", "src=", "url(", "@import", "<link", "fetch(", "import("] {
      #expect(!page.contains(reference), "\(reference)")
    }
    #expect(page.components(separatedBy: "<script").count == 3)
    #expect(page.components(separatedBy: "</script>").count == 3)
    #expect(page.components(separatedBy: "</title>").count == 2)
    #expect(!page.contains("<!--") && !page.contains("@DATA@") && !page.contains("@TITLE@"))
    #expect(page.contains("default-src 'none'"))
  }

  @Test func whatThePageHoldsIsWhatTheRunsAre() throws {
    let page = try text(.page)
    let begin = try #require(page.range(of: "id=\"data\">"))
    let end = try #require(page.range(of: "</script>", range: begin.upperBound..<page.endIndex))
    let data = try JSONValue(parsing: Array(page[begin.upperBound..<end.lowerBound].utf8))
    #expect(data["schema"]?.string == "muninn.page/1")
    #expect(data["model"]?.string == "model</script>" && data["program"]?.string == "1.2.3")
    #expect(data["metrics"]?.array?.compactMap { $0["name"]?.string } == runs.metrics.map(\.name))
    let written = try #require(data["runs"]?.array)
    #expect(written.count == runs.runs.count)
    for (entry, run) in zip(written, runs.runs) {
      #expect(entry["number"]?.integer == run.number)
      #expect(entry["origin"]?.integer == run.origin?.run)
      #expect(entry["leaves"]?.integer == run.origin?.iteration)
      for metric in runs.metrics {
        let table = try #require(entry["values"]?[metric.name]?.array)
        #expect(table.count == run.trajectory.steps.count)
        for (iteration, row) in table.enumerated() {
          let values = try #require(row.array)
          for (token, value) in values.enumerated() {
            let known = metric.value(run.trajectory, iteration: iteration, token: token)
            #expect(value.number.map { Float($0) } == known.map { Float($0) })
          }
        }
      }
      let flips = entry["flips"]?.array?.map { $0.array?.compactMap(\.integer) }
      #expect(flips == run.trajectory.tokens.indices.map { run.trajectory.flips(token: $0) })
      for step in run.trajectory.steps {
        let top = entry["top"]?.array?[step.iteration].array?.map { $0.array?.first?.integer }
        #expect(top == step.readings.map(\.argmax))
      }
    }
    #expect(data["texts"]?["0"]?.string == HostileRuns.texts[0])
    #expect(data["texts"]?["\(HostileRuns.partial)"]?.string == "\\xe4\\xb8")
  }

  /// More than a browser opens is refused, with what takes it.
  @Test func aPageIsBounded() throws {
    try Exporter.page.check(cells: 60_000)
    try Exporter.csv.check(cells: 1_000_000)
    let error = #expect(throws: ExportError.self) { try Exporter.page.check(cells: 60_001) }
    #expect(error?.description.contains("these are 60001: export fewer") == true)
    var large = runs
    large.runs = Array(repeating: runs.runs[0], count: 60_000)
    #expect(throws: ExportError.self) { try Exporter.page.bytes(.runs(large)) }
  }

  // MARK: Files

  @Test func whatIsThereStays() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("run.csv", "mine")
    let error = #expect(throws: ExportError.self) {
      try Exporter.csv.write(.runs(runs), toFile: path, replaces: false)
    }
    #expect("\(error.map(\.description) ?? "")".contains("is there already"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    let count = try Exporter.csv.write(.runs(runs), toFile: path, replaces: true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == count)
    #expect(throws: OutputError.self) {
      try Exporter.csv.write(.runs(runs), toFile: folder.path + "/no/where.csv", replaces: false)
    }
    #expect(throws: ExportError.self) { try Exporter.csv.bytes(.picture(HostileRuns.picture())) }
  }
}
