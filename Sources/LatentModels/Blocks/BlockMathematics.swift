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
  /// Both halves of the gated feed-forward network, gates first; without a gate the one there is.
  // [tokens, 2 · feedForward]
  case gateAndUp
  /// What the second map of the feed-forward network reads: the product of both halves, or the
  /// activation.  // [tokens, feedForward]
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

  /// y = (x − mean) / sqrt(variance + ε) · gain + bias for each row; `y` may be `x`.
  func layerNorm(_ x: Register, gain: Vector, bias: Vector?, epsilon: Float, into y: Register)

  /// Turns queries and keys by their positions, in place.
  func rotate(_ x: Register, _ rotation: Rotation<Vector>, _ shape: AttentionShape)

  /// y = softmax(q·kᵀ/√hd)·v, each token seeing itself and what came before it.
  /// - Parameter site: what the softmax is called.
  func attend(_ x: Register, _ shape: AttentionShape, into y: Register, at site: Site)

  /// y = silu(gate) ⊙ up.
  func siluMultiply(_ x: Register, into y: Register)

  /// y = gelu(x).
  func gelu(_ x: Register, _ form: GeluForm, into y: Register)

  /// y = ½·max(0, x)².
  func halfSquaredReLU(_ x: Register, into y: Register)

  /// y = x ⊙ factors + z for each row.
  func scale(_ x: Register, by factors: Vector, adding z: Register, into y: Register)

  /// Adds to the values among queries, keys and values what the tokens themselves give, as much as a
  /// gate says that reads `x`.
  func addValues(
    _ values: ValueEmbedding<Vector>, gatedBy x: Register, to y: Register, _ shape: AttentionShape)

  /// y = y ⊙ σ(gate), element by element.
  func gateOutput(_ gate: Register, of y: Register)

  /// y = y + x.
  func add(_ x: Register, to y: Register)

  /// Who looks at a site in this run.
  func watch(_ site: Site) -> Hooks.Watch

  /// Lets those who look at a site see what a register holds, and change it.
  func visit(_ site: Site, _ x: Register)
}

/// Where the weights of a model come from, by the names checkpoints give them.
package protocol WeightSource<Mathematics> {
  associatedtype Mathematics: BlockMathematics

  mutating func vector(_ name: String) throws -> Mathematics.Vector

  /// - Parameters:
  ///   - columns: the inputs to keep; nil for all.
  ///   - bias: the name of a bias.
  ///   - order: which way round the file has the matrix.
  mutating func linear(
    _ name: String, columns: Range<Int>?, bias: String?, order: WeightOrder
  ) throws -> Mathematics.Map

  /// One map made of matrices that the file keeps apart, outputs of the first one first.
  mutating func linear(stacking names: [String]) throws -> Mathematics.Map
}

/// Which way round a file stores the matrix of a linear map.
package enum WeightOrder: Sendable {
  /// [outputs, inputs], as `torch.nn.Linear` has it.
  case outputsFirst
  /// [inputs, outputs], as GPT-2's `Conv1D` has it.
  case inputsFirst
}

extension WeightSource {
  mutating func linear(
    _ name: String, columns: Range<Int>? = nil, bias: String? = nil
  ) throws -> Mathematics.Map {
    try linear(name, columns: columns, bias: bias, order: .outputsFirst)
  }
}
