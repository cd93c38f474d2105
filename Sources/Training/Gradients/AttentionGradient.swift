import CKernels
import LatentModels
import Tensors

/// y = P·v, P = softmax(q·kᵀ/√hd) over what came before:
///
///     dv = Pᵀ·dy,  dP = dy·vᵀ,  dS = P ⊙ (dP − Σ P ⊙ dP)/√hd,  dq = dS·k,  dk = dSᵀ·q
///
/// P is computed again on the way back instead of being kept.
extension Tape {
  func attend(_ x: Register, _ shape: AttentionShape, into y: Register, at site: Site) {
    let input = self[x]
    let result = write(y, columns: shape.queryWidth, kept: numerics == .exact, tracked: true)
    if watch(site) != .nobody {
      let edits = visitWeights(input, shape, site)
      if edits.contains(where: { !$0.rows.isEmpty }) {
        attend(input, shape, edits: edits, into: result)
        return record(.attendEdited(x: x, input: input, shape, edits: edits, y: y))
      }
    }
    for row in 0..<rows {
      for head in 0..<shape.heads {
        let q = input.pointer + row * length * input.stride + head * shape.headDimension
        var call = muninn_attention_call()
        call.q = UnsafePointer(q)
        call.k = UnsafePointer(q + shape.queryWidth)
        call.v = UnsafePointer(q + 2 * shape.queryWidth)
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
    let floats = Int(muninn_attention_scratch(Int64(length), Int64(shape.headDimension)))
    let scratch = attention.bytes(floats * 4).bindMemory(to: Float.self, capacity: floats)
    for row in 0..<rows {
      for head in 0..<shape.heads {
        let q = input.pointer + row * length * input.stride + head * shape.headDimension
        let dq = dx.pointer + row * length * dx.stride + head * shape.headDimension
        var call = muninn_attention_gradient_call()
        call.q = UnsafePointer(q)
        call.k = UnsafePointer(q + shape.queryWidth)
        call.v = UnsafePointer(q + 2 * shape.queryWidth)
        call.stride = Int64(input.stride)
        call.dy = UnsafePointer(dy.pointer + row * length * dy.stride + head * shape.headDimension)
        call.dy_stride = Int64(dy.stride)
        (call.dq, call.dk) = (dq, dq + shape.queryWidth)
        call.dv = dq + 2 * shape.queryWidth
        call.d_stride = Int64(dx.stride)
        (call.head_dimension, call.tokens) = (Int64(shape.headDimension), Int64(length))
        call.scale = 1 / Float(shape.headDimension).squareRoot()
        call.scratch = scratch
        kernels.attention_gradient(&call)
      }
    }
  }
}
