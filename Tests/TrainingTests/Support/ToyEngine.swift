import Foundation
import LatentModels
import Training

/// A bigram model: logits of the next token = gain ∘ W · E[token] · (1 − 2⁻ʳ), so that more
/// iterations are surer. Enough to train for real in a test, in no time.
///
/// Its gradients are exact but for a length that depends a little on the seed: a step taken with
/// another step's seed shows in the result.
final class ToyEngine: GradientEngine {
  static let width = 8
  static let vocabulary = 256
  let layout = ParameterLayout(entries: [
    .init(name: "embedding", shape: [256, 8], offset: 0, role: .embedding),
    .init(name: "head.proj.weight", shape: [256, 8], offset: 2048, role: .matrix(parts: 2)),
    .init(name: "gain", shape: [256], offset: 4096, role: .gain),
  ])

  private func logits(_ parameters: [Float], token: Int, iterations: Int) -> [Double] {
    let scale = 1 - pow(0.5, Double(iterations))
    return (0..<Self.vocabulary).map { output in
      var sum = 0.0
      for i in 0..<Self.width {
        sum += Double(parameters[2048 + output * 8 + i]) * Double(parameters[token * 8 + i])
      }
      return sum * scale * Double(parameters[4096 + output])
    }
  }

  func gradients(
    of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start: Start,
    into gradients: inout [Float]
  ) -> LossReport {
    for i in gradients.indices { gradients[i] = 0 }
    guard case .placed(let seed) = start else { fatalError("training starts by place") }
    let total = batch.weights.reduce(0.0) { $0 + Double($1) }
    let scale = 1 - pow(0.5, Double(recurrence.iterations)) + Double(seed % 1000) * 1e-6
    var loss = 0.0
    for place in batch.tokens.indices where batch.weights[place] > 0 {
      let (token, target) = (Int(batch.tokens[place]), Int(batch.targets[place]))
      let logits = logits(parameters, token: token, iterations: recurrence.iterations)
      let top = logits.max() ?? 0
      let exponentials = logits.map { exp($0 - top) }
      let sum = exponentials.reduce(0, +)
      let weight = Double(batch.weights[place]) / total
      loss += weight * (log(sum) + top - logits[target])
      for output in 0..<Self.vocabulary {
        let slope = weight * (exponentials[output] / sum - (output == target ? 1 : 0)) * scale
        let gain = Double(parameters[4096 + output])
        for i in 0..<Self.width {
          let head = Double(parameters[2048 + output * 8 + i])
          let embedding = Double(parameters[token * 8 + i])
          gradients[2048 + output * 8 + i] += Float(slope * gain * embedding)
          gradients[token * 8 + i] += Float(slope * gain * head)
          gradients[4096 + output] += Float(slope * head * embedding)
        }
      }
    }
    return LossReport(loss: loss, weight: total)
  }

  func predictions(
    of parameters: [Float], tokens: [Int32], rows: Int, length: Int, readouts: [Int], start: Start
  ) -> [[Int32]] {
    readouts.map { readout in
      tokens.map { token in
        let logits = logits(parameters, token: Int(token), iterations: readout)
        return Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
      }
    }
  }
}
