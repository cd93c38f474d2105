import Tensors

/// The feed-forward half of a block: output(activation(inner(x))).
struct FeedForward<Mathematics: BlockMathematics>: Sendable, ResidualBranch {
  /// What stands between the two maps.
  enum Activation: Sendable {
    /// silu(gate) ⊙ up, gate and up in one matrix, gate first.
    case gatedSilu
    case gelu(GeluForm)
    /// ½·max(0, x)².
    case halfSquaredReLU
  }

  let inner: Mathematics.Map  // [feedForward, width], gated [2·feedForward, width]
  var activation = Activation.gatedSilu
  let output: Mathematics.Map  // [width, feedForward]

  static var kind: Site.Kind { .feedForward }

  func gather(
    _ x: Register, at place: BlockPlace, using mathematics: Mathematics
  ) -> Register {
    mathematics.linear(x, inner, adding: nil, into: .gateAndUp)
    switch activation {
    case .gatedSilu: mathematics.siluMultiply(.gateAndUp, into: .gated)
    case .gelu(let form): mathematics.gelu(.gateAndUp, form, into: .gated)
    case .halfSquaredReLU: mathematics.halfSquaredReLU(.gateAndUp, into: .gated)
    }
    return .gated
  }
}
