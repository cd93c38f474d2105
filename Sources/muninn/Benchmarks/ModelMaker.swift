import ArgumentParser
import Checkpoints
import Foundation

/// Writes a random model of real shapes, for measurements where the real one is not at hand.
///
/// The numbers have the deviations of the family's initialisation; they repeat after some millions,
/// so the model says nothing, at the speed of the real one. bfloat16 throughout, one file, streamed.
struct ModelMaker {
  /// Sizes of a model with Huginn's blocks; the defaults are Huginn-0125.
  struct Sizes: Equatable {
    var width = 5_280
    var heads = 55
    var feedForward = 17_920
    var vocabulary = 65_536
    var prelude = 2
    var core = 4
    var coda = 2
    var context = 4_096
    var recurrence = 32

    /// Reads `width=64,heads=4`; what is not named keeps its default.
    init(parsing text: String) throws {
      let keys: [String: WritableKeyPath<Sizes, Int>] = [
        "width": \.width, "heads": \.heads, "feed-forward": \.feedForward,
        "vocabulary": \.vocabulary, "prelude": \.prelude, "core": \.core, "coda": \.coda,
        "context": \.context, "recurrence": \.recurrence,
      ]
      for part in text.split(separator: ",") {
        let pair = part.split(separator: "=")
        guard pair.count == 2, let path = keys[String(pair[0])], let value = Int(pair[1]),
          (1...1 << 24).contains(value)
        else {
          throw ValidationError(
            "--sizes: \"\(part)\" is not one of \(keys.keys.sorted().joined(separator: ", ")) "
              + "with a number above 0, such as width=256.")
        }
        self[keyPath: path] = value
      }
      guard width % heads == 0, (width / heads) % 2 == 0 else {
        throw ValidationError(
          "--sizes: a width of \(width) does not divide into \(heads) heads of even size.")
      }
    }
  }

  let sizes: Sizes

  enum Fill { case weights, output, bias, ones }

  /// What is written, in its order.
  var tensors: [(name: String, shape: [Int], fill: Fill)] {
    let (d, ff) = (sizes.width, sizes.feedForward)
    var list: [(name: String, shape: [Int], fill: Fill)] = [
      ("transformer.wte.weight", [sizes.vocabulary, d], .weights)
    ]
    func blocks(_ part: String, _ count: Int) {
      for index in 0..<count {
        let prefix = "transformer.\(part).\(index)"
        list += [
          ("\(prefix).norm_1.weight", [d], .ones),
          ("\(prefix).attn.qk_bias", [2, 1, sizes.heads, d / sizes.heads], .bias),
          ("\(prefix).attn.Wqkv.weight", [3 * d, d], .weights),
          ("\(prefix).attn.proj.weight", [d, d], .output),
          ("\(prefix).norm_2.weight", [d], .ones),
          ("\(prefix).mlp.fc.weight", [2 * ff, d], .weights),
          ("\(prefix).mlp.proj.weight", [d, ff], .output),
          ("\(prefix).norm_3.weight", [d], .ones),
          ("\(prefix).norm_4.weight", [d], .ones),
        ]
      }
    }
    blocks("prelude", sizes.prelude)
    list.append(("transformer.adapter.weight", [d, 2 * d], .weights))
    blocks("core_block", sizes.core)
    blocks("coda", sizes.coda)
    list.append(("transformer.ln_f.weight", [d], .ones))
    return list
  }

  /// Bytes of all tensors.
  var byteCount: Int { tensors.reduce(0) { $0 + $1.shape.reduce(1, *) * 2 } }

  private var expectedDepth: Int { sizes.prelude + sizes.core * sizes.recurrence + sizes.coda }
  private var deviation: Double { (2 / (5 * Double(sizes.width))).squareRoot() }
  private var outputDeviation: Double { deviation / (2 * Double(expectedDepth)).squareRoot() }

  /// Writes config.json and model.safetensors into a folder, made if need be.
  /// - Throws: `ValidationError` when the disk is too small or already holds such a model,
  ///   `CheckpointError` when it cannot be written.
  func write(to directory: String, progress: @escaping (Int, Int) -> Void) throws {
    // A prime number of values: rows of no width repeat at once.
    let normals = RandomWeights.normals(4_194_301, seed: 7)
    func pool(_ deviation: Double) -> [UInt16] {
      normals.map { RandomWeights.bfloat16($0 * Float(deviation)) }
    }
    let pools: [Fill: [UInt16]] = [
      .weights: pool(deviation), .output: pool(outputDeviation), .bias: pool(0.02),
      .ones: [UInt16](repeating: RandomWeights.bfloat16(1), count: 1 << 16),
    ]
    try write(to: directory, configuration: configuration(), progress: progress) { index, append in
      let tensor = tensors[index]
      var left = tensor.shape.reduce(1, *)
      let pool = pools[tensor.fill] ?? []
      while left > 0 {
        let part = left >= pool.count ? pool : Array(pool[..<left])
        try append(part)
        left -= part.count
      }
    }
  }

  /// Writes a model of these shapes whose numbers `fill` appends, tensor after tensor, as bfloat16.
  /// - Throws: as above, and what `fill` throws.
  func write(
    to directory: String, configuration: String, progress: @escaping (Int, Int) -> Void,
    fill: (_ tensor: Int, _ append: ([UInt16]) throws -> Void) throws -> Void
  ) throws {
    let weights = "\(directory)/model.safetensors"
    let files = FileManager.default
    guard !directory.isEmpty else {
      throw ValidationError("--make-model takes the path of a folder, not an empty text.")
    }
    try OutputFolder.make(directory)
    guard !files.fileExists(atPath: weights) else {
      throw ValidationError("\(weights) exists; give a new folder.")
    }
    let room =
      (try? files.attributesOfFileSystem(forPath: directory))?[.systemFreeSize] as? NSNumber
    if let room, room.intValue < byteCount {
      throw ValidationError(
        "\(directory) has room for \(Quantity.bytes(room.intValue)); the model takes "
          + "\(Quantity.bytes(byteCount)).")
    }
    let writer = try SafetensorsWriter(
      path: weights,
      entries: tensors.map { .init($0.name, shape: $0.shape, type: .bfloat16) },
      metadata: ["format": "pt"])
    var written = 0
    for index in tensors.indices {
      try fill(index) { part in
        try writer.append(bfloat16: part)
        written += part.count * 2
        progress(written, byteCount)
      }
    }
    try writer.finish()
    try OutputFile.write(Array((configuration + "\n").utf8), to: "\(directory)/config.json")
  }

  /// config.json; what is not given is Huginn-0125's.
  func configuration(
    embedScale: Double? = nil, rotaryBase: Double = 50_000, epsilon: Double = 1e-6
  ) -> String {
    var initial = JSONLine()
    initial.add("embed_scale", raw: String(embedScale ?? Double(sizes.width).squareRoot()))
    initial.add("embedding", raw: String(deviation))
    initial.add("out_proj", raw: String(outputDeviation))
    initial.add("std", raw: String(deviation))
    var line = JSONLine()
    line.add("model_type", "huginn_raven")
    line.add("architectures", raw: "[\"RavenForCausalLM\"]")
    line.add("block_class_name", "SandwichBlock")
    line.add("injection_type", "linear")
    line.add("mlp_class_name", "GatedMLP")
    line.add("nonlin_name", "SiLU")
    line.add("norm_class_name", "RMSNorm_llama")
    line.add("state_init", "like-init")
    line.add("torch_dtype", "bfloat16")
    line.add("n_embd", sizes.width)
    line.add("n_heads", sizes.heads)
    line.add("num_key_value_heads", sizes.heads)
    line.add("head_dim", sizes.width / sizes.heads)
    line.add("intermediate_size", sizes.feedForward)
    line.add("vocab_size", sizes.vocabulary)
    line.add("padded_vocab_size", sizes.vocabulary)
    line.add("n_layers", sizes.prelude + sizes.core + sizes.coda)
    line.add("n_layers_in_prelude", sizes.prelude)
    line.add("n_layers_in_recurrent_block", sizes.core)
    line.add("n_layers_in_coda", sizes.coda)
    line.add("effective_expected_depth", expectedDepth)
    line.add("mean_recurrence", sizes.recurrence)
    line.add("block_size", sizes.context)
    line.add("rope_base", raw: String(rotaryBase))
    line.add("norm_eps", raw: String(epsilon))
    line.add("bias", raw: "false")
    line.add("qk_bias", raw: "true")
    line.add("tie_embeddings", raw: "true")
    line.add("init_values", raw: initial.line)
    return line.line
  }
}
