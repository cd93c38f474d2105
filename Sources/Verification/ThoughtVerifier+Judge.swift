import Checkpoints
import LatentModels
import ParallelScaling
import Tensors

/// What a judge says of copies, and beams that it keeps, with the noise of the reference.
extension ThoughtVerifier {
  /// Names of tensors that need a judge.
  static func isJudged(_ name: String) -> Bool {
    name.hasPrefix("beam.") || name == "samples.rm_step_scores"
  }

  private func runner(
    _ ids: [Int], tokens: Int, _ noise: @escaping @Sendable (Int, Int) -> [Float]?
  ) throws -> EnsembleRunner {
    EnsembleRunner(
      model: model,
      plan: EnsemblePlan(
        ids: ids, perturbations: [try Perturbation(.given(noise), strength: 1, of: model)],
        start: model.facts.usualStart, iterations: reference.thoughts, tokens: tokens))
  }

  /// Scores of every step of every copy, and what is chosen by them.
  mutating func compareScores(_ ids: [Int], _ prompt: inout Prompt) throws {
    let (count, width) = (reference.thoughts, model.facts.width)
    guard let judge, prompt.tensors.has("samples.rm_step_scores"),
      let noise = try prompt.tensors.all("samples.noise"), !noise.isEmpty,
      noise.count % (count * width) == 0
    else { return }
    // The token that ends the thoughts, and the one that stands for an answer.
    let runner = try runner(ids, tokens: 2) { copy, iteration in
      let start = (copy * count + iteration - 1) * width
      return Array(noise[start..<start + width])
    }
    let copies = try runner.run(Array(0..<noise.count / (count * width)))
    var rollouts = copies.map { copy in
      Rollout(
        copy: copy.number,
        answer: copy.written.count > 1 ? .number(Double(copy.written[1])) : nil)
    }
    let verdicts = try judge.verdicts(
      on: zip(copies, rollouts).map { JudgedCopy($0, $1) }, of: ids, control: .uninterrupted)
    rollouts = zip(rollouts, verdicts).map { $0.judged($1) }
    try compare(
      "samples.rm_step_scores", verdicts.flatMap { $0.steps.map { Float($0) } },
      with: "samples.rm_step_scores", kind: "scores", &prompt)
    guard let expected = prompt.json["samples"]?["latentrm"] else { return }
    let totals = rollouts.map { $0.score ?? .nan }
    ledger.compare(
      "latentrm.total", totals, with: expected["total"].map(Self.numbers) ?? totals,
      place: prompt.name, tolerance: Double(reference.tolerance("scores")) * Double(count))
    let chosen: [(name: String, ours: Int?)] = [
      ("best_of_n", Aggregator.best(totals)),
      ("majority_first_token", token(Vote(rollouts).winner?.answer)),
      (
        "weighted_vote_winner",
        token(Aggregator.named("weighted")?.answer(of: rollouts))
      ),
    ]
    for (name, ours) in chosen {
      guard let wanted = expected[name]?.integer else { continue }
      ledger.expect(
        ours == wanted, family: "latentrm.\(name)", iteration: nil,
        place: "\(prompt.name): \(ours.map(String.init) ?? "none"), the reference has \(wanted)")
    }
    let votes = Vote(rollouts, weights: ScoreReduction.softmax(totals)).tallies
    for member in expected["weighted_vote_softmaxT1"]?.members ?? [] {
      let ours = votes.first { token($0.answer).map(String.init) == member.name }
      ledger.compare(
        "latentrm.weighted_vote", [ours?.weight ?? .nan], with: [member.value.number ?? .nan],
        place: "\(prompt.name) \(member.name)", tolerance: 1e-4)
    }
  }

  private func token(_ answer: Rollout.Answer?) -> Int? {
    if case .number(let value) = answer { Int(value) } else { nil }
  }

  static func numbers(_ json: JSONValue) -> [Double] {
    (json.array ?? []).map { $0.number ?? .nan }
  }

  /// A beam search with the reference's candidates: every score, who is kept, and what the best one writes.
  mutating func compareBeams(_ ids: [Int], _ prompt: inout Prompt) throws {
    guard let judge, let expected = prompt.json["beam"],
      let noise = try prompt.tensors.all("beam.noise"),
      let beams = expected["beam_size"]?.integer, let ways = expected["candidates"]?.integer,
      let trace = expected["trace"]?.array
    else { return }
    let (count, width) = (reference.thoughts, model.facts.width)
    guard BeamSearch.sizes.contains(beams), BeamSearch.sizes.contains(ways),
      noise.count == count * beams * ways * width, trace.count == count
    else {
      return ledger.expect(
        false, family: "beam", iteration: nil,
        place: "\(prompt.name): \(noise.count) numbers and \(trace.count) steps for \(beams) beams "
          + "of \(ways), \(count) thoughts of \(width)")
    }
    let written = Self.ids(expected["ids"]) ?? []
    let runner = try runner(ids, tokens: written.count + 1) { number, iteration in
      let start = ((iteration - 1) * beams * ways + number) * width
      return Array(noise[start..<start + width])
    }
    let result = try BeamSearch(runner, judge: judge, beams: beams, candidates: ways).run()
    let allowed = Double(reference.tolerance("scores"))
    for (index, (step, wanted)) in zip(result.steps, trace).enumerated() {
      let place = "\(prompt.name) step \(index)"
      let candidates = wanted["candidates"]?.array ?? []
      ledger.compare(
        "beam.step_scores", step.scores, with: candidates.map { $0["step_score"]?.number ?? .nan },
        place: place, tolerance: allowed)
      ledger.compare(
        "beam.cumulative", step.totals, with: candidates.map { $0["cumulative"]?.number ?? .nan },
        place: place, tolerance: allowed * Double(index + 1))
      let kept = Self.ids(wanted["kept"])
      ledger.expect(
        step.kept == kept, family: "beam.kept", iteration: nil,
        place: "\(place): \(step.kept), the reference has \(kept ?? [])")
    }
    if let best = expected["best_cumulative"]?.number {
      ledger.compare(
        "beam.best", [result.scores.reduce(0, +)], with: [best], place: prompt.name,
        tolerance: allowed * Double(count))
    }
    try compare(
      "beam.best_thoughts", result.copy.thoughts.flatMap { $0 }, with: "beam.best_thoughts",
      kind: "thoughts", &prompt)
    compare(
      "beam.ids", Array(result.copy.written.dropFirst()), with: written, iteration: nil, prompt)
  }
}
