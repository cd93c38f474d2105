import Engine
import LatentModels
import Tensors
import Trajectories

/// Which token's state carries the answer.
extension InsideVerifier {
  mutating func compareCausal() throws {
    guard let json = reference.json["causal"] else {
      return ledger.skip("causal", why: "the reference has none")
    }
    let key = "p\(json["prompt"]?.integer ?? 0)"
    // "zero", a tensor, or words about one.
    let words = json["corrupt_s0"]?.string ?? "zero"
    let startName = words.split(separator: " ").map(String.init).first(where: has) ?? words
    guard let prompt = reference.prompts.first(where: { $0.key == key }),
      let ids = try integers("\(key).ids"),
      let other = try integers("causal.corrupt_ids"),
      let iterations = json["iterations"]?.array?.compactMap(\.integer),
      startName == "zero" || has(startName),
      let (engine, cleanCause, start) = engine(
        prompt, ids: ids, otherStart: startName == "zero" ? nil : startName)
    else {
      return ledger.skip(
        "causal", why: "its prompt \(key), its corrupted run or its start is missing")
    }
    let corrupted = PromptCause(
      text: nil, ids: other, start: startName == "zero" ? .zero : start(startName))
    for kind in CausalMap.Kind.allCases {
      let prefix = kind == .hold ? "causal.hold_" : "causal."
      guard has("\(prefix)p") || has("\(prefix)logit_difference") else { continue }
      do {
        var map = try engine.causalMap(
          clean: Lineage(cleanCause), corrupted: Lineage(corrupted), kind: kind,
          iterations: iterations, last: reference.iterations,
          answer: json["clean_answer"]?.integer, other: json["other_answer"]?.integer)
        while map.computedCount < map.count { try engine.fill(&map, most: ids.count) }
        try compare(map, prefix)
      } catch let error as NoCausalMap {
        ledger.expect(
          false, family: "\(prefix)p", iteration: nil, place: error.description)
      }
    }
  }

  private mutating func compare(_ map: CausalMap, _ prefix: String) throws {
    for (name, measure) in [
      ("p", CausalMap.Measure.probability), ("logit_difference", .logitDifference),
    ] {
      // Token by token, so that the report says which.
      for token in 0..<map.tokenCount {
        let ours = map.iterations.map { map[token, $0].map(measure.value) ?? .nan }
        try compare(
          "\(prefix)\(name)", ours, with: "\(prefix)\(name)", [token], iteration: nil,
          place: "token \(token)")
      }
      guard let allowed = tolerance("causal.\(name)"), map.kind == .once else { continue }
      for (run, effect) in [("clean", map.cleanEffect), ("corrupt", map.corruptedEffect)] {
        guard let expected = reference.json["causal"]?["\(run)_\(name)"]?.number else { continue }
        ledger.compare(
          "causal.baseline", iteration: map.last, [measure.value(effect)], with: [Float(expected)],
          place: "\(run)_\(name)"
        ) { _ in allowed }
      }
    }
  }
}
