import Tensors

/// One operation with what its derivative needs of the point it was carried out at. Rows are those of
/// all sequences.
enum LinearizedOperation: Sendable {
  /// y = x·Wᵀ (+ z).
  case linear(x: Register, map: Linear, z: Register?, y: Register)
  /// y = x / sqrt(mean(x²) + ε) · gain over some columns, which `input` holds, in place where they are
  /// not all.
  case rmsNorm(
    x: Register, columns: Range<Int>, input: Matrix, gain: [Float], epsilon: Float, y: Register)
  case layerNorm(x: Register, input: Matrix, gain: [Float], epsilon: Float, y: Register)
  /// Queries and keys turn by their positions.
  case rotate(x: Register, isInterleaved: Bool, AttentionShape)
  case attend(x: Register, shape: AttentionShape, sequences: [LinearizedAttention], y: Register)
  /// y = silu(gate) ⊙ up.
  case siluMultiply(x: Register, input: Matrix, y: Register)
  case gelu(x: Register, input: Matrix, form: GeluForm, y: Register)
  /// y = ½·max(0, x)².
  case halfSquaredReLU(x: Register, input: Matrix, y: Register)
  /// y = x ⊙ factors + z.
  case scale(x: Register, factors: [Float], z: Register, y: Register)
  /// y + what tokens add, in place.
  case addValues(x: Register, TokenValues, y: Register)
  /// y = y + x.
  case add(x: Register, y: Register)
  /// y = x, which counts no more.
  case move(x: Register, y: Register)
  /// What somebody wrote at a site.
  case edit(x: Register, SiteEdit)
}

/// Attention of one sequence: what it read, and the weights it gave.
struct LinearizedAttention: Sendable {
  let rows: Range<Int>
  /// After rotation.
  let queries: Matrix  // [rows, heads · headDimension]
  /// Keys, then values, of the tokens before and of these.
  let kept: Matrix  // [keys, 2 · keyWidth]
  /// The rows of the first head before those of the next.
  let weights: Matrix  // [heads · rows, keys]

  /// Keys of tokens before these, which do not depend on their state.
  var older: Int { kept.rows - rows.count }
}
