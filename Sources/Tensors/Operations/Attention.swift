import CKernels

extension Operations {
  /// softmax(q·kᵀ/√hd)·v, each query seeing its own and earlier rows.
  /// - Parameters:
  ///   - qkv: `[T, 3d]`: all q, all k, all v; heads lie side by side.
  ///   - y: `[T, d]`.
  /// - Precondition: d is a multiple of `heads`; `y` is another buffer.
  public static func causalAttention(
    _ qkv: Buffer, heads: Int, into y: Buffer, team: ThreadTeam
  ) {
    precondition(
      heads > 0 && qkv.columns % (3 * heads) == 0, "[T, \(qkv.columns)] in \(heads) heads")
    precondition(qkv !== y, "attention cannot write over its input")
    let width = qkv.columns / 3
    let headDimension = width / heads
    let tokens = qkv.rows
    y.resize(rows: tokens, columns: width)
    guard tokens > 0, headDimension > 0 else { return }
    let kernel = muninn_kernels().pointee.attention
    let (input, output) = (qkv.view, y.view)
    let queries = 64
    let blocks = (tokens + queries - 1) / queries
    team.run(tiles: heads * blocks, work: tokens * tokens * width) { tile in
      // The last queries see the most keys: start with them, so that no thread ends late.
      let head = tile % heads
      let block = blocks - 1 - tile / heads
      var call = muninn_attention_call()
      call.q = UnsafePointer(input.pointer + head * headDimension)
      call.k = UnsafePointer(input.pointer + width + head * headDimension)
      call.v = UnsafePointer(input.pointer + 2 * width + head * headDimension)
      call.stride = Int64(input.stride)
      call.y = output.pointer + head * headDimension
      call.y_stride = Int64(output.stride)
      call.head_dimension = Int64(headDimension)
      call.first = Int64(block * queries)
      call.end = Int64(min(tokens, (block + 1) * queries))
      call.scale = 1 / Float(headDimension).squareRoot()
      kernel?(&call)
    }
  }
}
