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

  func run(print: (String) -> Void) throws {
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
      let clock = ContinuousClock()
      var times: [Double] = []
      for step in 0...repetitions {
        let time = clock.measure {
          _ = engine.gradients(
            of: parameters, batch: batch, recurrence: recurrence, seed: UInt64(step),
            into: &gradients)
        }
        if step > 0 { times.append(time / .milliseconds(1)) }
      }
      times.sort()
      let (median, least) = (times[times.count / 2], times[0])
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
        print(line.line)
      } else {
        print(
          "\(numerics.rawValue): \(rows) rows of \(length), r = \(recurrence.iterations), "
            + "k = \(recurrence.differentiated), \(team.count) threads: "
            + String(format: "%.1f ms a step (least %.1f), %.0f tokens/s", median, least, rate))
      }
    }
  }
}
