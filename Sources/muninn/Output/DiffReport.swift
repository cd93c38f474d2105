import Checkpoints
import Foundation
import Trajectories

/// A comparison for people.
struct DiffReport {
  let names: (a: String, b: String)
  let differences: RunDifferences
  let expected: (a: ExpectedResults?, b: ExpectedResults?)

  /// Places listed one by one; `--jsonl` has all.
  private static let listed = 12

  var lines: [String] {
    if differences.isSame, differences.metrics.allSatisfy({ $0.largest ?? 0 == 0 }) {
      return ["A \(names.a), B \(names.b): the same to the last bit, \(extent)"]
    }
    return summary + [""] + metrics + [""] + tokens
  }

  private var extent: String {
    let both = differences.both
    return "\(both.commonRows) tokens, \(both.commonIterations) iterations"
  }

  // MARK: In sentences

  private var summary: [String] {
    let both = differences.both
    var lines = [both.finding.words(names, number: Self.short)]
    if differences.isSame { lines.append("the same within the tolerance, \(extent)") }
    if both.a.tokenCount != both.b.tokenCount {
      lines.append("the texts have \(both.a.tokenCount) and \(both.b.tokenCount) tokens")
    }
    lines += both.changedTokens.prefix(Self.listed).map {
      let tokens = both.tokens($0)
      return "token \($0) is \(quoted(tokens.a)) and \(quoted(tokens.b))"
    }
    if let first = differences.first {
      let titles = differences.differingFirst.map(\.title)
      let more = titles.count > 6 ? ", and \(titles.count - 6) more" : ""
      lines.append(
        "first difference at \(first): \(titles.prefix(6).joined(separator: ", "))\(more)")
    }
    let answers = differences.answers
    if let parts = both.parts {
      let places = answers.count == 1 ? "1 place" : "\(answers.count) places"
      lines.append("answers part at \(parts); they differ at \(places): \(answerList)")
    } else {
      lines.append("answers never differ")
    }
    return lines + settling + learning
  }

  private var answerList: String {
    let places = differences.answers.prefix(Self.listed).map { place in
      let (a, b) = (differences.both.a.reading(place), differences.both.b.reading(place))
      return "\(place) \(text(a?.best))│\(text(b?.best))"
    }
    let more = differences.answers.count - places.count
    return places.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
  }

  /// What learned to settle, and where.
  private var settling: [String] {
    let changed = differences.settlingOtherwise
    func list(_ words: String, _ tokens: [TokenDifference]) -> String? {
      guard !tokens.isEmpty else { return nil }
      let names = tokens.prefix(Self.listed).map { token in
        let change = "\(iteration(token.a.arrives)) to \(iteration(token.b.arrives))"
        return "\(token.index) \(quoted(token.b.token ?? token.a.token)) \(change)"
      }
      let more = tokens.count - names.count
      return "\(words): " + names.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
    }
    return [
      list("settles in B alone", changed.filter { $0.a.arrives == nil }),
      list("settles in A alone", changed.filter { $0.b.arrives == nil }),
      list("settles earlier in B", changed.filter { ($0.later ?? 0) < 0 }),
      list("settles later in B", changed.filter { ($0.later ?? 0) > 0 }),
    ].compactMap { $0 }
  }

  /// What is right in one alone, of what a task asks for.
  private var learning: [String] {
    let judged = differences.tokens.compactMap { token in
      if let a = expected.a?.isRight(token.a.says, token: token.index),
        let b = expected.b?.isRight(token.b.says, token: token.index)
      {
        (token: token, a: a, b: b)
      } else {
        nil
      }
    }
    guard !judged.isEmpty else { return [] }
    let counts = (judged.count { $0.a }, judged.count { $0.b })
    func list(_ words: String, _ tokens: [TokenDifference], _ since: (TokenDifference) -> Int?)
      -> String
    {
      guard !tokens.isEmpty else { return "" }
      let names = tokens.prefix(Self.listed).map {
        "\($0.index) \(quoted($0.b.token ?? $0.a.token)) since \(iteration(since($0)))"
      }
      let more = tokens.count - names.count
      return "; right in \(words) alone: " + names.joined(separator: ", ")
        + (more > 0 ? ", and \(more) more" : "")
    }
    return [
      "right results: A \(counts.0) and B \(counts.1) of \(judged.count)"
        + list("B", judged.filter { $0.b && !$0.a }.map(\.token)) { $0.b.since }
        + list("A", judged.filter { $0.a && !$0.b }.map(\.token)) { $0.a.since }
    ]
  }

  // MARK: In tables

  private var metrics: [String] {
    let rows = differences.metrics.map { metric in
      [
        metric.title, "\(metric.differing) of \(metric.places)",
        metric.first.map { "\($0)" } ?? "-",
        Self.short(metric.typical), Self.short(metric.largest),
        metric.largestAt.map { "\($0)" } ?? "-", metric.unit,
      ]
    }
    return Self.table(
      ["metric", "differs", "first", "typical", "largest", "at", "unit"], rows, left: [0, 6])
  }

  private var tokens: [String] {
    let rows = differences.tokens.map { token in
      let names =
        token.a.token == token.b.token
        ? quoted(token.a.token) : "\(quoted(token.a.token))│\(quoted(token.b.token))"
      let says = [token.a.says, token.b.says].map(text)
      return [
        "\(token.index) \(names)", says[0] == says[1] ? says[0] : "\(says[0])│\(says[1])",
        iteration(token.a.since), iteration(token.b.since), iteration(token.a.arrives),
        iteration(token.b.arrives), token.parts.map { "r \($0)" } ?? "-",
        Self.short(token.largestDivergence.map(Double.init)),
      ]
    }
    return Self.table(
      [
        "token", "says", "since A", "since B", "arrives A", "arrives B", "parts",
        "KL(A‖B) at most",
      ], rows, left: [0, 1])
  }

  /// Columns as wide as they have to be, with two blanks between them.
  private static func table(_ head: [String], _ rows: [[String]], left: Set<Int>) -> [String] {
    let all = ([head] + rows).map { $0.map { DisplayText.escape($0) } }
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return left.contains(column) ? cell + blanks : blanks + cell
      }
      let line = cells.joined(separator: "  ")
      let blanks = line.reversed().prefix { $0 == " " }.count
      return String(line.dropLast(blanks))
    }
  }

  private func iteration(_ iteration: Int?) -> String { iteration.map { "r \($0)" } ?? "-" }

  private func quoted(_ token: Token?) -> String { token.map { "'\($0.text)'" } ?? "nothing" }

  /// What is said; nothing where it diverged.
  private func text(_ candidate: Candidate?) -> String { candidate?.text ?? "nothing" }

  /// Three digits.
  private static func short(_ value: Double?) -> String { value.map(short) ?? "-" }

  private static func short(_ value: Double) -> String { String(format: "%.3g", value) }
}
