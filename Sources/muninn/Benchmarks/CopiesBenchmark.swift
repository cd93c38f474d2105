import Foundation
import LatentModels
import ParallelScaling
import Tensors

/// Times copies of a run as one batch against the same copies one after the other, in turns.
struct CopiesBenchmark {
  let model: any LatentModel
  let copies: Int
  /// Tokens of the prompts.
  let lengths: [Int]
  let rounds: Int
  let threads: Int
  let json: Bool

  /// Tokens written behind the prompt.
  private static let written = 4
  /// Noise as a share of what iterations read.
  private static let noise: Float = 0.1

  /// - Throws: `ModelError`, `PerturbationError`.
  func run(print: (String) throws -> Void) throws {
    // Thoughts are of the last token, whichever tokens differ.
    let choices: [EnsemblePlan.Positions] =
      model.facts.thoughts == nil ? [.all, .last] : [.all]
    for length in lengths {
      for positions in choices { try print(try line(length, positions)) }
    }
  }

  private func line(_ length: Int, _ positions: EnsemblePlan.Positions) throws -> String {
    let runner = EnsembleRunner(model: model, plan: try plan(length, positions))
    let numbers = Array(0..<copies)
    _ = try runner.run([0])
    let clock = ContinuousClock()
    var (batch, alone): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      batch.append(try clock.measure { _ = try runner.run(numbers) } / .milliseconds(1))
      alone.append(
        try clock.measure { for number in numbers { _ = try runner.run([number]) } }
          / .milliseconds(1))
    }
    let (together, apart) = (Self.median(batch), Self.median(alone))
    let ratio = Self.median(zip(alone, batch).map { $0 / $1 })
    guard json else {
      let what =
        model.facts.thoughts == nil ? "noise in \(positions.rawValue)" : "noise in thoughts"
      return "\(copies) copies, \(length) tokens, \(what): "
        + String(
          format: "%.1f ms as a batch, %.1f ms one after the other: %.1f times as fast", together,
          apart, ratio)
    }
    var line = JSONLine()
    line.add("copies", copies)
    line.add("positions", positions.rawValue)
    line.add("prompt_tokens", length)
    line.add("iterations", runner.plan.iterations)
    line.add("tokens", Self.written)
    line.add("threads", threads)
    line.add("rounds", rounds)
    line.add("batch_ms", raw: String(format: "%.3f", together))
    line.add("alone_ms", raw: String(format: "%.3f", apart))
    line.add("ratio", raw: String(format: "%.3f", ratio))
    return line.line
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
