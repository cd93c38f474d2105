import Checkpoints

extension Exporter {
  public static let jsonLines = Exporter(
    name: "jsonl", ending: "jsonl",
    explanation:
      "one JSON record a token and iteration, schema \(RunRecords.schema), as trace writes it",
    make: .runs(
      needs: [.ends],
      { runs, sink in
        for run in runs.runs {
          try RunRecords.write(run, of: runs) { try sink(Array(($0 + "\n").utf8)) }
        }
      }))
}
