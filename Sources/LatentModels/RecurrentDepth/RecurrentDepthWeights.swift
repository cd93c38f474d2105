import Checkpoints
import Tensors

/// The weights of a recurrent-depth model, packed for the kernels.
struct RecurrentDepthWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let prelude: [SandwichBlock]
  /// The half of the adapter that reads the state.
  let adapterState: Linear  // [width, width]
  /// The half that reads e, with the bias; its product is the same at every iteration.
  let adapterInput: Linear  // [width, width]
  let core: [SandwichBlock]
  let coda: [SandwichBlock]
  let finalNorm: [Float]  // [width]
  let head: Linear  // [vocabulary, width]
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor; `progress` is told bytes read and bytes in all, and may throw to stop.
  init(
    _ tensors: [String: StoredTensor], _ configuration: RecurrentDepthConfiguration,
    precision: Precision = .exact, team: ThreadTeam = .single,
    progress: @escaping (Int, Int) throws -> Void
  ) throws {
    var packer = WeightPacker(tensors, precision: precision, team: team, progress: progress)
    let width = configuration.width

    func block(_ part: String, _ index: Int) throws -> SandwichBlock {
      let prefix = "transformer.\(part).\(index)"
      let norms = try (1...4).map { try packer.vector("\(prefix).norm_\($0).weight") }
      let bias =
        configuration.hasQueryKeyBias ? try packer.vector("\(prefix).attn.qk_bias") : nil
      return SandwichBlock(
        norms: norms, epsilon: configuration.normEpsilon,
        attention: SelfAttention(
          heads: configuration.heads,
          queryKeyValue: try packer.linear("\(prefix).attn.Wqkv.weight"), bias: bias,
          output: try packer.linear("\(prefix).attn.proj.weight")),
        mlp: GatedMLP(
          gateAndUp: try packer.linear("\(prefix).mlp.fc.weight"),
          output: try packer.linear("\(prefix).mlp.proj.weight")))
    }

    embedding = try packer.table(TensorNames.embedding, isPacked: configuration.tiedEmbeddings)
    prelude = try (0..<configuration.preludeLayers).map { try block("prelude", $0) }
    adapterState = try packer.linear(TensorNames.adapter, columns: 0..<width)
    adapterInput = try packer.linear(
      TensorNames.adapter, columns: width..<2 * width,
      bias: configuration.hasAdapterBias ? TensorNames.adapterBias : nil)
    core = try (0..<configuration.coreLayers).map { try block("core_block", $0) }
    coda = try (0..<configuration.codaLayers).map { try block("coda", $0) }
    finalNorm = try packer.vector(TensorNames.finalNorm)
    head = try packer.linear(
      configuration.tiedEmbeddings ? TensorNames.embedding : TensorNames.head)
    packedBytes = packer.packedBytes
  }
}

/// Takes tensors by name, refuses weights that are not numbers, and counts what was packed.
private struct WeightPacker {
  private let tensors: [String: StoredTensor]
  private let precision: Precision
  private let team: ThreadTeam
  private let progress: (Int, Int) throws -> Void
  private let total: Int
  private var done = 0
  private(set) var packedBytes = 0

  init(
    _ tensors: [String: StoredTensor], precision: Precision, team: ThreadTeam,
    progress: @escaping (Int, Int) throws -> Void
  ) {
    self.tensors = tensors
    self.precision = precision
    self.team = team
    self.progress = progress
    total = tensors.values.reduce(0) { $0 + $1.count * $1.elementType.size }
  }

  func stored(_ name: String) throws -> StoredTensor {
    guard let tensor = tensors[name] else {
      throw ModelError.configuration(key: name, problem: "was expected among the tensors")
    }
    return tensor
  }

  /// A matrix whose rows are looked up where they lie.
  /// - Parameter isPacked: whether packing it as the head checks it anyway.
  mutating func table(_ name: String, isPacked: Bool) throws -> StoredTensor {
    let tensor = try stored(name)
    if isPacked { return tensor }
    let length = tensor.rowLength
    for row in 0..<tensor.rows {
      let values = tensor.floats(in: row * length..<(row + 1) * length)
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw NonFiniteWeight(tensor: name, index: row * length + bad, shape: tensor.shape)
      }
    }
    try advance(tensor.count * tensor.elementType.size)
    return tensor
  }

  mutating func vector(_ name: String) throws -> [Float] {
    let tensor = try stored(name)
    let values = tensor.floats()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw NonFiniteWeight(tensor: name, index: bad, shape: tensor.shape)
    }
    try advance(tensor.count * tensor.elementType.size)
    return values
  }

  mutating func linear(
    _ name: String, columns: Range<Int>? = nil, bias: String? = nil
  ) throws -> Linear {
    let tensor = try stored(name)
    let share = columns.map { Double($0.count) / Double(tensor.rowLength) } ?? 1
    let bytes = Double(tensor.count * tensor.elementType.size) * share
    let (progress, done, total) = (progress, done, total)
    let linear = try Linear(
      tensor, columns: columns, bias: try bias.map { try stored($0) }, precision: precision,
      team: team
    ) { part in
      if part < 1 { try progress(min(done + Int(bytes * part), total), total) }
    }
    packedBytes += linear.packedBytes
    try advance(Int(bytes))
    return linear
  }

  private mutating func advance(_ bytes: Int) throws {
    done += bytes
    try progress(min(done, total), total)
  }
}
