import Checkpoints
import Foundation
import Tensors

/// A retrofitted model of random weights in a folder of its own; gone with the value. Norm weights
/// are far from 1 and attention is far from uniform, so that every mistake shows.
final class RandomRetrofit {
  struct Shape: Sendable {
    var isOLMo: Bool
    var width: Int
    var heads: Int
    var keyValueHeads: Int
    var feedForward = 44
    var vocabulary = 61

    static let olmo = Shape(isOLMo: true, width: 48, heads: 4, keyValueHeads: 4)
    static let olmoGrouped = Shape(isOLMo: true, width: 60, heads: 6, keyValueHeads: 2)
    static let llamaOdd = Shape(isOLMo: false, width: 30, heads: 3, keyValueHeads: 1)
  }

  let folder: URL
  private var generator: TorchGenerator

  /// - Parameter extra: more of config.json, with a comma behind it.
  init(_ shape: Shape, seed: UInt64, extra: String = "") throws {
    generator = TorchGenerator(seed: seed)
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "muninn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let scaling = """
      {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
       "original_max_position_embeddings": 32}
      """
    let json = """
      {"model_type": "huginn_raven", \(extra) "n_embd": \(shape.width), "n_heads": \(shape.heads),
       "num_key_value_heads": \(shape.keyValueHeads), "intermediate_size": \(shape.feedForward),
       "n_layers_in_prelude": 1, "n_layers_in_recurrent_block": 2, "n_layers_in_coda": 1,
       "vocab_size": \(shape.vocabulary), "padded_vocab_size": \(shape.vocabulary),
       "rope_theta": 700.0, "rope_base": 500000.0, "norm_eps": 1e-5, "tie_embeddings": false,
       "max_position_embeddings": 128, "init_values": {"embed_scale": 1.0, "std": 0.0087},
       "rope_scaling": \(shape.isOLMo ? "null" : scaling)}
      """
    try json.write(
      to: folder.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
    try writeWeights(shape)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func numbers(_ count: Int, deviation: Float) -> [Float] {
    generator.normal(count, deviation: deviation)
  }

  private func writeWeights(_ shape: Shape) throws {
    let (width, size) = (shape.width, shape.width / shape.heads)
    let keys = shape.keyValueHeads * size
    var list: [(name: String, shape: [Int])] = [
      ("transformer.wte.weight", [shape.vocabulary, width]),
      ("transformer.adapter.weight", [width, 2 * width]), ("transformer.ln_f.weight", [width]),
      ("lm_head.weight", [shape.vocabulary, width]),
    ]
    for part in ["prelude.0", "core_block.0", "core_block.1", "coda.0"] {
      let prefix = "transformer.\(part)"
      list += [
        ("\(prefix).norm_1.weight", [width]), ("\(prefix).norm_2.weight", [width]),
        ("\(prefix).attn.Wqkv.weight", [width + 2 * keys, width]),
        ("\(prefix).attn.proj.weight", [width, width]),
        ("\(prefix).mlp.fc.weight", [2 * shape.feedForward, width]),
        ("\(prefix).mlp.proj.weight", [width, shape.feedForward]),
      ]
      if shape.isOLMo {
        list += [
          ("\(prefix).attn.q_norm.weight", [width]), ("\(prefix).attn.k_norm.weight", [keys]),
        ]
      }
    }
    let writer = try SafetensorsWriter(
      path: folder.appendingPathComponent("model.safetensors").path,
      entries: list.map { SafetensorsWriter.Entry($0.name, shape: $0.shape) }, metadata: [:])
    for item in list {
      let count = item.shape.reduce(1, *)
      if item.shape.count == 1 {
        try writer.append(numbers(count, deviation: 0.3).map { 1 + max(-0.6, min(0.8, $0)) })
      } else {
        // The embedding is of unit size; maps keep that size, and attention gets a sharper one.
        let gain: Float = item.name.hasSuffix("Wqkv.weight") ? 1.6 : 0.9
        let inputs = Float(item.name.hasSuffix("wte.weight") ? 1 : item.shape[1])
        try writer.append(numbers(count, deviation: gain / inputs.squareRoot()))
      }
    }
    try writer.finish()
  }

  /// Writes golden.json and golden.safetensors beside the weights.
  /// - Parameter wrong: the tensor of which one number is changed.
  func writeReference(
    _ slow: SlowRetrofit, ids: [Int], iterations: Int, wrong: String?
  ) throws {
    let width = slow.width
    let start = numbers(ids.count * width, deviation: 0.5)
    let runs = [
      ("", slow.run(ids, start: start, iterations: iterations)),
      ("embed-init.", slow.run(ids, start: nil, iterations: iterations)),
      (
        "skip-adapter.",
        slow.run(ids, start: nil, iterations: iterations, skipsAdapter: true)
      ),
    ]
    var list: [(name: String, shape: [Int], values: [Float])] = [
      ("s0", [ids.count, width], start)
    ]
    for (prefix, run) in runs {
      list.append(
        (
          "\(prefix)states", [iterations, ids.count, width],
          run.states.flatMap { $0.map(Float.init) }
        ))
      list.append(
        (
          "\(prefix)logits_final", [ids.count, run.logits.count / ids.count],
          run.logits.map(Float.init)
        ))
    }
    var entries = list.map { SafetensorsWriter.Entry("p0.\($0.name)", shape: $0.shape) }
    entries.append(SafetensorsWriter.Entry("p0.ids", shape: [ids.count], type: .int32))
    let writer = try SafetensorsWriter(
      path: folder.appendingPathComponent("golden.safetensors").path, entries: entries,
      metadata: [:])
    for item in list {
      var values = item.values
      if item.name == wrong { values[values.count - 1] += 0.01 }
      try writer.append(values)
    }
    try writer.append(integers: ids.map(Int32.init))
    try writer.finish()
    let json = """
      {"R": \(iterations), "prompts": [{"name": "x"}],
       "tolerance": {"states_abs": 1e-4, "logits_abs": 1e-4, "entropy_abs": 1e-4,
                     "kl_abs": 1e-4, "norms_rel": 1e-4}}
      """
    try json.write(
      to: folder.appendingPathComponent("golden.json"), atomically: true, encoding: .utf8)
  }
}
