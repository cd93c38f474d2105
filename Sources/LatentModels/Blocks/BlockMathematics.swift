import Tensors

/// What the activations of a model are called while it runs.
///
/// A model is a short program over these registers. Inference gives each of them one buffer that is
/// written again and again; training gives each value that a gradient needs a place of its own.
package enum Register: Int, Sendable, CaseIterable {
  /// What blocks read and rewrite.  // [tokens, width]
  case stream
  /// What a branch reads, after the norm before it.  // [tokens, width]
  case normed
  /// What a branch gives where a norm stands before the sum.  // [tokens, width]
  case sum
  /// Queries, keys and values side by side.  // [tokens, queries + keys + values]
  case projected
  /// What attention gathered.  // [tokens, queries]
  case attended
  /// Both halves of the gated feed-forward network, gates first.  // [tokens, 2 · feedForward]
  case gateAndUp
  /// Their product.  // [tokens, feedForward]
  case gated
  /// The latent state that an iteration starts from.  // [tokens, width]
  case state
  /// e through its half of the adapter, the same at every iteration.  // [tokens, width]
  case injection
  /// What the head says.  // [tokens, vocabulary]
  case logits
}

/// The operations models are written in, so that the order of a block is written once: inference
/// carries them out (`Workspace`), training also remembers them to go back through them.
package protocol BlockMathematics: AnyObject {
  /// The weights of a linear map.
  associatedtype Map: Sendable
  /// Gains and biases.
  associatedtype Vector: Sendable

  /// y = x·Wᵀ (+ b), plus z where there is one; `z` may be `y`, and `x` is neither.
  func linear(_ x: Register, _ map: Map, adding z: Register?, into y: Register)

  /// y = x / sqrt(mean(x²) + ε) · gain for each row; `y` may be `x`.
  func rmsNorm(_ x: Register, gain: Vector, epsilon: Float, into y: Register)

  /// The same in place over some columns, as if they were a row of their own.
  func rmsNorm(_ x: Register, columns: Range<Int>, gain: Vector, epsilon: Float)

  /// Turns queries and keys by their positions, in place.
  func rotate(_ x: Register, _ rotation: Rotation<Vector>, _ shape: AttentionShape)

  /// y = softmax(q·kᵀ/√hd)·v, each token seeing itself and what came before it.
  func attend(_ x: Register, _ shape: AttentionShape, into y: Register)

  /// y = silu(gate) ⊙ up.
  func siluMultiply(_ x: Register, into y: Register)

  /// y = y + x.
  func add(_ x: Register, to y: Register)
}

/// Where the weights of a model come from, by the names checkpoints give them.
package protocol WeightSource<Mathematics> {
  associatedtype Mathematics: BlockMathematics

  mutating func vector(_ name: String) throws -> Mathematics.Vector

  /// - Parameters:
  ///   - columns: the inputs to keep; nil for all.
  ///   - bias: the name of a bias.
  mutating func linear(
    _ name: String, columns: Range<Int>?, bias: String?
  ) throws -> Mathematics.Map
}

extension WeightSource {
  mutating func linear(_ name: String) throws -> Mathematics.Map {
    try linear(name, columns: nil, bias: nil)
  }
}
