import Tensors

/// What a token adds to the values of an attention layer, besides what its stream says (Parcae):
///
///     v ← v + g ⊙ table[id],   g = 2σ(gate · a),   one g for each head of values,
///
/// a being the first elements of what the layer reads.
package struct ValueEmbedding<Vector: Sendable>: Sendable {
  /// As many weights for each head of values as it reads elements.
  package let gate: Vector  // [keyValueHeads · channels]
  /// How many elements of the layer's input the gate reads.
  package let channels: Int
  /// Rows are looked up where they lie in the file.
  package let table: StoredTensor  // [vocabulary, keyWidth]
}

extension BlockMathematics {
  /// Not in this mathematics: training makes no models with values of tokens, and opens none.
  package func addValues(
    _ values: ValueEmbedding<Vector>, gatedBy x: Register, to y: Register, _ shape: AttentionShape
  ) {
    preconditionFailure("values of tokens are for inference")
  }

  /// Not in this mathematics: training makes no models with this activation, and opens none.
  package func halfSquaredReLU(_ x: Register, into y: Register) {
    preconditionFailure("the squared ReLU is for inference")
  }

  /// Not in this mathematics: training makes no models with a diagonal injection, and opens none.
  package func scale(_ x: Register, by factors: Vector, adding z: Register, into y: Register) {
    preconditionFailure("the diagonal injection is for inference")
  }
}
