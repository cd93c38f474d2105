import Checkpoints
import Engine
import Foundation
import Trajectories

/// A causal map as JSON lines, schema `muninn.cause/1`.
struct CauseRecords {
  let map: CausalMap
  let codec: TextCodec
  /// Which weights, in which precision.
  let model: String

  var lines: [String] {
    [header]
      + map.iterations.flatMap { iteration in
        (0..<map.tokenCount).compactMap { cell($0, iteration) }
      }
  }

  /// What is the same for all cells, and says of which map they are.
  var header: String {
    var line = JSONLine()
    line.add("schema", CauseCommand.schema)
    line.add("kind", map.kind.rawValue)
    if let site = map.site { line.add("site", "\(site)") } else { line.add("site", raw: "null") }
    line.add("answer", map.answer)
    line.add("answer_text", codec.decode(map.answer))
    line.add("other", map.other)
    line.add("other_text", codec.decode(map.other))
    line.add("last", map.last)
    line.add("clean_p", map.cleanEffect.probability)
    line.add("clean_logit_difference", map.cleanEffect.logitDifference)
    line.add("corrupt_p", map.corruptedEffect.probability)
    line.add("corrupt_logit_difference", map.corruptedEffect.logitDifference)
    line.add("model", model)
    line.add("clean", raw: Self.causes(of: map.clean))
    line.add("corrupted", raw: Self.causes(of: map.corrupted))
    return line.line
  }

  /// What made a run.
  private static func causes(of lineage: Lineage) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(lineage)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  private func cell(_ token: Int, _ iteration: Int) -> String? {
    guard let effect = map[token, iteration] else { return nil }
    var line = JSONLine()
    line.add("schema", CauseCommand.schema)
    line.add("token", token)
    line.add("iteration", iteration)
    line.add("p", effect.probability)
    line.add("logit_difference", effect.logitDifference)
    line.add("share_p", map.share(token: token, iteration: iteration, by: .probability))
    line.add(
      "share_logit_difference", map.share(token: token, iteration: iteration, by: .logitDifference))
    return line.line
  }
}

/// A causal map for people.
struct CauseTable {
  let map: CausalMap
  let tokens: [Token]
  let codec: TextCodec
  let measure: CausalMap.Measure

  var lines: [String] {
    let (answer, other) = (codec.token(map.answer).text, codec.token(map.other).text)
    var lines = [
      "share of '\(answer)' over '\(other)' that comes back at r \(map.last), by "
        + "\(measure.rawValue), \(map.kind == .hold ? "held" : "put back once")"
        + (map.site.map { " at \($0)" } ?? ""),
      "clean \(number(measure.value(map.cleanEffect))), corrupted "
        + number(measure.value(map.corruptedEffect)), "",
    ]
    let width = (tokens.enumerated().map { label($1, $0).count }.max() ?? 0) + 2
    lines.append(pad("", width) + map.iterations.map { lead("r \($0)", 8) }.joined())
    for (index, token) in tokens.enumerated() {
      let cells = map.iterations.map { iteration in
        lead(map.share(token: index, iteration: iteration, by: measure).map(number) ?? "…", 8)
      }
      lines.append(pad(label(token, index), width) + cells.joined())
    }
    let finding = CausalFinding(map, by: measure)
    lines += ["", finding.words(of: map, label: { label(tokens[$0], $0) })]
    return lines
  }

  private func label(_ token: Token, _ index: Int) -> String { "\(index) '\(token.text)'" }

  private func number(_ value: Float) -> String {
    let rounded = (Double(value) * 1000).rounded() / 1000
    return "\(rounded == 0 ? 0 : rounded)"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func lead(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
