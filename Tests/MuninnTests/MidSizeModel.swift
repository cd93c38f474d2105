import Checkpoints
import Foundation
import TestSupport

/// A model of random weights whose step takes long enough to type during it.
enum MidSizeModel {
  private static let width = 384
  private static let feedForward = 1536
  private static let coreLayers = 4

  /// Writes it to a folder: configuration and weights, no tokenizer.
  static func write(to folder: TemporaryFolder) throws {
    let configuration: [String: Any] = [
      "model_type": "huginn_raven", "n_embd": width, "n_heads": 6,
      "intermediate_size": feedForward, "n_layers_in_prelude": 0,
      "n_layers_in_recurrent_block": coreLayers, "n_layers_in_coda": 0, "block_size": 512,
      "mean_recurrence": 1000, "vocab_size": 64, "padded_vocab_size": 64, "tie_embeddings": true,
      "qk_bias": false, "bias": false,
    ]
    try JSONSerialization.data(withJSONObject: configuration)
      .write(to: URL(fileURLWithPath: folder.file("config.json")))

    var entries = [
      SafetensorsWriter.Entry("transformer.wte.weight", shape: [64, width]),
      SafetensorsWriter.Entry("transformer.adapter.weight", shape: [width, 2 * width]),
      SafetensorsWriter.Entry("transformer.ln_f.weight", shape: [width]),
    ]
    for layer in 0..<coreLayers {
      let prefix = "transformer.core_block.\(layer)"
      entries += (1...4).map {
        SafetensorsWriter.Entry("\(prefix).norm_\($0).weight", shape: [width])
      }
      entries += [
        SafetensorsWriter.Entry("\(prefix).attn.Wqkv.weight", shape: [3 * width, width]),
        SafetensorsWriter.Entry("\(prefix).attn.proj.weight", shape: [width, width]),
        SafetensorsWriter.Entry("\(prefix).mlp.fc.weight", shape: [2 * feedForward, width]),
        SafetensorsWriter.Entry("\(prefix).mlp.proj.weight", shape: [width, feedForward]),
      ]
    }
    let writer = try SafetensorsWriter(
      path: folder.file("model.safetensors"), entries: entries)
    // One pool of noise, read from another place each time: filling every matrix takes longer than
    // the test.
    var seed: UInt32 = 1
    let pool: [Float] = (0..<65_536).map { _ in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return (Float(seed >> 8) / Float(1 << 24) - 0.5) * 0.1
    }
    for (index, entry) in entries.enumerated() {
      let isNorm = entry.shape.count == 1
      var left = entry.shape.reduce(1, *)
      var from = index * 7919 % 32_768
      while left > 0 {
        let count = min(left, pool.count - from)
        try writer.append(
          isNorm ? [Float](repeating: 1, count: count) : Array(pool[from..<from + count]))
        left -= count
        from = 0
      }
    }
    try writer.finish()
  }
}
