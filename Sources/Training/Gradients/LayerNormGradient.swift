import CKernels
import LatentModels
import Tensors

/// y = g ⊙ x̂ + b, x̂ = (x − mean)·s, s = 1/sqrt(variance + ε): the norm by the root mean square of what
/// is left without the mean, so that its kernels serve here too:
///
///     dc = the gradient of that norm,  dx = dc − mean(dc),   dg = Σ_tokens dy ⊙ x̂,  db = Σ_tokens dy
extension Tape {
  func layerNorm(
    _ x: Register, gain: ParameterVector, bias: ParameterVector?, epsilon: Float, into y: Register
  ) {
    let input = self[x]
    precondition(gain.count == input.columns, "\(gain.count) gains for \(input.columns) columns")
    precondition(bias == nil || bias?.count == gain.count, "as many biases as gains")
    let centred = isRecording ? keepCopy(of: input) : activationRows(like: input)
    if !isRecording { centred.load(input) }
    for row in 0..<centred.rows { centred.centre(row) }
    // As for a norm without a mean.
    let kept = y == .stream || numerics == .exact
    let result =
      x == y && !isRecording ? input : write(y, columns: input.columns, kept: kept, tracked: true)
    for row in 0..<input.rows {
      let to = result.pointer + row * result.stride
      kernels.rms_norm(
        centred.pointer + row * centred.stride, nil, parameters + gain.offset, epsilon, to,
        Int64(input.columns))
      if let bias { kernels.add(parameters + bias.offset, to, Int64(input.columns)) }
    }
    record(
      .layerNorm(x: x, centred: centred, gain: gain, bias: bias, epsilon: epsilon, y: y))
  }

  func reverseLayerNorm(
    x: Register, centred: BufferView, gain: ParameterVector, bias: ParameterVector?,
    epsilon: Float, y: Register
  ) {
    guard let gradient, let dy = take(y) else { return }
    if let bias { addRows(of: dy, columns: bias.count, to: gradient + bias.offset) }
    // The gradient of the result becomes that of the input where it lies.
    for row in 0..<dy.rows {
      let at = dy.pointer + row * dy.stride
      kernels.rms_norm_gradient(
        centred.pointer + row * centred.stride, parameters + gain.offset, epsilon, at, at, 0,
        gradient + gain.offset, Int64(dy.columns))
      dy.centre(row)
    }
    if x == y { _ = put(dy, to: x) } else { pass(dy, to: x) }
  }

  /// Rows of scratch as large as a register.
  private func activationRows(like view: BufferView) -> BufferView {
    activation.matrix(rows: view.rows, columns: view.columns)
  }
}

extension BufferView {
  /// Takes its mean from every element of a row.
  fileprivate func centre(_ row: Int) {
    let values = pointer + row * stride
    var sum = 0.0
    for i in 0..<columns { sum += Double(values[i]) }
    let mean = Float(sum / Double(columns))
    for i in 0..<columns { values[i] -= mean }
  }
}
