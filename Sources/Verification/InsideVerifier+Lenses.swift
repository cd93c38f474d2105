import Engine
import LatentModels
import Tensors
import Trajectories

/// What lenses read after every block.
extension InsideVerifier {
  mutating func compareLens(_ lens: StreamLens, _ run: Run) throws {
    let key = "\(run.prompt.key).\(lens.name)_lens"
    guard reference.names.contains(where: { $0.hasPrefix("\(key).") }) else {
      return ledger.skip("\(lens.name)_lens of \(run.prompt.name)", why: "the reference has none")
    }
    let reader = BlockReader(model, attention: .none)
    let tokens = run.context.ids.count
    let pairs = try integers("\(run.prompt.key).lens_tokens") ?? []
    let watched = { (token: Int) in
      pairs.count == 2 * tokens ? Array(pairs[2 * token..<2 * token + 2]) : []
    }
    guard pairs.allSatisfy({ (0..<model.facts.vocabularySize).contains($0) }) else {
      return ledger.expect(
        false, family: "\(lens.name)_lens", iteration: nil,
        place: "\(run.prompt.name): lens_tokens outside the vocabulary")
    }
    for (place, iteration) in run.prompt.iterations.enumerated() {
      let before = run.states[iteration - 1]
      let pass = try reader.iteration(after: before, in: run.context)
      let table = try LensTable(
        pass, through: lens, model: model, state: before, in: run.context, watched: watched)
      for (block, stream) in pass.streams.enumerated() {
        let hidden = try lens.hidden(stream, model, before, run.context, .plain)
        try compareReadings(
          table.readings[block], model.logits(hidden, positions: 0..<tokens), lens,
          index: [place, block], iteration, run.prompt)
      }
    }
  }

  /// - Parameter logits: what the readings were made of.  // [tokens, vocabulary]
  private mutating func compareReadings(
    _ readings: [LensReading], _ logits: Matrix, _ lens: StreamLens, index: [Int],
    _ iteration: Int, _ prompt: InsideReference.Prompt
  ) throws {
    let (family, place) = ("\(lens.name)_lens", "\(prompt.name) block \(index[1])")
    let key = "\(prompt.key).\(family)"
    try compare(
      "\(family).entropy", readings.map { $0.entropy ?? .nan }, with: "\(key).entropy", index,
      iteration: iteration, place: place)
    try compare(
      "\(family).margin", readings.map { $0.margin ?? .nan }, with: "\(key).margin", index,
      iteration: iteration, place: place)
    try compare(
      "\(family).logits_last", logits.row(logits.rows - 1), with: "\(key).logits_last", index,
      iteration: iteration, place: place)
    guard let allowed = tolerance("\(key).logits") else { return }
    if let expected = try integerPart("\(key).argmax", index),
      let margins = try part("\(key).margin", index), margins.count == expected.count
    {
      ledger.expect(
        expected.count == readings.count, family: "\(family).argmax", iteration: iteration,
        place: "\(place): \(expected.count) tokens")
      for (token, (reading, (id, margin))) in zip(readings, zip(expected, margins)).enumerated()
      where margin > 2 * allowed {
        ledger.expect(
          reading.argmax == id, family: "\(family).argmax", iteration: iteration,
          place: "\(place) token \(token)")
      }
    }
    try compareRanks(readings, logits, family, key, index, iteration, place, allowed)
  }

  private mutating func compareRanks(
    _ readings: [LensReading], _ logits: Matrix, _ family: String, _ key: String, _ index: [Int],
    _ iteration: Int, _ place: String, _ allowed: Float
  ) throws {
    guard let ranks = try integerPart("\(key).rank", index),
      let gaps = try part("\(key).rank_gap", index), gaps.count == ranks.count
    else { return }
    let ours = readings.flatMap(\.watched)
    guard ours.count == ranks.count else {
      return ledger.expect(
        false, family: "\(family).rank", iteration: iteration,
        place: "\(place): \(ranks.count) ranks for \(ours.count) tokens")
    }
    for (entry, (watched, (rank, gap))) in zip(ours, zip(ranks, gaps)).enumerated()
    where gap > 2 * allowed {
      // The reference counts from 0.
      ledger.expect(
        watched.rank - 1 == rank, family: "\(family).rank", iteration: iteration,
        place: "\(place) token \(entry / 2)")
    }
    let each = max(1, ours.count / max(1, logits.rows))
    let distances = ours.enumerated().map { entry, watched in
      Self.gap(logits.row(entry / each), watched.id)
    }
    try compare(
      "\(family).rank_gap", distances, with: "\(key).rank_gap", index, iteration: iteration,
      place: place)
  }

  /// How far a logit is from the nearest other one.
  private static func gap(_ logits: ArraySlice<Float>, _ id: Int) -> Float {
    let own = logits[logits.startIndex + id]
    return logits.enumerated().reduce(Float.infinity) { smallest, entry in
      entry.offset == id ? smallest : min(smallest, abs(entry.element - own))
    }
  }

  /// The likeliest tokens at the end, wherever our own lead is past rounding.
  mutating func compareAnswers(_ run: Run) throws {
    let expected = (run.prompt.json["final_argmax"]?.array ?? []).compactMap(\.integer)
    guard !expected.isEmpty else { return }
    let allowed = reference.tolerance("\(run.prompt.key).coda_lens.logits") ?? 1e-3
    let logits = try model.readout(
      run.states[reference.iterations], in: run.context, positions: 0..<run.context.ids.count)
    ledger.expect(
      expected.count == logits.rows, family: "final_argmax", iteration: nil,
      place: "\(run.prompt.name): \(expected.count) tokens")
    for (token, id) in expected.enumerated() where token < logits.rows {
      let best = Operations.topK(logits.row(token), count: 2)
      guard best.count == 2, best[0].logit - best[1].logit > 2 * allowed else { continue }
      ledger.expect(
        best[0].id == id, family: "final_argmax", iteration: nil,
        place: "\(run.prompt.name) token \(token)")
    }
  }
}
