import Checkpoints
import Foundation
import Tensors

/// Times what a layer of Huginn-0125 consists of, at long prompts: how much of it is attention, whose cost
/// grows with the square of the prompt, and how much are norms and the like.
struct LayerBenchmark {
  /// Milliseconds of the parts of a layer, medians.
  struct Figure {
    let tokens: Int
    let products: Double
    let attention: Double
    /// Four norms, the rotation and the activation.
    let elementwise: Double

    var layer: Double { products + attention + elementwise }
    /// The part of the layer that is neither.
    var besides: Double { (attention + elementwise) / layer }
    /// Without attention it should be the same at every length.
    var perToken: Double { (products + elementwise) / Double(tokens) }
  }

  var width = 5_280
  var heads = 55
  var feedForward = 17_920
  let precision: Precision
  let tokens: [Int]
  /// Turns, in which every part of every length is timed once.
  var repetitions = 5
  let team: ThreadTeam
  let json: Bool

  func run(print: (String) throws -> Void) throws {
    let figures = try measure()
    for figure in figures { try print(json ? line(figure) : text(figure, than: figures[0])) }
  }

  func measure() throws -> [Figure] {
    let maps = try [
      (3 * width, width), (width, width), (2 * feedForward, width), (width, feedForward),
    ].map { outputs, inputs in
      try Linear(
        RandomWeights.tensor(
          outputs: outputs, inputs: inputs, type: .bfloat16, deviation: 0.02),
        precision: precision, team: team)
    }
    let gain = [Float](repeating: 1, count: width)
    let frequencies = (0..<width / heads / 2).map {
      powf(50_000, -2 * Float($0 * heads) / Float(width))
    }
    let rotary = RotaryTable(frequencies: frequencies, positions: tokens.max() ?? 1)
    // Kept from turn to turn, so that no turn but the first, which is not counted, makes room for them.
    let rooms = tokens.map { count in
      (
        inputs: maps.map { map in
          let rows = Buffer(rows: count, columns: map.inputs)
          rows.fill(0.5)
          return rows
        }, results: maps.map { _ in Buffer() }
      )
    }
    var times = tokens.map { _ in [[Double]](repeating: [], count: 3) }
    for turn in 0...repetitions {
      for (place, (inputs, results)) in rooms.enumerated() {
        let found = [
          milliseconds {
            for (map, (input, result)) in zip(maps, zip(inputs, results)) {
              map.apply(input, into: result, team: team)
            }
          },
          milliseconds {
            Operations.causalAttention(results[0], heads: heads, into: inputs[1], team: team)
          },
          milliseconds {
            for _ in 0..<4 {
              Operations.rmsNorm(
                inputs[0], weight: gain, epsilon: 1e-6, into: results[1], team: team)
            }
            Operations.rotateInterleaved(
              results[0], heads: heads, table: rotary, firstPosition: 0)
            Operations.siluMultiply(results[2], into: inputs[3], team: team)
          },
        ]
        guard turn > 0 else { continue }
        for part in found.indices { times[place][part].append(found[part]) }
      }
    }
    return zip(tokens, times).map { count, parts in
      let medians = parts.map { $0.sorted()[$0.count / 2] }
      return Figure(
        tokens: count, products: medians[0], attention: medians[1], elementwise: medians[2])
    }
  }

  private func milliseconds(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .milliseconds(1)
  }

  private func line(_ figure: Figure) -> String {
    var line = JSONLine()
    line.add("tokens", figure.tokens)
    line.add("precision", precision.rawValue)
    for (name, value) in [
      ("products_ms", figure.products), ("attention_ms", figure.attention),
      ("elementwise_ms", figure.elementwise), ("share_besides_products", figure.besides),
      ("per_token_without_attention_ms", figure.perToken),
    ] {
      line.add(name, raw: String(format: "%.4f", value))
    }
    return line.line
  }

  private func text(_ figure: Figure, than first: Figure) -> String {
    String(
      format:
        "%5d tokens: products %.1f ms, attention %.1f ms, norms and the like %.1f ms; %.1f %% besides "
        + "products; %.4f ms a token without attention, %.2f times that of %d tokens",
      figure.tokens, figure.products, figure.attention, figure.elementwise, figure.besides * 100,
      figure.perToken, figure.perToken / first.perToken, first.tokens)
  }
}
