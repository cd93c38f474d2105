import Checkpoints
import Foundation
import Tensors

@testable import LatentModels

/// Retrofitted recurrence once more, in float64 and as plainly as it can be written: one loop a
/// formula, heads as indices, no packing, nothing shared with the engine but its configuration.
struct SlowRetrofit {
  private let c: RecurrentDepthConfiguration
  private let weights: [String: [Double]]
  private let frequencies: [Double]

  init(_ checkpoint: Checkpoint, _ configuration: RecurrentDepthConfiguration) {
    c = configuration
    weights = checkpoint.tensors.mapValues { $0.floats().map(Double.init) }
    frequencies = Self.frequencies(configuration)
  }

  var width: Int { c.width }

  struct Run {
    var embedded: [Double]  // [tokens · width]
    var states: [[Double]]  // [iterations][tokens · width]
    var logits: [Double]  // [tokens · vocabulary], after the last
  }

  /// - Parameters:
  ///   - start: s₀; nil starts from e.
  ///   - skipsAdapter: whether the first iteration is the core alone.
  func run(
    _ ids: [Int], start: [Float]?, iterations: Int, skipsAdapter: Bool = false
  ) -> Run {
    let table = weights["transformer.wte.weight"] ?? []
    var e: [Double] = []
    for id in ids { e += table[id * c.width..<(id + 1) * c.width] }
    for i in 0..<c.preludeLayers { e = block("transformer.prelude.\(i)", e, ids.count) }
    var state = start?.map(Double.init) ?? e
    var states: [[Double]] = []
    for iteration in 0..<iterations {
      let joined = (0..<ids.count).flatMap { row(state, $0) + row(e, $0) }
      let mixed = times("transformer.adapter.weight", joined, 2 * c.width)
      state = core(iteration == 0 && skipsAdapter ? state : mixed, tokens: ids.count)
      states.append(state)
    }
    var x = state
    for i in 0..<c.codaLayers { x = block("transformer.coda.\(i)", x, ids.count) }
    x = normed(x, "transformer.ln_f.weight", c.width)
    return Run(embedded: e, states: states, logits: times("lm_head.weight", x, c.width))
  }

  func core(_ x: [Double], tokens: Int) -> [Double] {
    (0..<c.coreLayers).reduce(x) { block("transformer.core_block.\($1)", $0, tokens) }
  }

  private func row(_ x: [Double], _ t: Int) -> ArraySlice<Double> {
    x[t * c.width..<(t + 1) * c.width]
  }

  private func block(_ name: String, _ x: [Double], _ tokens: Int) -> [Double] {
    let (first, second) = ("\(name).norm_1.weight", "\(name).norm_2.weight")
    if c.flavour == .postNorm {
      let y = plus(x, normed(attention(name, x, tokens), first, c.width))
      return plus(y, normed(mlp(name, y), second, c.width))
    }
    let y = plus(x, attention(name, normed(x, first, c.width), tokens))
    return plus(y, mlp(name, normed(y, second, c.width)))
  }

  private func mlp(_ name: String, _ x: [Double]) -> [Double] {
    let both = times("\(name).mlp.fc.weight", x, c.width)
    let f = c.feedForwardWidth
    let gated = (0..<both.count / 2).map { index in
      let (t, j) = (index / f, index % f)
      let gate = both[t * 2 * f + j]
      return gate / (1 + exp(-gate)) * both[t * 2 * f + f + j]
    }
    return times("\(name).mlp.proj.weight", gated, f)
  }

  private func attention(_ name: String, _ x: [Double], _ tokens: Int) -> [Double] {
    let size = c.width / c.heads
    let (qw, kw) = (c.heads * size, c.keyValueHeads * size)
    let all = times("\(name).attn.Wqkv.weight", x, c.width)
    let stride = qw + 2 * kw
    func part(_ from: Int, _ count: Int) -> [Double] {
      var values: [Double] = []
      for t in 0..<tokens { values += all[t * stride + from..<t * stride + from + count] }
      return values
    }
    var (q, k) = (part(0, qw), part(qw, kw))
    let v = part(qw + kw, kw)
    if c.flavour == .postNorm {
      q = normed(q, "\(name).attn.q_norm.weight", qw)
      k = normed(k, "\(name).attn.k_norm.weight", kw)
    }
    (q, k) = (rotated(q, c.heads, size), rotated(k, c.keyValueHeads, size))
    var out = [Double](repeating: 0, count: tokens * qw)
    for t in 0..<tokens {
      for head in 0..<c.heads {
        let shared = head / (c.heads / c.keyValueHeads)
        var scores: [Double] = []
        for s in 0...t {
          var dot = 0.0
          for i in 0..<size {
            dot += q[t * qw + head * size + i] * k[s * kw + shared * size + i]
          }
          scores.append(exp(dot / Double(size).squareRoot()))
        }
        let sum = scores.reduce(0, +)
        for (s, score) in scores.enumerated() {
          for i in 0..<size {
            out[t * qw + head * size + i] += score / sum * v[s * kw + shared * size + i]
          }
        }
      }
    }
    return times("\(name).attn.proj.weight", out, qw)
  }

  /// x·cos + rotate_half(x)·sin, with rotate_half(a, b) = (−b, a).
  private func rotated(_ x: [Double], _ heads: Int, _ size: Int) -> [Double] {
    x.indices.map { index in
      let (t, i) = (index / (heads * size), index % size)
      let angle = Double(t) * frequencies[i % (size / 2)]
      let other = i < size / 2 ? -x[index + size / 2] : x[index - size / 2]
      return x[index] * cos(angle) + other * sin(angle)
    }
  }

  private static func frequencies(_ c: RecurrentDepthConfiguration) -> [Double] {
    let size = c.width / c.heads
    return (0..<size / 2).map { j in
      let plain = pow(Double(c.rotary.base), -2 * Double(j) / Double(size))
      guard let s = c.rotary.scaling else { return plain }
      // How often a pair turns within the original context decides how much it is slowed.
      let turns = Double(s.originalContext) * plain / (2 * .pi)
      let (low, high) = (Double(s.lowFrequencyFactor), Double(s.highFrequencyFactor))
      let kept = min(1, max(0, (turns - low) / (high - low)))
      return plain * (kept + (1 - kept) / Double(s.factor))
    }
  }

  private func plus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }

  private func normed(_ x: [Double], _ name: String, _ width: Int) -> [Double] {
    let w = weights[name] ?? []
    return x.indices.map { index in
      let row = x[index / width * width..<(index / width + 1) * width]
      let mean = row.reduce(0) { $0 + $1 * $1 } / Double(width)
      return x[index] / (mean + Double(c.normEpsilon)).squareRoot() * w[index % width]
    }
  }

  /// x·Wᵀ for rows of `inputs` elements.
  private func times(_ name: String, _ x: [Double], _ inputs: Int) -> [Double] {
    let w = weights[name] ?? []
    let outputs = w.count / inputs
    var y: [Double] = []
    y.reserveCapacity(x.count / inputs * outputs)
    for t in 0..<x.count / inputs {
      for o in 0..<outputs {
        var sum = 0.0
        for i in 0..<inputs { sum += x[t * inputs + i] * w[o * inputs + i] }
        y.append(sum)
      }
    }
    return y
  }
}
