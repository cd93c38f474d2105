import CKernels

extension Operations {
  /// softmax(q·kᵀ/√hd)·v, each query seeing its own and earlier rows.
  /// - Parameters:
  ///   - qkv: `[T, (heads + 2·keyValueHeads)·hd]`: all q, all k, all v; heads lie side by side.
  ///   - keyValueHeads: how many heads k and v have (nil: as many as q); each serves a run of
  ///     `heads / keyValueHeads` query heads.
  ///   - y: `[T, heads·hd]`.
  /// - Precondition: the columns are whole heads, `heads` is a multiple of `keyValueHeads`; `y` is
  ///   another buffer.
  public static func causalAttention(
    _ qkv: Buffer, heads: Int, keyValueHeads: Int? = nil, into y: Buffer, team: ThreadTeam
  ) {
    let shared = keyValueHeads ?? heads
    precondition(
      heads > 0 && shared > 0 && heads % shared == 0 && qkv.columns % (heads + 2 * shared) == 0,
      "[T, \(qkv.columns)] in \(heads) heads, \(shared) of them for keys and values")
    precondition(qkv !== y, "attention cannot write over its input")
    let headDimension = qkv.columns / (heads + 2 * shared)
    let width = heads * headDimension
    let group = heads / shared
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
      let keys = input.pointer + width + head / group * headDimension
      call.k = UnsafePointer(keys)
      call.v = UnsafePointer(keys + shared * headDimension)
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
