import Engine
import LatentModels
import Tensors
import Trajectories

/// Edits of states, made as everybody makes them: written in the grammar, run by the engine.
extension InsideVerifier {
  /// Where runs of an edit are compared.
  private struct Recipe {
    let name: String
    /// What is written, run B being called B.
    let edits: [String]
    /// The iteration after the edit, whose states the reference has.
    let next: Int
  }

  private func recipes(tokens: Int) -> [Recipe] {
    let (last, half, quarter) = (tokens - 1, reference.half, reference.quarter)
    return [
      Recipe(name: "replace", edits: ["\(last):\(half) := \(last):1"], next: half + 1),
      Recipe(
        name: "interpolate", edits: ["all:\(half) := 0.5*all:\(half) + 0.5*all:\(half)@B"],
        next: half + 1),
      Recipe(name: "zero", edits: ["1:3 := 0"], next: 4),
      Recipe(
        name: "add", edits: ["\(last):\(half) += 0.7*(\(last):1@B - \(last):\(half))"],
        next: half + 1),
      Recipe(name: "freeze", edits: ["freeze 1:\(quarter)"], next: quarter + 1),
    ]
  }

  /// An engine that knows where the runs of a reference start, and the cause of each.
  mutating func engine(
    _ prompt: InsideReference.Prompt, ids: [Int], otherStart: String?
  ) -> (engine: Engine, clean: PromptCause, start: (String?) -> Start)? {
    let summary = ModelSummary(
      name: "", defaultIterations: reference.iterations, parameters: model.facts.parameters,
      width: model.facts.width, vocabularySize: model.facts.vocabularySize,
      maximumTokens: model.facts.maximumTokens)
    var workbench = Workbench(model: model, summary: summary, codec: .idsOnly(problem: ""))
    for name in ["\(prompt.key).s0", otherStart].compactMap({ $0 }) {
      guard let state = matrix(name) else { continue }
      guard state.rows == ids.count, state.columns == model.facts.width else { return nil }
      workbench.givenStates[name] = state
    }
    let known = workbench.givenStates
    let usual = workbench.resolved(.usual)
    let start = { (name: String?) in
      name.flatMap { known[$0] == nil ? nil : Start.given(label: $0) } ?? usual
    }
    let clean = PromptCause(text: nil, ids: ids, start: start("\(prompt.key).s0"))
    return (Engine(workbench, candidates: 1), clean, start)
  }

  mutating func compareSurgery() throws {
    guard let json = reference.json["surgery"] else {
      return ledger.skip("surgery", why: "the reference has none")
    }
    let index = json["prompt"]?.integer ?? 0
    guard let prompt = reference.prompts.first(where: { $0.key == "p\(index)" }),
      let ids = try integers("\(prompt.key).ids"),
      let (engine, cleanCause, start) = engine(prompt, ids: ids, otherStart: "surgery.s0_b")
    else { return ledger.skip("surgery", why: "its prompt p\(index) is not there") }
    let clean = Lineage(cleanCause)
    let other = Lineage(cleanCause.starting(start("surgery.s0_b")))
    let (last, half) = (reference.iterations, reference.half)
    try compareRun(engine, clean, "clean", next: nil)
    if json["effects"] != nil { withoutTolerance.insert("surgery.effects (KL, state changes)") }
    if has("surgery.s0_b") {
      try compare(
        "surgery.start_b.states_half", try engine.state(other, half).values,
        with: "surgery.start_b.states_half", iteration: half, place: "run B")
      try compare(
        "surgery.start_b.states_R", try engine.state(other, last).values,
        with: "surgery.start_b.states_R", iteration: last, place: "run B")
      try compare(
        "surgery.a", try engine.state(other, 1).row(ids.count - 1), with: "surgery.a",
        iteration: 1, place: "run B")
    }
    try compare(
      "surgery.b", try engine.state(clean, half).row(ids.count - 1), with: "surgery.b",
      iteration: half, place: "clean")
    for recipe in recipes(tokens: ids.count) {
      guard reference.names.contains(where: { $0.hasPrefix("surgery.\(recipe.name).") }) else {
        continue
      }
      var lineage = clean
      do {
        for text in recipe.edits {
          let cause = EditCause(try Edit(parsing: text)) { _ in other }
          lineage = try engine.edit(lineage, cause).0
        }
      } catch let error as EditDoesNotFit {
        ledger.expect(
          false, family: "surgery.\(recipe.name)", iteration: nil, place: error.description)
        continue
      }
      try compareRun(engine, lineage, recipe.name, next: recipe.next)
      try compareUntouched(engine, lineage, clean, recipe)
    }
  }

  private mutating func compareRun(
    _ engine: Engine, _ lineage: Lineage, _ name: String, next: Int?
  ) throws {
    let last = reference.iterations
    if let next {
      try compare(
        "surgery.\(name).states_next", try engine.state(lineage, next).values,
        with: "surgery.\(name).states_next", iteration: next, place: name)
    }
    let state = try engine.state(lineage, last)
    try compare(
      "surgery.\(name).states_R", state.values, with: "surgery.\(name).states_R", iteration: last,
      place: name)
    let logits = try engine.logits(lineage, last, rows: state.rows - 1..<state.rows)
    try compare(
      "surgery.\(name).logits_last", logits.values, with: "surgery.\(name).logits_last",
      iteration: last, place: name)
    guard let effect = reference.json["surgery"]?["effects"]?[name],
      let answer = effect["argmax_last"]?.integer,
      let allowed = reference.tolerance("surgery.\(name).logits_last")
    else { return }
    let best = Operations.topK(logits.row(0), count: 2)
    if best.count == 2, best[0].logit - best[1].logit > 2 * allowed {
      ledger.expect(
        best[0].id == answer, family: "surgery.\(name).argmax", iteration: last, place: name)
    }
  }

  /// Nothing that comes before the first edited token may change, to the bit.
  private mutating func compareUntouched(
    _ engine: Engine, _ lineage: Lineage, _ clean: Lineage, _ recipe: Recipe
  ) throws {
    guard case .edit(let cause)? = lineage.links.last?.cause,
      case .range(let tokens) = cause.edit.target.tokens, tokens.lowerBound > 0
    else { return }
    for iteration in [recipe.next, reference.iterations] {
      let (ours, before) = (
        try engine.state(lineage, iteration), try engine.state(clean, iteration)
      )
      ledger.expect(
        ours.rows(0..<tokens.lowerBound) == before.rows(0..<tokens.lowerBound),
        family: "surgery.\(recipe.name).untouched", iteration: iteration,
        place: "tokens before \(tokens.lowerBound)")
    }
  }
}
