import CKernels

extension Operations {
  /// What it costs to begin a tile of attention, in multiply-adds.
  static let tileWork = 4000

  /// softmax(q·kᵀ/√hd)·v, each query seeing its own and earlier rows of its sequence.
  /// - Parameters:
  ///   - qkv: `[T, (heads + 2·keyValueHeads)·hd]`: all q, all k, all v; heads lie side by side.
  ///   - sequences: rows that are a sequence each; nil for all rows as one. Rows of none of them are
  ///     left as they are in `y`.
  ///   - keyValueHeads: how many heads k and v have (nil: as many as q); each serves a run of
  ///     `heads / keyValueHeads` query heads.
  ///   - y: `[T, heads·hd]`.
  /// - Precondition: the columns are whole heads, `heads` is a multiple of `keyValueHeads`, the
  ///   sequences lie inside; `y` is another buffer.
  public static func causalAttention(
    _ qkv: Buffer, sequences: [Range<Int>]? = nil, heads: Int, keyValueHeads: Int? = nil,
    into y: Buffer, team: ThreadTeam
  ) {
    let shared = keyValueHeads ?? heads
    precondition(
      heads > 0 && shared > 0 && heads % shared == 0 && qkv.columns % (heads + 2 * shared) == 0,
      "[T, \(qkv.columns)] in \(heads) heads, \(shared) of them for keys and values")
    precondition(qkv !== y, "attention cannot write over its input")
    let headDimension = qkv.columns / (heads + 2 * shared)
    let width = heads * headDimension
    let group = heads / shared
    let sequences = sequences ?? [0..<qkv.rows]
    precondition(
      sequences.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= qkv.rows },
      "sequences \(sequences) in \(qkv.rows) rows")
    if y.rows != qkv.rows || y.columns != width { y.resize(rows: qkv.rows, columns: width) }
    guard headDimension > 0 else { return }
    let kernel = muninn_kernels().pointee.attention
    let (input, output) = (qkv.view, y.view)
    let queries = 64
    // The last queries of a sequence see the most keys: start with them, so that no thread ends late.
    var blocks: [(sequence: Range<Int>, first: Int)] = []
    for sequence in sequences {
      for first in stride(from: 0, to: sequence.count, by: queries).reversed() {
        blocks.append((sequence, first))
      }
    }
    // To begin a tile costs something too, which is all that many short sequences cost.
    let work =
      sequences.reduce(0) { $0 + $1.count * $1.count } * width
      + heads * blocks.count * Self.tileWork
    func attend(_ tile: Int) {
      let head = tile % heads
      let (sequence, first) = blocks[tile / heads]
      let start = input.pointer + sequence.lowerBound * input.stride
      var call = muninn_attention_call()
      call.q = UnsafePointer(start + head * headDimension)
      let keys = start + width + head / group * headDimension
      call.k = UnsafePointer(keys)
      call.v = UnsafePointer(keys + shared * headDimension)
      call.stride = Int64(input.stride)
      call.y = output.pointer + sequence.lowerBound * output.stride + head * headDimension
      call.y_stride = Int64(output.stride)
      call.head_dimension = Int64(headDimension)
      call.first = Int64(first)
      call.end = Int64(min(sequence.count, first + queries))
      call.scale = 1 / Float(headDimension).squareRoot()
      kernel?(&call)
    }
    let tiles = heads * blocks.count
    if sequences.count >= 8 * team.count {
      team.run(rows: tiles, workInRow: work / tiles) { $0.forEach(attend) }
    } else {
      team.run(tiles: tiles, work: work, attend)
    }
  }
}
