import Checkpoints
import Foundation
import Tensors
import TestSupport

@testable import LatentModels

/// A Nanbeige model of random weights with options that no reference has, and its loop once more in
/// float64, as plainly as it can be written.
final class RandomNanbeige {
  let folder: TemporaryFolder
  let configuration: LoopedConfiguration
  private let weights: [String: [Double]]

  /// - Parameter options: more of config.json, each with a comma behind it.
  init(_ options: String, seed: UInt64) throws {
    folder = try TemporaryFolder()
    let json = """
      {"model_type": "nanbeige", \(options) "hidden_size": 20, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 28,
       "vocab_size": 41, "num_loops": 2, "rope_theta": 900, "max_position_embeddings": 64}
      """
    try json.write(toFile: folder.file("config.json"), atomically: true, encoding: .utf8)
    configuration = try LoopedConfiguration(JSONValue(parsing: json), flavour: .nanbeige)
    let expected = LoopedTensorNames.expected(configuration)
    let writer = try SafetensorsWriter(
      path: folder.file("model.safetensors"),
      entries: expected.map { SafetensorsWriter.Entry($0.name, shape: $0.shapes[0]) }, metadata: [:]
    )
    var generator = TorchGenerator(seed: seed)
    var weights: [String: [Double]] = [:]
    for tensor in expected {
      let shape = tensor.shapes[0]
      let size = shape.count == 1 ? 0.4 : 1.2 / Float(shape[1]).squareRoot()
      let isGain = shape.count == 1 && tensor.name.hasSuffix("weight")
      let values = generator.normal(shape.reduce(1, *), deviation: size)
        .map { isGain ? 1 + max(-0.6, min(0.8, $0)) : $0 }
      try writer.append(values)
      weights[tensor.name] = values.map(Double.init)
    }
    try writer.finish()
    self.weights = weights
  }

  /// States after each loop, and logits of the last.
  func run(_ ids: [Int], loops: Int) -> (states: [[Double]], logits: [Double]) {
    let c = configuration
    let table = weights["model.embed_tokens.weight"] ?? []
    var h = ids.flatMap { table[$0 * c.width..<($0 + 1) * c.width] }
    var states: [[Double]] = []
    for _ in 0..<loops {
      for layer in 0..<c.layers {
        let name = "model.layers.\(layer)"
        h = plus(h, attention(name, normed(h, "\(name).input_layernorm", c.width), ids.count))
        let b = normed(h, "\(name).post_attention_layernorm", c.width)
        let (gate, up) = (times("\(name).mlp.gate_proj", b), times("\(name).mlp.up_proj", b))
        h = plus(h, times("\(name).mlp.down_proj", zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }))
      }
      if c.normsEachLoop { h = normed(h, "model.norm", c.width) }
      states.append(h)
    }
    return (states, times("lm_head", c.normsEachLoop ? h : normed(h, "model.norm", c.width)))
  }

  private func attention(_ name: String, _ x: [Double], _ tokens: Int) -> [Double] {
    let (c, size) = (configuration, configuration.headDimension)
    func heads(_ part: String, _ count: Int, turns: Bool) -> [Double] {
      var y = times("\(name).self_attn.\(part)_proj", x)
      guard turns else { return y }
      if c.hasHeadNorms { y = normed(y, "\(name).self_attn.\(part)_layernorm", size) }
      return y.indices.map { index in
        let (t, i) = (index / (count * size), index % size)
        let place = Double(t) / Double(c.rotary.positionFactor)
        let angle = place * pow(Double(c.rotary.base), -2 * Double(i % (size / 2)) / Double(size))
        let other = i < size / 2 ? -y[index + size / 2] : y[index - size / 2]
        return y[index] * cos(angle) + other * sin(angle)
      }
    }
    let q = heads("q", c.heads, turns: true)
    let k = heads("k", c.keyValueHeads, turns: true)
    let v = heads("v", c.keyValueHeads, turns: false)
    let (qw, kw) = (c.heads * size, c.keyValueHeads * size)
    var out = [Double](repeating: 0, count: tokens * qw)
    for t in 0..<tokens {
      for head in 0..<c.heads {
        let shared = head / (c.heads / c.keyValueHeads) * size
        let scores = (0...t).map { s in
          let dot = (0..<size).reduce(0.0) {
            $0 + q[t * qw + head * size + $1] * k[s * kw + shared + $1]
          }
          return exp(dot / Double(size).squareRoot())
        }
        let sum = scores.reduce(0, +)
        for (s, score) in scores.enumerated() {
          for i in 0..<size {
            out[t * qw + head * size + i] += score / sum * v[s * kw + shared + i]
          }
        }
      }
    }
    return times("\(name).self_attn.o_proj", out)
  }

  private func plus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }

  private func normed(_ x: [Double], _ name: String, _ width: Int) -> [Double] {
    let gain = weights["\(name).weight"] ?? []
    return x.indices.map { index in
      let row = x[index / width * width..<(index / width + 1) * width]
      let mean = row.reduce(0) { $0 + $1 * $1 } / Double(width)
      return x[index] / (mean + Double(configuration.normEpsilon)).squareRoot()
        * gain[index % width]
    }
  }

  private func times(_ name: String, _ x: [Double]) -> [Double] {
    let w = weights["\(name).weight"] ?? []
    let bias = weights["\(name).bias"]
    let outputs =
      LoopedTensorNames.expected(configuration)
      .first { $0.name == "\(name).weight" }?.shapes[0][0] ?? 1
    let inputs = w.count / outputs
    return (0..<x.count / inputs).flatMap { t in
      (0..<outputs).map { o in
        (0..<inputs).reduce(bias?[o] ?? 0) { $0 + x[t * inputs + $1] * w[o * inputs + $1] }
      }
    }
  }
}
