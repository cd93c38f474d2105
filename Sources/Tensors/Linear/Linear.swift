import CKernels

/// A linear map y = x·Wᵀ (+ b) with its weights packed for the kernels.
///
/// Activations and accumulation are float32, weights exactly as stored: float32 stays float32,
/// bfloat16 stays bfloat16 in memory, float16 becomes float32. Every output is summed in the same
/// order whatever the number of tokens or threads, so a token's result does not depend on its company.
public struct Linear: Sendable {
  /// Width of x.
  public let inputs: Int
  /// Width of y.
  public let outputs: Int
  private let storage: PackedStorage
  private let format: Int32
  private let bias: [Float]?

  /// Packs a weight `[outputs, inputs]`.
  /// - Parameters:
  ///   - columns: the inputs to keep, for one half of a map over concatenated inputs.
  ///   - bias: one value for each output.
  /// - Throws: `NonFiniteWeight` for the first NaN or infinity met in rows order.
  /// - Precondition: the weight has two dimensions, `columns` lies inside, the bias fits.
  public init(_ weight: StoredTensor, columns: Range<Int>? = nil, bias: StoredTensor? = nil)
    throws(NonFiniteWeight)
  {
    precondition(weight.shape.count == 2, "\(weight.name): shape \(weight.shape) is no matrix")
    let all = weight.shape[1]
    let chosen = columns ?? 0..<all
    precondition(chosen.lowerBound >= 0 && chosen.upperBound <= all, "columns \(chosen) of \(all)")
    inputs = chosen.count
    outputs = weight.shape[0]
    format = weight.elementType == .bfloat16 ? MUNINN_BF16 : MUNINN_F32
    let storage = PackedStorage(
      count: Int(muninn_packed_bytes(format, Int64(outputs), Int64(inputs))))
    self.storage = storage
    let bad = weight.region.withBytes(
      in: weight.offset..<weight.offset + weight.count * weight.elementType.size
    ) { bytes in
      guard let base = bytes.baseAddress else { return Int64(-1) }
      return muninn_pack(
        weight.elementType.kernelFormat, base + chosen.lowerBound * weight.elementType.size,
        Int64(all), Int64(weight.shape[0]), Int64(chosen.count), storage.bytes)
    }
    if bad >= 0 {
      let row = Int(bad) / chosen.count
      let index = row * all + chosen.lowerBound + Int(bad) % chosen.count
      throw NonFiniteWeight(tensor: weight.name, index: index, shape: weight.shape)
    }
    if let bias {
      precondition(bias.count == weight.shape[0], "\(bias.name): shape \(bias.shape)")
      let values = bias.floats()
      if let index = values.firstIndex(where: { !$0.isFinite }) {
        throw NonFiniteWeight(tensor: bias.name, index: index, shape: bias.shape)
      }
      self.bias = values
    } else {
      self.bias = nil
    }
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

  private func apply(_ x: Buffer, addend: Buffer?, into y: Buffer, team: ThreadTeam) {
    precondition(x.columns == inputs, "\(x.columns) columns into \(inputs) inputs")
    precondition(x !== y, "a linear map cannot write over its own input")
    guard x.rows > 0, outputs > 0 else { return }
    let kernels = muninn_kernels().pointee
    bias.withOptionalPointer { bias in
      let panels = (outputs + 31) / 32
      let group = Self.panelsInTile
      let (x, y, z) = (x.view, y.view, addend?.view)
      team.run(tiles: (panels + group - 1) / group, work: x.rows * inputs * outputs) { tile in
        var call = muninn_linear_call()
        call.weights = UnsafeRawPointer(storage.bytes)
        call.inputs = Int64(inputs)
        call.outputs = Int64(outputs)
        call.first_panel = Int64(tile * group)
        call.end_panel = Int64(min(panels, (tile + 1) * group))
        call.tokens = Int64(x.rows)
        call.x = UnsafePointer(x.pointer)
        call.x_stride = Int64(x.stride)
        call.y = y.pointer
        call.y_stride = Int64(y.stride)
        call.z = z.map { UnsafePointer($0.pointer) }
        call.z_stride = Int64(z?.stride ?? 0)
        call.bias = bias
        (format == MUNINN_BF16 ? kernels.linear_bf16 : kernels.linear_f32)(&call)
      }
    }
  }

  /// Panels of 32 outputs that one thread takes at a time.
  private static let panelsInTile = 4
}

extension ElementType {
  fileprivate var kernelFormat: Int32 {
    switch self {
    case .float32: MUNINN_F32
    case .bfloat16: MUNINN_BF16
    case .float16: MUNINN_F16
    }
  }
}

extension [Float]? {
  fileprivate func withOptionalPointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
