import Tensors

/// Causal multi-head self-attention. Queries and keys may get a norm of the whole projected vector
/// (before the split into heads), then turn with their position; values get neither.
struct SelfAttention: Sendable {
  let shape: AttentionShape
  let rotation: Rotation
  /// Rows: all queries, all keys, all values.
  let queryKeyValue: Linear  // [shape.projectedWidth, width]
  var queryNorm: [Float]?  // [shape.queryWidth]
  var keyNorm: [Float]?  // [shape.keyWidth]
  let epsilon: Float
  let output: Linear  // [width, shape.queryWidth]
}

/// Heads of an attention layer; keys and values may have fewer, each serving a group of queries.
struct AttentionShape: Sendable, Equatable {
  let heads: Int
  let keyValueHeads: Int
  let headDimension: Int

  var queryWidth: Int { heads * headDimension }
  var keyWidth: Int { keyValueHeads * headDimension }
  /// Queries, keys and values side by side.
  var projectedWidth: Int { queryWidth + 2 * keyWidth }
}

/// Which elements of a head of queries and keys turn together.
enum Rotation: Sendable {
  /// (2j, 2j+1), as complex numbers, after a learned bias: queries then keys. As many heads of keys
  /// as of queries.
  case interleaved(bias: [Float]?)  // [2 · heads · headDimension]
  /// (j, j + hd/2), as `rotate_half` of the Llama family.
  case halfSplit
}

extension SelfAttention: ResidualBranch {
  func apply(
    _ x: Buffer, adding residual: Buffer?, into result: Buffer, using scratch: Workspace
  ) {
    let projected = scratch.projected  // [tokens, projectedWidth]
    queryKeyValue.apply(x, into: projected, team: scratch.team)
    if let queryNorm {
      Operations.rmsNorm(
        projected, columns: 0..<shape.queryWidth, weight: queryNorm, epsilon: epsilon)
    }
    if let keyNorm {
      let keys = shape.queryWidth..<shape.queryWidth + shape.keyWidth
      Operations.rmsNorm(projected, columns: keys, weight: keyNorm, epsilon: epsilon)
    }
    let firstPosition = scratch.cachePlace?.firstPosition ?? 0
    switch rotation {
    case .interleaved(let bias):
      Operations.rotateInterleaved(
        projected, heads: shape.heads, table: scratch.rotary,
        firstPosition: firstPosition, bias: bias)
    case .halfSplit:
      Operations.rotateHalfSplit(
        projected, heads: shape.heads + shape.keyValueHeads, table: scratch.rotary,
        firstPosition: firstPosition)
    }
    if let place = scratch.cachePlace {
      place.cache.attend(
        projected, slot: place.slot, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        into: scratch.attended, team: scratch.team)
    } else {
      Operations.causalAttention(
        projected, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        into: scratch.attended, team: scratch.team)
    }
    output.apply(scratch.attended, addingIfGiven: residual, into: result, team: scratch.team)
  }
}
