import Tensors

/// How weights are packed, on which threads, and who is told.
public struct WeightPacking {
  /// Only `.exact` agrees with the reference.
  public var precision: Precision
  /// Threads for packing, and for the matrix products of the model.
  public var team: ThreadTeam
  /// Told bytes packed and bytes in all; may throw to stop.
  public var progress: (Int, Int) throws -> Void

  public init(
    precision: Precision = .exact, team: ThreadTeam = ThreadTeam(),
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) {
    self.precision = precision
    self.team = team
    self.progress = progress
  }
}

/// Takes tensors by name, refuses weights that are not numbers, and counts what was packed.
struct WeightPacker: WeightSource {
  typealias Mathematics = Workspace

  private let tensors: [String: StoredTensor]
  private let packing: WeightPacking
  private let total: Int
  private var done = 0
  /// Bytes of all matrices packed so far.
  private(set) var packedBytes = 0

  init(_ tensors: [String: StoredTensor], _ packing: WeightPacking) {
    self.tensors = tensors
    self.packing = packing
    total = tensors.values.reduce(0) { $0 + $1.byteCount }
  }

  private func stored(_ name: String) throws -> StoredTensor {
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
        throw NonFiniteWeight(tensor, index: row * length + bad)
      }
    }
    try advance(tensor.byteCount)
    return tensor
  }

  mutating func vector(_ name: String) throws -> [Float] {
    let tensor = try stored(name)
    let values = tensor.floats()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw NonFiniteWeight(tensor, index: bad)
    }
    try advance(tensor.byteCount)
    return values
  }

  mutating func linear(
    _ name: String, columns: Range<Int>?, bias: String?, order: WeightOrder
  ) throws -> Linear {
    var tensor = try stored(name)
    if order == .inputsFirst { tensor = tensor.transposed() }
    let share = columns.map { Double($0.count) / Double(tensor.rowLength) } ?? 1
    let bytes = Double(tensor.byteCount) * share
    return try pack(
      tensor, columns: columns, bias: try bias.map { try stored($0) }, bytes: Int(bytes))
  }

  mutating func linear(stacking names: [String]) throws -> Linear {
    try linear(stacking: names, biases: [])
  }

  /// One map made of matrices that the file keeps apart, outputs of the first one first.
  /// - Parameters:
  ///   - biases: of each of them, or none.
  ///   - rows: the outputs to keep of all of them together; nil for all.
  mutating func linear(
    stacking names: [String], biases: [String], rows: Range<Int>? = nil
  ) throws -> Linear {
    let parts = try names.map { try stored($0) }
    let ends = try biases.map { try stored($0) }
    for end in ends {
      if let bad = end.floats().firstIndex(where: { !$0.isFinite }) {
        throw NonFiniteWeight(end, index: bad)
      }
    }
    let whole =
      parts.count == 1
      ? parts[0] : StoredTensor.stacking(parts, name: names.joined(separator: " + "))
    let bias =
      ends.isEmpty ? nil : StoredTensor.stacking(ends, name: biases.joined(separator: " + "))
    let chosen = rows.map { whole.rows($0) } ?? whole
    do {
      return try pack(chosen, bias: rows.map { bias?.rows($0) } ?? bias, bytes: chosen.byteCount)
    } catch let error as NonFiniteWeight {
      let skipped = (rows?.lowerBound ?? 0) * whole.rowLength
      throw Self.locate(error, skipping: skipped, in: parts)
    }
  }

  /// Packs one matrix, telling how far it is on the way.
  private mutating func pack(
    _ tensor: StoredTensor, columns: Range<Int>? = nil, bias: StoredTensor? = nil, bytes: Int
  ) throws -> Linear {
    let (progress, done, total) = (packing.progress, done, total)
    let linear = try Linear(
      tensor, columns: columns, bias: bias, precision: packing.precision, team: packing.team
    ) { part in
      if part < 1 { try progress(min(done + Int(Double(bytes) * part), total), total) }
    }
    packedBytes += linear.packedBytes
    try advance(bytes)
    return linear
  }

  /// Names the tensor of the file that holds a bad element of the stack.
  /// - Parameter skipped: elements of the stack before those that were packed.
  private static func locate(
    _ error: NonFiniteWeight, skipping skipped: Int, in parts: [StoredTensor]
  ) -> NonFiniteWeight {
    var index = error.index + skipped
    for part in parts {
      if index < part.count {
        return NonFiniteWeight(part, index: index)
      }
      index -= part.count
    }
    return error
  }

  private mutating func advance(_ bytes: Int) throws {
    done += bytes
    try packing.progress(min(done, total), total)
  }
}

extension StoredTensor {
  /// Bytes as stored.
  var byteCount: Int { count * elementType.size }
}
