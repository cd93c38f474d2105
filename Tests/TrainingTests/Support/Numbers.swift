import Checkpoints
import LatentModels

@testable import Training

/// Repeatable numbers in −1..<1.
struct Numbers {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int32(truncatingIfNeeded: state >> 20) >> 8) / Float(1 << 23)
  }

  mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in next() * scale }
  }
}

/// The largest difference between two lists, over the largest magnitude of the second.
func relativeError(_ a: some Sequence<Float>, _ b: some Sequence<Double>) -> Double {
  let largest = b.map { abs($0) }.max() ?? 0
  let error = zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
  return a.allSatisfy(\.isFinite) ? error / max(largest, 1e-30) : .infinity
}

/// A small configuration of recurrent depth.
func tinyConfiguration(
  width: Int = 12, heads: Int = 2, feedForward: Int = 10, vocabulary: Int = 7,
  layers: (Int, Int, Int) = (1, 2, 1), tied: Bool = true, queryKeyBias: Bool = true,
  adapterBias: Bool = false, flavour: BlockFlavour = .sandwich, keyValueHeads: Int? = nil
) throws -> RecurrentDepthConfiguration {
  let json = """
    {"n_embd": \(width), "n_heads": \(heads), "intermediate_size": \(feedForward),
     "n_layers_in_prelude": \(layers.0), "n_layers_in_recurrent_block": \(layers.1),
     "n_layers_in_coda": \(layers.2), "vocab_size": \(vocabulary), "block_size": 64,
     "rope_base": 100, "norm_eps": 1e-6, "bias": \(adapterBias), "qk_bias": \(queryKeyBias),
     "num_key_value_heads": \(keyValueHeads ?? heads), "tie_embeddings": \(tied), "mean_recurrence": 4,
     "init_values": {"embed_scale": 3, "std": 0.2}}
    """
  return try RecurrentDepthConfiguration(
    try JSONValue(parsing: Array(json.utf8)), flavour: flavour, vocabularyRows: nil)
}

/// Weights that make every part count: gains around 1, matrices of unit gain.
func someParameters(_ layout: ParameterLayout, seed: UInt64) -> [Float] {
  var numbers = Numbers(seed: seed)
  return layout.entries.flatMap { entry -> [Float] in
    switch entry.role {
    case .gain: numbers.floats(entry.count, scale: 0.4).map { 1 + $0 }
    case .bias: numbers.floats(entry.count, scale: 0.5)
    case .embedding: numbers.floats(entry.count, scale: 0.6)
    case .matrix, .stack:
      numbers.floats(entry.count, scale: 1.7 / Float(entry.shape[1]).squareRoot())
    }
  }
}
