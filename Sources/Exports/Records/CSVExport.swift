import Checkpoints
import Trajectories

extension Exporter {
  public static let csv = Exporter(
    name: "csv", ending: "csv",
    explanation: "a table: a row a token, iteration and run, a column a metric",
    make: .runs(
      needs: [.ends],
      { runs, sink in
        try sink(CSVTable.row(CSVTable.columns(runs.parts).map(\.name)))
        for run in runs.runs { try CSVTable.write(run, of: runs, sink) }
      }))
}

/// Runs as a table of comma-separated values (RFC 4180), schema `muninn.metrics/1`.
public enum CSVTable {
  /// A column, as it is documented.
  public struct Column: Sendable, Hashable {
    public let name: String
    public let unit: String
    public let explanation: String
  }

  /// The columns in their order: where one is, every number of the metric table under its name, and what is
  /// said there.
  public static func columns(_ parts: MetricParts) -> [Column] {
    [
      Column(name: "run", unit: "number", explanation: "The run, as trace and the tree number it."),
      Column(name: "iteration", unit: "number", explanation: "0 is the initial state."),
      Column(name: "token", unit: "number", explanation: "Its position in the text, from 0."),
      Column(name: "id", unit: "token id", explanation: "The token of the text there."),
      Column(
        name: "text", unit: "text",
        explanation:
          "What it reads, with whatever cannot be seen escaped as on the screen; \(guarded)."),
    ]
      + Metric.all(parts).map {
        Column(name: $0.name, unit: $0.unit, explanation: $0.explanation)
      } + [
        Column(name: "argmax", unit: "token id", explanation: "The likeliest next token."),
        Column(
          name: "argmax_text", unit: "text", explanation: "What that reads; \(guarded)."),
      ]
  }

  /// What a spreadsheet takes for a formula where a text begins with it, and what is put before that; the
  /// wide ones too, which count in some languages.
  private static let formulas: Set<Character> = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "'"]
  private static let guarded =
    "a ' goes before = + - @ and ' at its beginning, or spreadsheets would run it"

  /// A text of a token, which nobody takes for a formula; without one leading ' it is what it was.
  static func harmless(_ text: String) -> String {
    text.first.map(formulas.contains) == true ? "'" + text : text
  }

  static func write(
    _ run: ExportedRuns.Run, of runs: ExportedRuns, _ sink: Exporter.Sink
  ) throws {
    let metrics = runs.metrics
    let trajectory = run.trajectory
    let texts = trajectory.tokens.indices.map { row in
      let bytes = runs.vocabulary.bytes(trajectory.tokens[row].id)
      return bytes.map(DisplayText.escape(bytes:)) ?? DisplayText.escape(run.texts[row])
    }
    for step in trajectory.steps {
      for (row, token) in trajectory.tokens.enumerated() {
        let moment = trajectory.moment(token: row, iteration: step.iteration)
        let argmax = moment.reading?.argmax
        var fields = [
          "\(run.number)", "\(step.iteration)", "\(run.firstToken + row)", "\(token.id)",
          harmless(texts[row]),
        ]
        // Undefined is an empty field; numbers have the digits of the single ones they are made of.
        fields += metrics.map { $0.value(moment).map { Float($0).description } ?? "" }
        fields.append(argmax.map(String.init) ?? "")
        fields.append(argmax.map { harmless(runs.vocabulary.shown($0)) } ?? "")
        try sink(Self.row(fields))
      }
    }
  }

  /// One line, which ends as the standard has it.
  static func row(_ fields: [String]) -> [UInt8] {
    Array((fields.map(field).joined(separator: ",") + "\r\n").utf8)
  }

  /// In quotes where it has to be.
  private static func field(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") && $0 != 10 && $0 != 13
    }
    return isPlain && !text.hasPrefix(" ") && !text.hasSuffix(" ")
      ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

extension TokenTexts {
  /// The text of a token as it can be printed anywhere.
  func shown(_ id: Int) -> String {
    bytes(id).map(DisplayText.escape(bytes:)) ?? DisplayText.escape(text(id))
  }
}
