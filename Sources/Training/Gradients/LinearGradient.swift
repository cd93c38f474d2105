import CKernels
import LatentModels
import Tensors

/// What a linear map was given, as its gradient needs it.
enum LinearInput {
  /// float32, in exact numerics.
  case exact(BufferView)
  /// bfloat16 pairs of tokens, as `pack_rows` writes them.
  case fast(UnsafeMutableRawPointer)
}

/// y = x·Wᵀ (+ b) (+ z):  dx = dy·W,  dW = dyᵀ·x,  db = Σ dy,  dz = dy.
extension Tape {
  func linear(_ x: Register, _ map: ParameterMatrix, adding z: Register?, into y: Register) {
    let input = self[x]
    precondition(input.columns == map.inputs, "\(input.columns) columns into \(map.inputs)")
    let addend = z.map { self[$0] }
    let reaches = isTracked(x)
    let result: BufferView
    if let addend, z == y, !isRecording {
      result = addend
    } else {
      result = write(y, columns: map.outputs, kept: y != .logits, tracked: true)
    }
    multiply(
      input, by: packed.entries[map.slot].forward, outputs: map.outputs, adding: addend,
      bias: map.bias.map { parameters + $0.offset }, into: result)
    guard isRecording else { return }
    let kept: LinearInput
    switch numerics {
    case .exact: kept = .exact(input)
    case .fast:
      let bytes = muninn_packed_bytes(MUNINN_BF16, Int64(input.columns), Int64(tokens))
      let memory = keep(bytes: Int(bytes))
      kernels.pack_rows(
        input.pointer, Int64(input.stride), Int64(tokens), Int64(input.columns), memory)
      kept = .fast(memory)
    }
    record(.linear(x: x, input: kept, map: map, z: z, y: y, reachesParameters: reaches))
  }

  /// y = x·Wᵀ (+ b) (+ z) for packed weights.
  private func multiply(
    _ x: BufferView, by weights: UnsafeMutableRawPointer, outputs: Int, adding z: BufferView?,
    bias: UnsafePointer<Float>?, into y: BufferView
  ) {
    var call = muninn_linear_call()
    call.weights = UnsafeRawPointer(weights)
    (call.inputs, call.outputs) = (Int64(x.columns), Int64(outputs))
    (call.first_panel, call.end_panel) = (0, Int64((outputs + 31) / 32))
    call.tokens = Int64(x.rows)
    (call.x, call.x_stride) = (UnsafePointer(x.pointer), Int64(x.stride))
    (call.y, call.y_stride) = (y.pointer, Int64(y.stride))
    if let z { (call.z, call.z_stride) = (UnsafePointer(z.pointer), Int64(z.stride)) }
    call.bias = bias
    switch numerics {
    case .exact: kernels.linear_f32(&call)
    case .fast:
      let stride = Int(muninn_prepared_bytes(Int64(x.columns)))
      let rows = prepared.bytes(x.rows * stride)
      for row in 0..<x.rows {
        kernels.prepare_fast(
          x.pointer + row * x.stride, Int64(x.columns), rows + row * stride)
      }
      (call.prepared, call.prepared_stride) = (UnsafeRawPointer(rows), Int64(stride))
      kernels.linear_fast(&call)
    }
  }

  func reverseLinear(
    x: Register, input: LinearInput, _ map: ParameterMatrix, z: Register?, y: Register,
    reachesParameters: Bool
  ) {
    // A residual that is added in place keeps its gradient.
    guard let dy = z == y ? gradient(of: y) : take(y) else { return }
    if let z, z != y { pass(dy, to: z) }
    addWeightGradient(dy: dy, input: input, map)
    guard reachesParameters else { return }
    let (dx, accumulates) = receive(x, columns: map.inputs)
    switch numerics {
    case .exact:
      var call = muninn_product_call()
      (call.a, call.a_row, call.a_step) = (UnsafePointer(dy.pointer), Int64(dy.stride), 1)
      (call.b, call.b_stride) = (parameters + map.offset, Int64(map.stride))
      (call.c, call.c_stride) = (dx.pointer, Int64(dx.stride))
      (call.rows, call.columns) = (Int64(dy.rows), Int64(map.inputs))
      (call.depth, call.accumulates) = (Int64(map.outputs), accumulates ? 1 : 0)
      kernels.product(&call)
    case .fast:
      guard let weights = packed.entries[map.slot].backward else { return }
      multiply(
        dy, by: weights, outputs: map.inputs, adding: accumulates ? dx : nil, bias: nil, into: dx)
    }
  }

  private func addWeightGradient(dy: BufferView, input: LinearInput, _ map: ParameterMatrix) {
    guard let gradient else { return }
    switch input {
    case .exact(let x):
      var call = muninn_product_call()
      (call.a, call.a_row, call.a_step) = (UnsafePointer(dy.pointer), 1, Int64(dy.stride))
      (call.b, call.b_stride) = (UnsafePointer(x.pointer), Int64(x.stride))
      (call.c, call.c_stride) = (gradient + map.offset, Int64(map.stride))
      (call.rows, call.columns) = (Int64(map.outputs), Int64(map.inputs))
      (call.depth, call.accumulates) = (Int64(dy.rows), 1)
      kernels.product(&call)
    case .fast(let x):
      let bytes = muninn_packed_bytes(MUNINN_BF16, Int64(map.outputs), Int64(dy.rows))
      let pairs = packedRows.bytes(Int(bytes))
      kernels.pack_rows(
        dy.pointer, Int64(dy.stride), Int64(dy.rows), Int64(map.outputs), pairs)
      var call = muninn_outer_call()
      (call.a, call.b) = (UnsafeRawPointer(pairs), UnsafeRawPointer(x))
      call.pairs = Int64((dy.rows + 1) / 2)
      (call.rows, call.columns) = (Int64(map.outputs), Int64(map.inputs))
      (call.c, call.c_stride) = (gradient + map.offset, Int64(map.stride))
      kernels.outer(&call)
    }
    if let bias = map.bias { addRows(of: dy, columns: bias.count, to: gradient + bias.offset) }
  }

  /// Adds all rows of a gradient to that of a bias.
  func addRows(of dy: BufferView, columns: Int, to bias: UnsafeMutablePointer<Float>) {
    for row in 0..<dy.rows {
      kernels.add(dy.pointer + row * dy.stride, bias, Int64(columns))
    }
  }

  /// Adds a whole gradient to that of a register.
  func pass(_ dy: BufferView, to z: Register) {
    let (dz, accumulates) = receive(z, columns: dy.columns)
    for row in 0..<dy.rows {
      let (from, to) = (dy.pointer + row * dy.stride, dz.pointer + row * dz.stride)
      if accumulates {
        kernels.add(from, to, Int64(dy.columns))
      } else {
        to.update(from: from, count: dy.columns)
      }
    }
  }
}
