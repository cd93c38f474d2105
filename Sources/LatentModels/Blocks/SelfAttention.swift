/// Causal multi-head self-attention. Queries and keys may get a norm of the whole projected vector
/// (before the split into heads) or of each head, then turn with their position; values get neither.
struct SelfAttention<Mathematics: BlockMathematics>: Sendable {
  let shape: AttentionShape
  let rotation: Rotation<Mathematics.Vector>
  /// Rows: all queries, all keys, all values.
  let queryKeyValue: Mathematics.Map  // [shape.projectedWidth, width]
  var queryNorm: Mathematics.Vector?  // [shape.queryWidth], of heads [shape.headDimension]
  var keyNorm: Mathematics.Vector?  // [shape.keyWidth], of heads [shape.headDimension]
  /// Whether these norms take each head by itself, all with the same gain.
  var normsHeads = false
  /// What tokens add to their values; nil for nothing.
  var values: ValueEmbedding<Mathematics.Vector>?
  /// A gate on what attention gathers, read from what the layer reads; nil for none.
  var outputGate: Mathematics.Map?  // [shape.queryWidth, width]
  let epsilon: Float
  let output: Mathematics.Map  // [width, shape.queryWidth]
}

/// Heads of an attention layer; keys and values may have fewer, each serving a group of queries.
package struct AttentionShape: Sendable, Equatable {
  package let heads: Int
  package let keyValueHeads: Int
  package let headDimension: Int

  package init(heads: Int, keyValueHeads: Int, headDimension: Int) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
  }

  package var queryWidth: Int { heads * headDimension }
  package var keyWidth: Int { keyValueHeads * headDimension }
  /// Queries, keys and values side by side.
  package var projectedWidth: Int { queryWidth + 2 * keyWidth }
}

/// Which elements of a head of queries and keys turn together.
package enum Rotation<Vector: Sendable>: Sendable {
  /// (2j, 2j+1), as complex numbers, after a learned bias: queries then keys. As many heads of keys
  /// as of queries.
  case interleaved(bias: Vector?)  // [2 · heads · headDimension]
  /// (j, j + hd/2), as `rotate_half` of the Llama family.
  case halfSplit
  /// Nothing turns: positions are learned and added to the embeddings.
  case none
}

extension SelfAttention: ResidualBranch {
  static var kind: Site.Kind { .attention }

  func gather(
    _ x: Register, at place: BlockPlace, using mathematics: Mathematics
  ) -> Register {
    mathematics.linear(x, queryKeyValue, adding: nil, into: .projected)
    if let values { mathematics.addValues(values, gatedBy: x, to: .projected, shape) }
    if let queryNorm { norm(queryNorm, 0..<shape.queryWidth, using: mathematics) }
    if let keyNorm {
      let keys = shape.queryWidth..<shape.queryWidth + shape.keyWidth
      norm(keyNorm, keys, using: mathematics)
    }
    mathematics.rotate(.projected, rotation, shape)
    mathematics.attend(.projected, shape, into: .attended, at: place.site(.attentionWeights))
    if let outputGate {
      mathematics.linear(x, outputGate, adding: nil, into: .gateAndUp)
      mathematics.gateOutput(.gateAndUp, of: .attended)
    }
    return .attended
  }

  /// Norms some columns of what was projected.
  private func norm(
    _ gain: Mathematics.Vector, _ columns: Range<Int>, using mathematics: Mathematics
  ) {
    let size = normsHeads ? shape.headDimension : columns.count
    for first in stride(from: columns.lowerBound, to: columns.upperBound, by: size) {
      mathematics.rmsNorm(.projected, columns: first..<first + size, gain: gain, epsilon: epsilon)
    }
  }
}
