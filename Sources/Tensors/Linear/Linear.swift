import CKernels

/// A linear map y = x·Wᵀ (+ b) with its weights packed for the kernels.
///
/// In `Precision.exact` activations and accumulation are float32, weights exactly as stored: float32
/// stays float32, bfloat16 stays bfloat16 in memory, float16 becomes float32. The other precisions
/// round weights and activations as they say. Every output is summed in the same order whatever the
/// number of tokens or threads, so a token's result does not depend on its company.
public struct Linear: Sendable {
  /// Width of x.
  public let inputs: Int
  /// Width of y.
  public let outputs: Int
  /// How weights and activations are rounded.
  public let precision: Precision
  let storage: PackedStorage
  let format: Int32
  private let bias: [Float]?

  /// Packs a weight `[outputs, inputs]`.
  ///
  /// Reads the stored weight once, panel by panel, and gives back the pages of a mapped file.
  /// - Parameters:
  ///   - columns: the inputs to keep, for one half of a map over concatenated inputs.
  ///   - bias: one value for each output.
  ///   - team: threads to pack with.
  ///   - progress: told the share that is packed, from 0 to 1, now and then; may throw to stop.
  /// - Throws: `NonFiniteWeight` for the first NaN or infinity in order of rows, `OutOfMemory`, and
  ///   what `progress` throws.
  /// - Precondition: the weight has two dimensions, `columns` lies inside, the bias fits.
  public init(
    _ weight: StoredTensor, columns: Range<Int>? = nil, bias: StoredTensor? = nil,
    precision: Precision = .exact, team: ThreadTeam = .single,
    progress: (Double) throws -> Void = { _ in }
  ) throws {
    precondition(weight.shape.count == 2, "\(weight.name): shape \(weight.shape) is no matrix")
    let all = weight.shape[1]
    let chosen = columns ?? 0..<all
    precondition(chosen.lowerBound >= 0 && chosen.upperBound <= all, "columns \(chosen) of \(all)")
    inputs = chosen.count
    outputs = weight.shape[0]
    self.precision = precision
    format = precision.format(of: weight.elementType)
    storage = try PackedStorage(
      count: precision.packedBytes(
        outputs: weight.shape[0], inputs: chosen.count, storedAs: weight.elementType),
      purpose: weight.name)
    if let bias {
      precondition(bias.count == weight.shape[0], "\(bias.name): shape \(bias.shape)")
      let values = bias.floats()
      if let index = values.firstIndex(where: { !$0.isFinite }) {
        throw NonFiniteWeight(bias, index: index)
      }
      self.bias = values
    } else {
      self.bias = nil
    }
    let packing = Packing(weight: weight, columns: chosen, format: format, storage: storage)
    try packing.run(team: team, progress: progress)
  }

  /// The packed weights, for measurements.
  var packed: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: storage.bytes, count: storage.count)
  }

  /// Bytes the packed weights take.
  public var packedBytes: Int { storage.count }

  /// y = x·Wᵀ + b; `y` takes the shape `[x.rows, outputs]`.
  /// - Precondition: `x.columns == inputs`, and `y` is not `x`.
  public func apply(_ x: Buffer, into y: Buffer, team: ThreadTeam) {
    y.resize(rows: x.rows, columns: outputs)
    apply(x, addend: nil, into: y, team: team)
  }

  /// y = x·Wᵀ + b + z; `z` may be `y` itself.
  /// - Precondition: `x.columns == inputs`, `z` is `[x.rows, outputs]`, and `y` is not `x`.
  public func apply(_ x: Buffer, adding z: Buffer, into y: Buffer, team: ThreadTeam) {
    precondition(
      z.rows == x.rows && z.columns == outputs,
      "adding [\(z.rows), \(z.columns)] to [\(x.rows), \(outputs)]")
    if y !== z { y.resize(rows: x.rows, columns: outputs) }
    apply(x, addend: z, into: y, team: team)
  }

  /// y = x·Wᵀ: what the map does to differences of x; `y` takes the shape `[x.rows, outputs]`.
  /// - Precondition: `x.columns == inputs`, and `y` is not `x`.
  package func applyWithoutBias(_ x: Buffer, into y: Buffer, team: ThreadTeam) {
    y.resize(rows: x.rows, columns: outputs)
    apply(x, addend: nil, bias: nil, into: y, team: team)
  }

  private func apply(_ x: Buffer, addend: Buffer?, into y: Buffer, team: ThreadTeam) {
    apply(x, addend: addend, bias: bias, into: y, team: team)
  }

  private func apply(
    _ x: Buffer, addend: Buffer?, bias: [Float]?, into y: Buffer, team: ThreadTeam
  ) {
    precondition(x.columns == inputs, "\(x.columns) columns into \(inputs) inputs")
    precondition(x !== y, "a linear map cannot write over its own input")
    guard x.rows > 0, outputs > 0 else { return }
    let kernels = muninn_kernels().pointee
    let kernel = kernels.linear(precision: precision, format: format)
    let preparedStride = Int(muninn_prepared_bytes(Int64(inputs)))
    let prepared = prepare(x, stride: preparedStride, kernels: kernels, team: team)
    let panels = (outputs + 31) / 32
    let work = x.rows * inputs * outputs
    let tiles = Tiles(
      rows: x.rows, panels: panels, bytes: storage.count,
      threads: work < ThreadTeam.worthSharing ? 1 : team.count)
    bias.withOptionalPointer { bias in
      let (x, y, z) = (x.view, y.view, addend?.view)
      team.run(tiles: tiles.count, work: work) { tile in
        let (rows, some) = tiles[tile]
        var call = muninn_linear_call()
        call.weights = UnsafeRawPointer(storage.bytes)
        call.inputs = Int64(inputs)
        call.outputs = Int64(outputs)
        call.first_panel = Int64(some.lowerBound)
        call.end_panel = Int64(some.upperBound)
        call.tokens = Int64(rows.count)
        call.x = UnsafePointer(x.pointer + rows.lowerBound * x.stride)
        call.x_stride = Int64(x.stride)
        call.y = y.pointer + rows.lowerBound * y.stride
        call.y_stride = Int64(y.stride)
        call.z = z.map { UnsafePointer($0.pointer + rows.lowerBound * $0.stride) }
        call.z_stride = Int64(z?.stride ?? 0)
        call.bias = bias
        call.prepared = prepared.map { UnsafeRawPointer($0 + rows.lowerBound * preparedStride) }
        call.prepared_stride = Int64(preparedStride)
        kernel(&call)
      }
    }
  }

  /// How a product is dealt out to threads.
  private struct Tiles {
    private let rows: Int
    private let isByRows: Bool
    /// Where a thread's panels begin, and where the last ones end.  // [count + 1]
    private let bounds: [Int]
    let count: Int

    init(rows: Int, panels: Int, bytes: Int, threads: Int) {
      self.rows = rows
      // Small weights stay in the cache of every core. Then each thread takes its share of the rows, as it
      // does between products: rows that another core wrote are slower to get than a small product
      // is to compute. Large weights are read once, by panels of 32 outputs.
      isByRows =
        threads > 1 && bytes <= Self.smallWeights && rows >= Self.rowsInTile * threads
      // One thread has all panels in one go: kernels take several side by side where there is one row, and
      // ask ahead for the weights of the next. Of many threads each takes a share of what is left, so
      // that it reads on where it was and all end together.
      let least = threads == 1 ? panels : min(Self.panelsInTile, max(1, panels / (2 * threads)))
      var bounds = [0]
      var next = 0
      while next < panels {
        let share = (panels - next) / (4 * threads) / Self.panelsInTile * Self.panelsInTile
        next = min(panels, next + max(least, share))
        bounds.append(next)
      }
      self.bounds = bounds
      count = isByRows ? threads : bounds.count - 1
    }

    subscript(tile: Int) -> (rows: Range<Int>, panels: Range<Int>) {
      isByRows
        ? (rows * tile / count..<rows * (tile + 1) / count, 0..<(bounds.last ?? 0))
        : (0..<rows, bounds[tile]..<bounds[tile + 1])
    }

    /// Bytes of packed weights that second-level caches hold beside everything else.
    private static let smallWeights = 1 << 19
    /// Rows that a thread has at least where it has rows.
    private static let rowsInTile = 8
    /// Panels that a thread takes at a time, at least; kernels take as many side by side.
    private static let panelsInTile = 4
  }

  /// Rows of x as the kernel reads them; nil when it reads float32.
  private func prepare(
    _ x: Buffer, stride: Int, kernels: muninn_kernel_table, team: ThreadTeam
  ) -> UnsafeMutableRawPointer? {
    guard precision != .exact else { return nil }
    let prepared = x.preparedRows(bytes: x.rows * stride)
    let convert: (UnsafePointer<Float>?, Int64, UnsafeMutableRawPointer?) -> Void =
      precision == .fast ? kernels.prepare_fast : kernels.prepare_integer
    let view = x.view
    team.run(tiles: x.rows, work: x.rows * inputs) { row in
      convert(view.pointer + row * view.stride, Int64(inputs), prepared + row * stride)
    }
    return prepared
  }
}

extension muninn_kernel_table {
  /// The product for a precision and the format its weights are packed in.
  func linear(
    precision: Precision, format: Int32
  ) -> (UnsafePointer<muninn_linear_call>?) -> Void {
    switch precision {
    case .exact: format == MUNINN_BF16 ? linear_bf16 : linear_f32
    case .fast: linear_fast
    case .int8: linear_int8
    case .int4: linear_int4
    }
  }
}

extension [Float]? {
  fileprivate func withOptionalPointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
