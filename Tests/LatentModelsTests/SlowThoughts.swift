import Foundation
import TestSupport

/// Continuous thoughts on Llama once more, in float64 and as plainly as they can be written: the whole
/// text again for every thought, no keys kept, heads as indices, nothing shared with the engine.
struct SlowThoughts {
  private let weights: [String: [Double]]
  private let feedback: RandomThoughts.Feedback
  private let size = RandomThoughts.width / RandomThoughts.heads

  init(_ random: RandomThoughts, _ feedback: RandomThoughts.Feedback) {
    self.feedback = feedback
    weights = Dictionary(
      uniqueKeysWithValues: random.tensors.map { ($0.name, $0.values.map(Double.init)) })
  }

  /// The hidden vector of the last position: of the prompt, and behind every thought.
  func hidden(_ ids: [Int], thoughts: Int) -> [[Double]] {
    let width = RandomThoughts.width
    let table = tensor("model.embed_tokens.weight")
    var inputs = ids.map { Array(table[$0 * width..<($0 + 1) * width]) }
    var hidden = [last(inputs)]
    for _ in 0..<thoughts {
      inputs.append(thought(hidden[hidden.count - 1]))
      hidden.append(last(inputs))
    }
    return hidden
  }

  func logits(_ hidden: [Double]) -> [Double] {
    times(weights["lm_head.weight"] ?? tensor("model.embed_tokens.weight"), hidden)
  }

  private func tensor(_ name: String) -> [Double] { weights[name] ?? [] }

  /// What is fed back.
  private func thought(_ hidden: [Double]) -> [Double] {
    func map(_ name: String, _ x: [Double]) -> [Double] {
      zip(times(tensor("\(name).weight"), x), tensor("\(name).bias")).map(+)
    }
    func gelu(_ x: [Double]) -> [Double] { x.map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) } }
    func layerNorm(_ name: String, _ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      let (gain, bias) = (tensor("\(name).weight"), tensor("\(name).bias"))
      return x.indices.map {
        (x[$0] - mean) / (variance + 1e-5).squareRoot() * gain[$0] + bias[$0]
      }
    }
    switch feedback {
    case .codi:
      return layerNorm("projector.4", map("projector.3", gelu(map("projector.1", hidden))))
    case .colar:
      let x = layerNorm("lt_head.fc.3", map("lt_head.fc.2", gelu(map("lt_head.fc.0", hidden))))
      return map("lt_head.mean", x).map { $0 * RandomThoughts.deviation }
    }
  }

  /// All blocks and the final norm over a text; its last row.
  private func last(_ inputs: [[Double]]) -> [Double] {
    let rows = (0..<RandomThoughts.layers).reduce(inputs) { block("model.layers.\($1)", $0) }
    return normed(rows[rows.count - 1], "model.norm")
  }

  private func block(_ name: String, _ rows: [[Double]]) -> [[Double]] {
    let read = rows.map { normed($0, "\(name).input_layernorm") }
    func project(_ letter: String) -> [[Double]] {
      read.map { times(tensor("\(name).self_attn.\(letter)_proj.weight"), $0) }
    }
    let (q, k, v) = (
      project("q").enumerated().map { rotated($1, at: $0) },
      project("k").enumerated().map { rotated($1, at: $0) }, project("v")
    )
    return rows.indices.map { t in
      let seen = attended(q[t], Array(k[...t]), Array(v[...t]))
      let stream = plus(rows[t], times(tensor("\(name).self_attn.o_proj.weight"), seen))
      let x = normed(stream, "\(name).post_attention_layernorm")
      let gate = times(tensor("\(name).mlp.gate_proj.weight"), x)
      let up = times(tensor("\(name).mlp.up_proj.weight"), x)
      let gated = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
      return plus(stream, times(tensor("\(name).mlp.down_proj.weight"), gated))
    }
  }

  private func attended(_ q: [Double], _ k: [[Double]], _ v: [[Double]]) -> [Double] {
    let group = RandomThoughts.heads / RandomThoughts.keyValueHeads
    return (0..<RandomThoughts.heads).flatMap { head -> [Double] in
      let (mine, shared) = (head * size, head / group * size)
      let scores = k.map { key in
        exp(
          (0..<size).reduce(0.0) { $0 + q[mine + $1] * key[shared + $1] }
            / Double(size).squareRoot())
      }
      let sum = scores.reduce(0, +)
      return (0..<size).map { i in
        zip(scores, v).reduce(0.0) { $0 + $1.0 / sum * $1.1[shared + i] }
      }
    }
  }

  /// x·cos + rotate_half(x)·sin, with rotate_half(a, b) = (−b, a), slowed as Llama 3 slows it.
  private func rotated(_ x: [Double], at position: Int) -> [Double] {
    x.indices.map { index in
      let i = index % size
      let plain = pow(700.0, -2 * Double(i % (size / 2)) / Double(size))
      // How often a pair turns within the original 32 positions decides how much it is slowed.
      let kept = min(1, max(0, (32 * plain / (2 * .pi) - 1) / 3))
      let angle = Double(position) * plain * (kept + (1 - kept) / 4)
      let other = i < size / 2 ? -x[index + size / 2] : x[index - size / 2]
      return x[index] * cos(angle) + other * sin(angle)
    }
  }

  private func normed(_ x: [Double], _ name: String) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    let scale = 1 / (mean + RandomThoughts.epsilon).squareRoot()
    return zip(x, tensor("\(name).weight")).map { $0 * scale * $1 }
  }

  private func plus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }

  private func times(_ matrix: [Double], _ x: [Double]) -> [Double] {
    (0..<matrix.count / x.count).map { row in
      x.indices.reduce(0.0) { $0 + matrix[row * x.count + $1] * x[$1] }
    }
  }
}
