import CKernels
import LatentModels
import Tensors

/// The norm of some columns in place, as if they were a row of their own: queries or keys before they
/// turn. The gradient is that of `rmsNorm` over these columns; all others pass as they are.
extension Tape {
  func rmsNorm(_ x: Register, columns: Range<Int>, gain: ParameterVector, epsilon: Float) {
    let view = self[x]
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= view.columns,
      "columns \(columns) of \(view.columns)")
    precondition(gain.count == columns.count, "\(gain.count) gains for \(columns.count) columns")
    let part = view.columns(columns)
    // What was there is needed on the way back, and the norm lies over it.
    let input = isRecording ? keepCopy(of: part) : part
    for row in 0..<part.rows {
      kernels.rms_norm(
        input.pointer + row * input.stride, nil, parameters + gain.offset, epsilon,
        part.pointer + row * part.stride, Int64(part.columns))
    }
    record(.normPart(x: x, columns: columns, input: input, gain: gain, epsilon: epsilon))
  }

  func reverseNorm(
    _ x: Register, columns: Range<Int>, input: BufferView, gain: ParameterVector, epsilon: Float
  ) {
    guard let gradient, let all = self.gradient(of: x) else { return }
    let dx = all.columns(columns)
    for row in 0..<dx.rows {
      let at = dx.pointer + row * dx.stride
      kernels.rms_norm_gradient(
        input.pointer + row * input.stride, parameters + gain.offset, epsilon, at, at, 0,
        gradient + gain.offset, Int64(dx.columns))
    }
  }
}

extension BufferView {
  /// Some of the columns.
  func columns(_ range: Range<Int>) -> BufferView {
    BufferView(
      pointer: pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}
