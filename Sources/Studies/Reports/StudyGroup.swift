/// Results that share a plot or a table.
struct StudyGroup {
  let setting: String
  /// Of its results; empty where they have several.
  let sampler: String
  let results: [StudySummary]

  var title: String { sampler.isEmpty ? setting : "\(setting), \(sampler)" }

  /// In order of appearance.
  static func settings(_ results: [StudySummary]) -> [StudyGroup] {
    names(results.map(\.setting)).map { name in
      StudyGroup(setting: name, sampler: "", results: results.filter { $0.setting == name })
    }
  }

  static func samplers(_ results: [StudySummary]) -> [StudyGroup] {
    settings(results).flatMap { group in
      names(group.results.map(\.sampler)).map { name in
        StudyGroup(
          setting: group.setting, sampler: name,
          results: group.results.filter { $0.sampler == name })
      }
    }
  }

  private static func names(_ all: [String]) -> [String] {
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }

  /// The first judge that was trained: the one that plots show.
  static func mainJudge(_ result: StudySummary) -> String? {
    result.rows.compactMap(\.judge).first
  }

  /// The strength of the largest coverage of all copies; of several the least.
  var bestByCoverage: StudySummary? { best { $0.coverage.last.flatMap { $0 }?.mean } }

  /// That of the largest coverage beyond what copies of other questions have.
  var bestBeyondGuessing: StudySummary? { best { $0.beyondGuessing?.mean } }

  /// That of the most accurate majority of all copies.
  var bestByMajority: StudySummary? {
    best { $0.row("majority")?.accuracy.last.flatMap { $0 }?.mean }
  }

  private func best(_ value: (StudySummary) -> Double?) -> StudySummary? {
    results.reduce(nil) { best, result in
      guard let best else { return result }
      return value(result) ?? -1 > value(best) ?? -1 ? result : best
    }
  }
}
