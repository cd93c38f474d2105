import Checkpoints
import Foundation
import LatentModels
import Tensors
import Training

/// Times gradients of the embedded model, step by step: rows × length tokens, r iterations, the last
/// k of them differentiated.
struct TrainingBenchmark {
  var rows = 64
  var length = 48
  var recurrence = RecurrenceDraw(iterations: 9, differentiated: 4)
  let team: ThreadTeam
  let repetitions: Int
  let json: Bool

  func run(print: (String) throws -> Void) throws {
    let checkpoint = try Checkpoint.embedded()
    let configuration = try RecurrentDepthModel.plan(checkpoint).configuration
    for numerics in Numerics.allCases.reversed() {
      let engine = try RecurrentDepthGradients(
        configuration, numerics: numerics, shards: 2, team: team)
      let parameters = engine.layout.entries.flatMap { entry in
        checkpoint.tensors[entry.name]?.floats() ?? []
      }
      let tokens = (0..<rows * length).map { Int32(($0 * 7919 + 13) % 96 + 32) }
      let batch = TrainingBatch(
        rows: rows, length: length, tokens: tokens, targets: tokens,
        weights: Array(repeating: 1, count: tokens.count))
      var gradients: [Float] = []
      let (median, least) = time { step in
        _ = engine.gradients(
          of: parameters, batch: batch, recurrence: recurrence, start: .placed(seed: UInt64(step)),
          into: &gradients)
      }
      let rate = Double(tokens.count) / median * 1000
      if json {
        var line = JSONLine()
        line.add("numerics", numerics.rawValue)
        line.add("rows", rows)
        line.add("length", length)
        line.add("iterations", recurrence.iterations)
        line.add("differentiated", recurrence.differentiated)
        line.add("threads", team.count)
        line.add("step_ms", raw: String(format: "%.3f", median))
        line.add("least_step_ms", raw: String(format: "%.3f", least))
        line.add("tokens_per_second", raw: String(format: "%.0f", rate))
        try print(line.line)
      } else {
        try print(
          "\(numerics.rawValue): \(rows) rows of \(length), r = \(recurrence.iterations), "
            + "k = \(recurrence.differentiated), \(team.count) threads: "
            + String(format: "%.1f ms a step (least %.1f), %.0f tokens/s", median, least, rate))
      }
      if numerics == .fast {
        try timeOptimizer(engine.layout, parameters, gradients: gradients, print: print)
      }
    }
  }

  /// What comes after the gradients of a step: clipping, Muon, AdamW, averaging.
  private func timeOptimizer(
    _ layout: ParameterLayout, _ parameters: [Float], gradients: [Float],
    print: (String) throws -> Void
  ) throws {
    let optimizer = Optimizer(layout: layout, settings: OptimizerSettings(), team: team)
    var state = OptimizerState(count: layout.count)
    var (weights, average, gradients) = (parameters, parameters, gradients)
    let (median, least) = time { _ in
      GradientClip.apply(limit: 1, to: &gradients)
      optimizer.update(&weights, gradients: gradients, state: &state, rate: 1)
      WeightAverage.update(&average, with: weights, decay: 0.99)
    }
    if json {
      var line = JSONLine()
      line.add("parameters", layout.count)
      line.add("threads", team.count)
      line.add("optimizer_ms", raw: String(format: "%.3f", median))
      line.add("least_optimizer_ms", raw: String(format: "%.3f", least))
      try print(line.line)
    } else {
      try print(
        "optimizer: \(layout.count) parameters, \(team.count) threads: "
          + String(format: "%.1f ms a step (least %.1f)", median, least))
    }
  }

  /// Median and least milliseconds of some repetitions, after one that is not counted.
  private func time(_ work: (Int) -> Void) -> (median: Double, least: Double) {
    let clock = ContinuousClock()
    work(0)
    let times = (1...max(1, repetitions)).map { step in
      clock.measure { work(step) } / .milliseconds(1)
    }.sorted()
    return (times[times.count / 2], times[0])
  }
}
