import Checkpoints
import Glibc
import LatentModels
import ParallelScaling

/// Compares what is computed of several copies' answers and scores with a reference: votes, best of N,
/// coverage, answers read out of texts, acceptance and rejection, convergence picks, and the losses a
/// judge is trained with. No model is needed.
public struct AggregatorVerifier {
  private let json: JSONValue
  /// Measures of a chain of states and mixing rules; nil where there is no such file.
  let chain: JSONValue?
  /// Losses a judge is trained with; nil where there is no such file.
  private let losses: LossVerifier?
  var ledger = ErrorLedger()
  private var notOffered: Set<String> = []
  /// Numbers in float64 that only the order of adding may change.
  static let tolerance = 1e-12

  /// The file that a reference of this kind is in.
  public static let file = "aggregators.json"

  /// - Parameter directory: with `aggregators.json`.
  /// - Throws: what reading the document throws.
  public init(directory: String) throws {
    json = try JSONValue(readingFile: "\(directory)/\(Self.file)")
    let other = "\(directory)/trajectory_metrics.json"
    chain = access(other, F_OK) == 0 ? try JSONValue(readingFile: other) : nil
    losses = try LossVerifier(directory: directory)
  }

  /// Compares everything there is.
  public mutating func run() -> ErrorLedger {
    for vote in json["votes"]?.array ?? [] { compareVote(vote) }
    compareCoverage()
    compareExtraction()
    compareAcceptance()
    compareConvergence()
    compareChain()
    compareTestTimeNoise()
    losses?.run(into: &ledger)
    return ledger
  }

  static func numbers(_ json: JSONValue?) -> [Double] {
    (json?.array ?? []).map { $0.number ?? .nan }
  }

  private static func answer(_ json: JSONValue?) -> Rollout.Answer? {
    json?.number.map { .number($0) }
  }

  /// The published rules of noise at test time, with given numbers.
  private mutating func compareTestTimeNoise() {
    guard let item = chain?["huginn_test_time_noise"], let size = item["n"]?.number,
      let mean = item["mean_recurrence"]?.integer, mean > 0
    else { return }
    func rows(_ json: JSONValue?) -> [[Double]] { (json?.array ?? []).map(Self.numbers) }
    let (x, noise) = (rows(item["x"]), rows(item["eps"]))
    let gain = Self.numbers(item["norm_weight"])
    let epsilon = item["norm_eps"]?.number ?? .nan
    let uniform = item["uniform_draw_for_chi"]?.number ?? .nan
    for member in item["out"]?.members ?? [] {
      guard let rule = TestTimeNoise(rawValue: member.name) else {
        ledger.skip("noise.\(member.name)", why: "not a published rule this program has")
        continue
      }
      for step in member.value.members ?? [] {
        guard let iteration = Int(step.name), iteration >= 0 else { continue }
        let weight = rule.weight(
          size: size, iteration: iteration, mean: mean, uniform: uniform)
        let mixed = zip(x, noise).map { TestTimeNoise.mixed($0, $1, weight: weight) }
        let normed = mixed.map { TestTimeNoise.renormed($0, gain: gain, epsilon: epsilon) }
        for (name, ours) in [("mixed", mixed), ("renormed", normed)] {
          ledger.compare(
            "noise.\(rule.rawValue)", ours.flatMap { $0 },
            with: rows(step.value[name]).flatMap { $0 }, place: "iteration \(iteration) \(name)",
            tolerance: Self.tolerance)
        }
      }
    }
  }

  // MARK: Votes

  private mutating func compareVote(_ json: JSONValue) {
    let name = json["name"]?.string ?? "?"
    let scores = (json["step_scores"]?.array ?? []).map(Self.numbers)
    let rollouts = (json["answers"]?.array ?? []).enumerated().map { copy, answer in
      Rollout(
        copy: copy, answer: Self.answer(answer),
        stepScores: scores.indices.contains(copy) ? scores[copy] : [])
    }
    guard let expected = json["expected"] else { return }
    for (key, counts) in [("majority_official", true), ("majority_strict", false)] {
      guard let wanted = expected[key] else { continue }
      let winner = Vote(rollouts, countsUnreadable: counts).winner
      ledger.expect(
        winner?.answer == Self.answer(wanted), family: key, iteration: nil, place: name)
    }
    for (member, wanted) in (expected["best_of_n"]?.members ?? []).map({ ($0.name, $0.value) }) {
      compareBest(member, wanted, rollouts, name)
    }
    for (member, wanted) in (expected["weighted_vote"]?.members ?? []).map({ ($0.name, $0.value) })
    {
      compareWeighted(member, wanted, rollouts, name)
    }
  }

  private mutating func compareBest(
    _ member: String, _ wanted: JSONValue, _ rollouts: [Rollout], _ name: String
  ) {
    let reduction = ScoreReduction(rawValue: member.replacing("_", with: "-"))
    guard let reduction else {
      return ledger.skip("best_of_n.\(member)", why: "not a way scores are reduced here")
    }
    let scores = rollouts.map { reduction.score($0.stepScores) ?? .nan }
    let family = "best_of_n.\(member)"
    ledger.compare(
      family, scores, with: Self.numbers(wanted["scores"]), place: name, tolerance: Self.tolerance)
    let index = Aggregator.best(scores)
    ledger.expect(
      index == wanted["index"]?.integer
        && index.map { rollouts[$0].answer } == Self.answer(wanted["answer"]),
      family: family, iteration: nil, place: name)
  }

  private mutating func compareWeighted(
    _ member: String, _ wanted: JSONValue, _ rollouts: [Rollout], _ name: String
  ) {
    func scores(_ reduction: ScoreReduction) -> [Double] {
      rollouts.map { reduction.score($0.stepScores) ?? .nan }
    }
    let weights: [Double]
    switch member {
    case "softmax_sum_T1": weights = ScoreReduction.softmax(scores(.sum))
    case "softmax_sum_T05": weights = ScoreReduction.softmax(scores(.sum), temperature: 0.5)
    case "softmax_mean_T1": weights = ScoreReduction.softmax(scores(.mean))
    default:
      if !notOffered.contains(member) {
        ledger.skip("weighted_vote.\(member)", why: "a way of weighing that is not offered")
      }
      notOffered.insert(member)
      return
    }
    let family = "weighted_vote.\(member)"
    ledger.compare(
      family, weights, with: Self.numbers(wanted["weights"]), place: name,
      tolerance: Self.tolerance)
    let vote = Vote(rollouts, weights: weights)
    let pairs = (wanted["per_answer"]?.array ?? []).compactMap(\.array)
    ledger.compare(
      family, vote.tallies.map(\.weight), with: pairs.map { $0.last?.number ?? .nan }, place: name,
      tolerance: Self.tolerance)
    ledger.expect(
      vote.tallies.map(\.answer) == pairs.map { Self.answer($0.first) }
        && vote.winner?.answer == Self.answer(wanted["winner"]),
      family: family, iteration: nil, place: name)
  }

  // MARK: Coverage

  private mutating func compareCoverage() {
    for item in json["pass_at_k"]?.array ?? [] {
      guard let n = item["n"]?.integer, let c = item["c"]?.integer, let k = item["k"]?.integer,
        let value = item["value"]?.number, n >= 0, (0...n).contains(c), k >= 0
      else { continue }
      ledger.compare(
        "pass_at_k", [Coverage.passAtK(copies: n, right: c, k: k)], with: [value],
        place: "n \(n), c \(c), k \(k)", tolerance: Self.tolerance)
    }
    if let item = json["pass_at_k_k_gt_n"], let n = item["n"]?.integer, n > 0,
      let k = item["k"]?.integer, k > n
    {
      ledger.compare(
        "pass_at_k", [0, 1].map { Coverage.passAtK(copies: n, right: $0, k: k) },
        with: [item["c0"]?.number ?? .nan, item["c1"]?.number ?? .nan], place: "k above n",
        tolerance: Self.tolerance)
    }
    guard let data = json["pass_at_k_dataset"] else { return }
    let problems = (data["correct"]?.array ?? []).map { row in
      let right = (row.array ?? []).filter { $0.integer == 1 || $0.bool == true }.count
      return (copies: row.array?.count ?? 0, right: right)
    }
    for member in data["mean_pass_at_k"]?.members ?? [] {
      guard let k = Int(member.name), k >= 0, let value = member.value.number else { continue }
      ledger.compare(
        "pass_at_k.mean", [Coverage.passAtK(problems, k: k) ?? .nan], with: [value],
        place: "k \(k)", tolerance: Self.tolerance)
    }
  }

  private mutating func compareExtraction() {
    let formats: [(String, ThoughtFormat)] = [
      ("coconut", .coconut), ("codi", .codi), ("colar", .colar),
    ]
    for (name, format) in formats {
      for pair in (json["answer_extraction"]?[name]?.array ?? []).compactMap(\.array) {
        guard let text = pair.first?.string else { continue }
        ledger.expect(
          format.number(in: text) == pair.last?.number, family: "answers.\(name)", iteration: nil,
          place: "\"\(text)\": \(format.number(in: text).map { "\($0)" } ?? "none")")
      }
    }
  }

  // MARK: Choosing by rewards and residuals

  private mutating func compareAcceptance() {
    for (index, item) in (json["lto_acceptance_rejection"]?.array ?? []).enumerated() {
      let rewards = Self.numbers(item["rewards"])
      let uniforms = Self.numbers(item["uniforms"])
      guard let beta = item["beta"]?.number, beta > 0, let wanted = item["want"]?.integer,
        rewards.allSatisfy(\.isFinite)
      else { continue }
      var used = 0
      // What would go on past the numbers given is cut short by certain acceptance.
      let accepted = AcceptanceRejection.choose(wanted, of: rewards, beta: beta) {
        used += 1
        return used <= uniforms.count ? uniforms[used - 1] : 0
      }
      let place = "case \(index): \(accepted) with \(used) numbers"
      ledger.expect(
        accepted == (item["accepted"]?.array ?? []).compactMap(\.integer)
          && used == item["uniforms_used"]?.integer, family: "lto.accepted", iteration: nil,
        place: place)
      ledger.compare(
        "lto.probabilities", AcceptanceRejection.probabilities(of: rewards, beta: beta),
        with: Self.numbers(item["closed_form_probabilities"]), place: place,
        tolerance: Self.tolerance)
    }
  }

  private mutating func compareConvergence() {
    guard let item = json["eqr_top1_converged"] else { return }
    let residuals = (item["residuals"]?.array ?? []).map(Self.numbers)
    for member in item.members ?? [] where member.name.hasPrefix("top1_converged_last") {
      guard let last = Int(member.name.dropFirst("top1_converged_last".count)) else { continue }
      let index = Aggregator.mostConverged(residuals, last: last)
      ledger.expect(
        index == member.value.integer, family: "eqr", iteration: nil,
        place: "last \(last): \(index.map(String.init) ?? "none")")
    }
  }
}
