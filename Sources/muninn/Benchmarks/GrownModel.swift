import ArgumentParser
import Checkpoints
import Foundation
import LatentModels

/// Writes a model of real shapes that computes what the embedded one does, as far as bfloat16 weights do.
///
/// A random model of full size says how long an iteration takes, but not how many guesses hold or when
/// states settle, on which wavefronts, drafts and exits depend. Here the embedded model's numbers lie in a
/// corner of every tensor, and all others are zero:
/// - A norm over N channels of which n are not zero divides by sqrt(n / N) of what it would; its weight and
///   its epsilon take that back.
/// - Rotary pair i of a small head becomes pair i·k of one k times as large, which turns at the same speed;
///   queries are larger by sqrt(k), since scores are divided by the root of the head's size.
/// - Layers that the small model does not have add nothing. Their norms find rows of size one, because the
///   weight of the last norm before them stands at the end of the last of them.
struct GrownModel {
  private let maker: ModelMaker
  private let sizes: ModelMaker.Sizes
  private let small: RavenSizes
  private let weights: [String: [Float]]

  private struct RavenSizes {
    let width, heads, feedForward, vocabulary: Int
    let embedScale, rotaryBase, epsilon: Double
    var headSize: Int { width / heads }
  }

  /// - Throws: `ValidationError` when the sizes cannot hold the embedded model, `CheckpointError`.
  init(sizes: ModelMaker.Sizes) throws {
    let checkpoint = try Checkpoint.embedded()
    let c = try RecurrentDepthModel.plan(checkpoint).configuration
    small = RavenSizes(
      width: c.width, heads: c.heads, feedForward: c.feedForwardWidth, vocabulary: c.vocabularySize,
      embedScale: Double(c.embeddingScale), rotaryBase: Double(c.rotary.base),
      epsilon: Double(c.normEpsilon))
    weights = try ModelPlan(checkpoint).tensors.mapValues { $0.floats() }
    self.sizes = sizes
    maker = ModelMaker(sizes: sizes)
    let head = sizes.width / sizes.heads
    guard sizes.width >= small.width, sizes.heads >= small.heads, head % small.headSize == 0,
      sizes.feedForward >= small.feedForward, sizes.vocabulary >= small.vocabulary
    else {
      throw ValidationError(
        "--sizes: the embedded model needs a width from \(small.width), \(small.heads) heads or more of "
          + "\(small.headSize) channels or a multiple, feed-forward from \(small.feedForward) and a "
          + "vocabulary from \(small.vocabulary).")
    }
  }

  /// Bytes of all tensors.
  var byteCount: Int { maker.byteCount }

  /// Writes config.json, tokenizer.json and model.safetensors into a folder, made if need be.
  /// - Throws: as `ModelMaker.write`.
  func write(to directory: String, progress: @escaping (Int, Int) -> Void) throws {
    let configuration = maker.configuration(
      embedScale: small.embedScale, rotaryBase: small.rotaryBase,
      epsilon: small.epsilon * Double(small.width) / Double(sizes.width))
    let zeros = [UInt16](repeating: 0, count: 1 << 20)
    try maker.write(to: directory, configuration: configuration, progress: progress) {
      index, append in
      let (name, shape, _) = maker.tensors[index]
      let part = part(name)
      let columns = shape.last ?? 1
      var empty = 0
      func appendZeros() throws {
        while empty > 0 {
          let count = min(empty, zeros.count)
          try append(count == zeros.count ? zeros : Array(zeros[..<count]))
          empty -= count
        }
      }
      var places = [Int: Int](minimumCapacity: part.rows.count)
      for (i, row) in part.rows.enumerated() { places[row] = i }
      for row in 0..<shape.dropLast().reduce(1, *) {
        guard let i = places[row] else {
          empty += columns
          continue
        }
        try appendZeros()
        var line = [UInt16](repeating: 0, count: columns)
        for (j, column) in part.columns.enumerated() {
          line[column] = RandomWeights.bfloat16(part.values[i * part.columns.count + j])
        }
        try append(line)
      }
      try appendZeros()
    }
    try OutputFile.write(try Checkpoint.byteTokenizer(), to: "\(directory)/tokenizer.json")
  }

  /// What of a tensor is not zero.
  private struct Part {
    var rows: [Int] = []
    var columns: [Int] = []
    var values: [Float] = []  // [rows, columns]
  }

  private func part(_ name: String) -> Part {
    let (n, width) = (Array(0..<small.width), sizes.width)
    let taken = Float((Double(small.width) / Double(width)).squareRoot())
    func vector(_ values: [Float]) -> Part {
      Part(rows: [0], columns: n, values: values.map { $0 * taken })
    }
    func at(_ name: String) -> [Float] { weights["transformer.\(name)"] ?? [] }
    let parts = name.split(separator: ".").map(String.init)
    switch parts[1] {
    case "wte":
      return Part(rows: Array(0..<small.vocabulary), columns: n, values: at("wte.weight"))
    case "ln_f": return vector(at("ln_f.weight"))
    case "adapter":
      return Part(rows: n, columns: n + n.map { $0 + width }, values: at("adapter.weight"))
    default: break
    }
    let (section, layer) = (parts[1], Int(parts[2]) ?? 0)
    let (kind, tensor) = (parts[3], parts.dropFirst(3).joined(separator: "."))
    let ones = [Float](repeating: 1, count: small.width)
    let count = ["prelude": sizes.prelude, "core_block": sizes.core, "coda": sizes.coda][section]
    if kind == "norm_4" {
      return vector(layer + 1 == count ? at("\(section).0.norm_4.weight") : ones)
    }
    if kind.hasPrefix("norm") { return vector(layer == 0 ? at("\(section).0.\(tensor)") : ones) }
    guard layer == 0 else { return Part() }
    let values = at("\(section).0.\(tensor)")
    let (head, smallHead) = (width / sizes.heads, small.headSize)
    let larger = Float((Double(head) / Double(smallHead)).squareRoot())
    let turned = (0..<smallHead).map { $0 / 2 * (head / smallHead) * 2 + $0 % 2 }
    func spread(_ places: [Int]) -> [Int] {
      (0..<small.heads).flatMap { one in places.map { one * head + $0 } }
    }
    let queries = spread(turned)
    let plain = spread(Array(0..<smallHead))
    // Queries come first.
    func scaled(_ share: Int) -> [Float] {
      values.enumerated().map {
        $0.offset < values.count / share ? $0.element * larger : $0.element
      }
    }
    switch tensor {
    case "attn.Wqkv.weight":
      return Part(
        rows: queries + queries.map { $0 + width } + plain.map { $0 + 2 * width }, columns: n,
        values: scaled(3))
    case "attn.qk_bias":
      return Part(
        rows: Array(0..<small.heads) + (0..<small.heads).map { $0 + sizes.heads }, columns: turned,
        values: scaled(2))
    case "attn.proj.weight": return Part(rows: n, columns: plain, values: values)
    case "mlp.fc.weight":
      let gate = Array(0..<small.feedForward)
      return Part(rows: gate + gate.map { $0 + sizes.feedForward }, columns: n, values: values)
    default: return Part(rows: n, columns: Array(0..<small.feedForward), values: values)
    }
  }
}
