import CKernels
import LatentModels
import Tensors

/// y = g ⊙ x·s, s = 1/sqrt(mean(x²) + ε):
///
///     dx = s·(g ⊙ dy) − x·s³/n · Σ (g ⊙ dy ⊙ x),   dg = Σ_tokens dy ⊙ x·s
extension Tape {
  func rmsNorm(_ x: Register, gain: ParameterVector, epsilon: Float, into y: Register) {
    let input = self[x]
    precondition(gain.count == input.columns, "\(gain.count) gains for \(input.columns) columns")
    let result: BufferView
    if x == y && !isRecording {
      result = input
    } else {
      // In fast numerics a linear map keeps its own copy of what a norm gives it.
      let kept = y == .stream || numerics == .exact
      result = write(y, columns: input.columns, kept: kept, tracked: true)
    }
    for row in 0..<input.rows {
      kernels.rms_norm(
        input.pointer + row * input.stride, nil, parameters + gain.offset, epsilon,
        result.pointer + row * result.stride, Int64(input.columns))
    }
    record(.rmsNorm(x: x, input: input, gain: gain, epsilon: epsilon, y: y))
  }

  func reverseNorm(
    x: Register, input: BufferView, gain: ParameterVector, epsilon: Float, y: Register
  ) {
    guard let gradient, let dy = take(y) else { return }
    // In place, the gradient of the result becomes that of the input where it lies.
    let dx: BufferView
    var accumulates = false
    if x == y { dx = put(dy, to: x) } else { (dx, accumulates) = receive(x, columns: dy.columns) }
    for row in 0..<dy.rows {
      kernels.rms_norm_gradient(
        input.pointer + row * input.stride, parameters + gain.offset, epsilon,
        dy.pointer + row * dy.stride, dx.pointer + row * dx.stride, accumulates ? 1 : 0,
        gradient + gain.offset, Int64(dy.columns))
    }
  }
}
