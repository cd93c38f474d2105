import CKernels
import LatentModels
import Tensors

/// y = P·v, P = softmax(q·kᵀ/√hd) over what came before:
///
///     dv = Pᵀ·dy,  dP = dy·vᵀ,  dS = P ⊙ (dP − Σ P ⊙ dP)/√hd,  dq = dS·k,  dk = dSᵀ·q
///
/// P is computed again on the way back instead of being kept. Heads of queries that share a head of keys
/// and values add their gradients to it.
extension Tape {
  func attend(_ x: Register, _ shape: AttentionShape, into y: Register, at site: Site) {
    let input = self[x]
    let result = write(y, columns: shape.queryWidth, kept: numerics == .exact, tracked: true)
    if stretches != nil { return attendBack(x, input, shape, into: (y, result), at: site) }
    if watch(site) != .nobody {
      let edits = visitWeights(input, shape, site)
      if edits.contains(where: { !$0.rows.isEmpty }) {
        attend(input, shape, edits: edits, into: result)
        return record(.attendEdited(x: x, input: input, shape, edits: edits, y: y))
      }
    }
    for row in 0..<rows {
      for head in 0..<shape.heads {
        let first = input.pointer + row * length * input.stride
        var call = muninn_attention_call()
        call.q = UnsafePointer(first + head * shape.headDimension)
        call.k = UnsafePointer(first + shape.keyColumn(head))
        call.v = UnsafePointer(first + shape.valueColumn(head))
        call.stride = Int64(input.stride)
        call.y = result.pointer + row * length * result.stride + head * shape.headDimension
        call.y_stride = Int64(result.stride)
        call.head_dimension = Int64(shape.headDimension)
        (call.first, call.end) = (0, Int64(length))
        call.scale = 1 / Float(shape.headDimension).squareRoot()
        kernels.attention(&call)
      }
    }
    record(.attend(x: x, input: input, shape, y: y))
  }

  func reverseAttention(x: Register, input: BufferView, _ shape: AttentionShape, y: Register) {
    guard let dy = take(y) else { return }
    let (dx, accumulates) = receive(x, columns: input.columns)
    precondition(!accumulates, "nothing else reads what attention reads")
    for row in 0..<rows {
      reverseAttention(
        input.rows(from: row * length), dy: dy.rows(from: row * length), shape,
        dx: dx.rows(from: row * length), tokens: length)
    }
  }

  /// Gradients of one sequence, over what `dx` held.
  func reverseAttention(
    _ input: BufferView, dy: BufferView, _ shape: AttentionShape, dx: BufferView, tokens: Int
  ) {
    let size = shape.headDimension
    let floats = Int(muninn_attention_scratch(Int64(tokens), Int64(size)))
    // Behind the kernel's scratch: keys and values of a head that is not the first of its group.
    let all = floats + (shape.group > 1 ? tokens * dx.stride : 0)
    let scratch = attention.bytes(all * 4).bindMemory(to: Float.self, capacity: all)
    for head in 0..<shape.heads {
      let isFirst = head % shape.group == 0
      let (keys, values) =
        isFirst
        ? (dx.pointer + shape.keyColumn(head), dx.pointer + shape.valueColumn(head))
        : (scratch + floats, scratch + floats + size)
      var call = muninn_attention_gradient_call()
      call.q = UnsafePointer(input.pointer + head * size)
      call.k = UnsafePointer(input.pointer + shape.keyColumn(head))
      call.v = UnsafePointer(input.pointer + shape.valueColumn(head))
      call.stride = Int64(input.stride)
      call.dy = UnsafePointer(dy.pointer + head * size)
      call.dy_stride = Int64(dy.stride)
      (call.dq, call.dk, call.dv) = (dx.pointer + head * size, keys, values)
      call.d_stride = Int64(dx.stride)
      (call.head_dimension, call.tokens) = (Int64(size), Int64(tokens))
      call.scale = 1 / Float(size).squareRoot()
      call.scratch = scratch
      kernels.attention_gradient(&call)
      if isFirst { continue }
      for token in 0..<tokens {
        let row = dx.pointer + token * dx.stride
        kernels.add(keys + token * dx.stride, row + shape.keyColumn(head), Int64(size))
        kernels.add(values + token * dx.stride, row + shape.valueColumn(head), Int64(size))
      }
    }
  }
}

extension AttentionShape {
  /// Heads of queries that look at one head of keys and values.
  var group: Int { heads / keyValueHeads }

  /// Where the keys lie that a head of queries looks at.
  func keyColumn(_ head: Int) -> Int { queryWidth + head / group * headDimension }

  /// Where its values lie.
  func valueColumn(_ head: Int) -> Int { keyColumn(head) + keyWidth }
}

extension BufferView {
  /// The same from a row on.
  func rows(from first: Int) -> BufferView {
    BufferView(
      pointer: pointer + first * stride, rows: rows - first, columns: columns, stride: stride)
  }
}
