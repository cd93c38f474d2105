import Checkpoints
import Foundation
import Tensors

/// A small continuous-thought model on Llama of random weights in a folder of its own, with the
/// tokenizer of `codi-tiny`; gone with the value. Norm weights are far from 1 and attention is far from
/// uniform, so that every mistake shows.
public final class RandomThoughts {
  public enum Feedback: String, Sendable, CaseIterable { case codi, colar }

  public static let (width, heads, keyValueHeads, layers) = (32, 4, 2, 2)
  public static let (feedForward, vocabulary, inner, positions) = (44, 512, 24, 96)
  public static let (epsilon, deviation) = (1e-5, 0.3)
  /// The token `###` of the tokenizer.
  public static let stop = 279

  public let path: String
  /// The tensors in the order of the file.
  public private(set) var tensors: [(name: String, shape: [Int], values: [Float])] = []

  /// - Parameters:
  ///   - isTied: whether the head is the embedding.
  ///   - change: what to make of the tensors before they are written.
  public init(
    _ feedback: Feedback, isTied: Bool, seed: UInt64 = 7,
    _ change: (inout [(name: String, shape: [Int], values: [Float])]) -> Void = { _ in }
  ) throws {
    path = NSTemporaryDirectory() + "muninn-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: Fixtures.path("codi-tiny/tokenizer.json"), toPath: "\(path)/tokenizer.json")
    let more =
      feedback == .codi
      ? "\"projector\": true, \"projector_hidden_size\": \(Self.inner)"
      : "\"latent_intermediate_size\": \(Self.inner), \"latent_embedding_std\": \(Self.deviation)"
    try """
    {"model_type": "llama", "hidden_size": \(Self.width), "num_hidden_layers": \(Self.layers),
     "num_attention_heads": \(Self.heads), "num_key_value_heads": \(Self.keyValueHeads),
     "intermediate_size": \(Self.feedForward), "vocab_size": \(Self.vocabulary),
     "max_position_embeddings": \(Self.positions), "rms_norm_eps": \(Self.epsilon),
     "hidden_act": "silu", "rope_theta": 700.0, "tie_word_embeddings": \(isTied),
     "rope_scaling": {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
                      "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
     "eos_token_id": 508, \(more)}
    """.write(toFile: "\(path)/config.json", atomically: true, encoding: .utf8)
    var generator = TorchGenerator(seed: seed)
    tensors = Self.shapes(feedback, isTied: isTied).map { name, shape in
      let count = shape.reduce(1, *)
      if name.hasSuffix("bias") {
        return (name, shape, generator.normal(count, deviation: 0.2))
      }
      if shape.count == 1 {
        return (
          name, shape, generator.normal(count, deviation: 0.3).map { 1 + max(-0.6, min(0.8, $0)) }
        )
      }
      let gain: Float = name.contains("q_proj") || name.contains("k_proj") ? 1.8 : 0.9
      let inputs = Float(name.contains("embed_tokens") ? 1 : shape[1])
      return (name, shape, generator.normal(count, deviation: gain / inputs.squareRoot()))
    }
    change(&tensors)
    let writer = try SafetensorsWriter(
      path: "\(path)/model.safetensors",
      entries: tensors.map { SafetensorsWriter.Entry($0.name, shape: $0.shape) }, metadata: [:])
    for tensor in tensors { try writer.append(tensor.values) }
    try writer.finish()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private static func shapes(
    _ feedback: Feedback, isTied: Bool
  ) -> [(String, [Int])] {
    let keys = width / heads * keyValueHeads
    var list: [(String, [Int])] = [
      ("model.embed_tokens.weight", [vocabulary, width]), ("model.norm.weight", [width]),
    ]
    if !isTied { list.append(("lm_head.weight", [vocabulary, width])) }
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)"
      list += [
        ("\(prefix).input_layernorm.weight", [width]),
        ("\(prefix).post_attention_layernorm.weight", [width]),
        ("\(prefix).self_attn.q_proj.weight", [width, width]),
        ("\(prefix).self_attn.k_proj.weight", [keys, width]),
        ("\(prefix).self_attn.v_proj.weight", [keys, width]),
        ("\(prefix).self_attn.o_proj.weight", [width, width]),
        ("\(prefix).mlp.gate_proj.weight", [feedForward, width]),
        ("\(prefix).mlp.up_proj.weight", [feedForward, width]),
        ("\(prefix).mlp.down_proj.weight", [width, feedForward]),
      ]
    }
    func map(_ name: String, _ inputs: Int, _ outputs: Int) -> [(String, [Int])] {
      [("\(name).weight", [outputs, inputs]), ("\(name).bias", [outputs])]
    }
    func norm(_ name: String, _ width: Int) -> [(String, [Int])] {
      [("\(name).weight", [width]), ("\(name).bias", [width])]
    }
    switch feedback {
    case .codi:
      return list + map("projector.1", width, inner) + map("projector.3", inner, width)
        + norm("projector.4", width)
    case .colar:
      return list + map("lt_head.fc.0", width, inner) + map("lt_head.fc.2", inner, inner)
        + norm("lt_head.fc.3", inner) + map("lt_head.mean", inner, width)
        + map("lt_head.log_std", inner, width)
    }
  }
}
