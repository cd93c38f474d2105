import Checkpoints
import Foundation
import LatentModels
import ParallelScaling
import Tensors

/// Times copies of a run as one batch against the same copies one after the other, in turns; of models
/// whose iteration is large one iteration alone.
struct CopiesBenchmark {
  let model: any LatentModel
  let copies: Int
  /// Tokens of the prompts.
  let lengths: [Int]
  let rounds: Int
  let team: ThreadTeam
  let precision: Precision
  let json: Bool

  /// Tokens written behind the prompt.
  private static let written = 4
  /// Noise as a share of what iterations read.
  private static let noise: Float = 0.1
  /// Multiply-adds a token of iterations that are large: whole runs of many copies would take minutes.
  private static let large = 100_000_000

  /// - Throws: `ModelError`, `PerturbationError`.
  func run(print: (String) throws -> Void) throws {
    if model.facts.thoughts == nil { try print(try iterationLine()) }
    guard model.facts.multiplyAdds.iteration < Self.large else { return }
    // Thoughts are of the last token, whichever tokens differ.
    let choices: [EnsemblePlan.Positions] =
      model.facts.thoughts == nil ? [.all, .last] : [.all]
    for length in lengths {
      for positions in choices { try print(try line(length, positions)) }
    }
  }

  /// An iteration of one token, of one copy and of all of them side by side.
  private func iterationLine() throws -> String {
    let plan = try plan(1, .all)
    func prepared(_ count: Int) throws -> () throws -> Void {
      let context = try model.begin(
        Array(repeating: plan.ids, count: count), after: nil, .plain)
      let state = try model.initialState(plan.start, in: context)
      let call = Call(hooks: plan.hooks(Array(0..<count), iteration: 1, of: model))
      return { _ = try model.step(state, in: context, call) }
    }
    let (one, all) = (try prepared(1), try prepared(copies))
    try one()
    try all()
    let clock = ContinuousClock()
    var (alone, batch): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      alone.append(try clock.measure(one) / .milliseconds(1))
      batch.append(try clock.measure(all) / .milliseconds(1))
    }
    let cost = Self.median(zip(batch, alone).map { $0 / $1 })
    guard json else {
      return String(
        format: "an iteration of one token: %.3f ms, of %d copies of it: %.3f ms, "
          + "%.2f times as much",
        Self.median(alone), copies, Self.median(batch), cost)
    }
    var line = JSONLine()
    line.add("copies", copies)
    line.add("threads", team.count)
    line.add("rounds", rounds)
    line.add("iteration_one_ms", raw: String(format: "%.4f", Self.median(alone)))
    line.add("iteration_ms", raw: String(format: "%.4f", Self.median(batch)))
    line.add("cost", raw: String(format: "%.3f", cost))
    return line.line
  }

  private func line(_ length: Int, _ positions: EnsemblePlan.Positions) throws -> String {
    let runner = EnsembleRunner(model: model, plan: try plan(length, positions))
    let numbers = Array(0..<copies)
    let quiet = try quietBatch(runner.plan)
    _ = try runner.run([0])
    let clock = ContinuousClock()
    var (batch, alone): ([Double], [Double]) = ([], [])
    var (silent, ceiling): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      batch.append(
        try clock.measure { _ = try runner.run(numbers, keepsPath: false) } / .milliseconds(1))
      silent.append(try clock.measure(quiet) / .milliseconds(1))
      alone.append(
        try clock.measure {
          for number in numbers { _ = try runner.run([number], keepsPath: false) }
        } / .milliseconds(1))
      let rate = KernelTiming.multiplyAddsPerMillisecond(precision, team: team)
      if rate > 0 { ceiling.append(multiplyAdds(length, positions) / rate) }
    }
    let (together, apart) = (Self.median(batch), Self.median(alone))
    let ratio = Self.median(zip(alone, batch).map { $0 / $1 })
    let share = Self.median(zip(batch, silent).map { max(0, 1 - $1 / $0) })
    let most = ceiling.isEmpty ? nil : Self.median(zip(alone, ceiling).map { $0 / $1 })
    guard json else {
      let what =
        model.facts.thoughts == nil ? "noise in \(positions.rawValue)" : "noise in thoughts"
      let bound = most.map {
        String(format: " (at most %.1f, were there nothing but products)", $0)
      }
      return "\(copies) copies, \(length) tokens, \(what): "
        + String(
          format: "%.1f ms as a batch, %.0f %% of it noise, %.1f ms one after the other: "
            + "%.1f times as fast", together, share * 100, apart, ratio) + (bound ?? "")
    }
    var line = JSONLine()
    line.add("copies", copies)
    line.add("positions", positions.rawValue)
    line.add("prompt_tokens", length)
    line.add("iterations", runner.plan.iterations)
    line.add("tokens", Self.written)
    line.add("threads", team.count)
    line.add("rounds", rounds)
    line.add("batch_ms", raw: String(format: "%.3f", together))
    line.add("alone_ms", raw: String(format: "%.3f", apart))
    line.add("ratio", raw: String(format: "%.3f", ratio))
    if let most {
      line.add("products_ms", raw: String(format: "%.3f", Self.median(ceiling)))
      line.add("most_ratio", raw: String(format: "%.3f", most))
    }
    line.add("noise_share", raw: String(format: "%.3f", share))
    return line.line
  }

  /// The same batch where nothing is drawn and nothing differs.
  private func quietBatch(_ plan: EnsemblePlan) throws -> () throws -> Void {
    var plan = plan
    plan.perturbations = []
    let runner = EnsembleRunner(model: model, plan: plan)
    return { _ = try runner.run(Array(0..<copies), keepsPath: false) }
  }

  /// Products of a batch, without what runs once for all copies.
  private func multiplyAdds(_ length: Int, _ positions: EnsemblePlan.Positions) -> Double {
    let (work, steps) = (model.facts.multiplyAdds, model.facts.defaultIterations)
    let isOfThoughts = model.facts.thoughts != nil
    let rows = isOfThoughts || positions == .last ? 1 : length
    let first = rows * (steps * work.iteration + work.coda) + work.head
    let later = work.prelude + (isOfThoughts ? 0 : steps) * work.iteration + work.coda + work.head
    return Double(copies) * Double(first + (Self.written - 1) * later)
  }

  private func plan(
    _ length: Int, _ positions: EnsemblePlan.Positions
  ) throws -> EnsemblePlan {
    let facts = model.facts
    var ids = (0..<length).map { ($0 * 7919 + 13) % facts.vocabularySize }
    if let start = facts.thoughts?.tokens.start { ids[length - 1] = start }
    let kind = PerturbationKind.named("relative-noise")
    return EnsemblePlan(
      ids: ids,
      perturbations: try kind.map { [try Perturbation($0, strength: Self.noise, of: model)] } ?? [],
      start: facts.usualStart, positions: positions, iterations: facts.defaultIterations,
      tokens: Self.written)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
