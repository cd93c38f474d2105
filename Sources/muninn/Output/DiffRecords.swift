import Checkpoints
import Trajectories

/// A comparison as JSON lines, schema `muninn.diff/1`.
struct DiffRecords {
  let names: (a: String, b: String)
  let differences: RunDifferences
  let expected: (a: ExpectedResults?, b: ExpectedResults?)
  /// The text of a token, as it is.
  let decode: (Int) -> String

  var lines: [String] {
    [whole] + differences.metrics.map(record) + differences.tokens.map(record)
      + differences.answers.map(record)
  }

  private func line(_ kind: String) -> JSONLine {
    var line = JSONLine()
    line.add("schema", DiffCommand.schema)
    line.add("kind", kind)
    return line
  }

  private var whole: String {
    let finding = differences.both.finding
    var line = line("diff")
    line.add("a", names.a)
    line.add("b", names.b)
    line.add("same", raw: "\(differences.isSame)")
    add("first", differences.first, &line)
    line.add(
      "metrics",
      raw: "[" + differences.differingFirst.map { JSONLine.quoted($0.name) }.joined(separator: ",")
        + "]")
    add("parts", finding.parts, &line)
    line.add("same_from", finding.sameFrom)
    add("answer_a", finding.answerOfA?.id, &line)
    add("answer_b", finding.answerOfB?.id, &line)
    line.add("distance", finding.distance)
    line.add("settles_otherwise", differences.settlingOtherwise.count)
    return line.line
  }

  private func record(_ metric: MetricDifference) -> String {
    var line = line("metric")
    line.add("metric", metric.name)
    line.add("unit", metric.unit)
    line.add("places", metric.places)
    line.add("differing", metric.differing)
    add("first", metric.first, &line)
    line.add("typical", metric.typical.map { Float($0) })
    line.add("largest", metric.largest.map { Float($0) })
    add("largest_at", metric.largestAt, &line)
    return line.line
  }

  private func record(_ token: TokenDifference) -> String {
    var line = line("token")
    line.add("token", token.index)
    for (name, side, expected) in [("a", token.a, expected.a), ("b", token.b, expected.b)] {
      line.add("id_\(name)", side.token?.id)
      add("text_\(name)", side.token?.id, &line)
      line.add("iterations_\(name)", side.iterations)
      add("says_\(name)", side.says?.id, &line)
      line.add("since_\(name)", side.since)
      line.add("arrives_\(name)", side.arrives)
      let isRight = expected?.isRight(side.says, token: token.index)
      line.add("right_\(name)", raw: isRight.map { "\($0)" } ?? "null")
    }
    line.add("first", token.first)
    line.add("parts", token.parts)
    line.add("largest_kl", token.largestDivergence)
    return line.line
  }

  private func record(_ answer: Address) -> String {
    var line = line("answer")
    line.add("token", answer.token)
    line.add("iteration", answer.iteration)
    add("a", differences.both.a.reading(answer)?.argmax, &line)
    add("b", differences.both.b.reading(answer)?.argmax, &line)
    return line.line
  }

  /// A token's text.
  private func add(_ key: String, _ id: Int?, _ line: inout JSONLine) {
    line.add(key, raw: id.map { JSONLine.quoted(decode($0)) } ?? "null")
  }

  private func add(_ key: String, _ place: Address?, _ line: inout JSONLine) {
    line.add(key, raw: place.map { JSONLine.quoted("\($0)") } ?? "null")
  }
}
