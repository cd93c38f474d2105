import CKernels
import Glibc
import LatentModels
import Tensors

/// y = x·Φ(x), exactly or as GPT-2 has it.
///
/// Exactly:  dx = dy·(Φ(x) + x·φ(x)).
///
/// GPT-2's ½(1 + tanh u), u = √(2/π)·(x + a·x³), is σ(2u), so that y = silu(g)·h with g = 2u and
/// h = x/g = 1/(2√(2/π)·(1 + a·x²)), and the kernels of a gated unit serve here too:
///
///     dx = dg·g′ + dh·h′,   g′ = 2√(2/π)·(1 + 3a·x²),   h′ = −4√(2/π)·a·x·h²
extension Tape {
  func gelu(_ x: Register, _ form: GeluForm, into y: Register) {
    let input = self[x]
    let result = write(
      y, columns: input.columns, kept: numerics == .exact, tracked: true)
    switch form {
    case .exact:
      for row in 0..<input.rows {
        let (from, to) = (input.pointer + row * input.stride, result.pointer + row * result.stride)
        for i in 0..<input.columns { to[i] = from[i] * Self.normalShare(from[i]) }
      }
    case .tanh:
      let parts = activation.matrix(rows: 2, columns: input.columns)
      for row in 0..<input.rows {
        Self.split(input.pointer + row * input.stride, into: parts)
        kernels.silu_multiply(
          parts.pointer, parts.pointer + parts.stride, result.pointer + row * result.stride,
          Int64(input.columns))
      }
    }
    record(.gelu(x: x, input: input, form, y: y))
  }

  func reverseGelu(x: Register, input: BufferView, _ form: GeluForm, y: Register) {
    guard let dy = take(y) else { return }
    let (dx, accumulates) = receive(x, columns: input.columns)
    precondition(!accumulates, "nothing else reads what an activation reads")
    let parts = activation.matrix(rows: 4, columns: input.columns)
    for row in 0..<dy.rows {
      let (from, back) = (input.pointer + row * input.stride, dy.pointer + row * dy.stride)
      let to = dx.pointer + row * dx.stride
      switch form {
      case .exact:
        for i in 0..<input.columns { to[i] = back[i] * Self.exactSlope(from[i]) }
      case .tanh:
        Self.split(from, into: parts)
        let gate = parts.pointer
        let (other, dGate) = (gate + parts.stride, gate + 2 * parts.stride)
        let dOther = gate + 3 * parts.stride
        kernels.silu_multiply_gradient(
          gate, other, back, dGate, dOther, Int64(input.columns))
        for i in 0..<input.columns {
          let square = Self.cubic * from[i] * from[i]
          let gateSlope = Self.rate * (1 + 3 * square)
          let otherSlope = -2 * Self.rate * Self.cubic * from[i] * other[i] * other[i]
          to[i] = dGate[i] * gateSlope + dOther[i] * otherSlope
        }
      }
    }
  }

  private static var cubic: Float { 0.044_715 }
  /// 2√(2/π).
  private static var rate: Float { 1.595_769_1 }

  /// g and h of a row, one row each.
  private static func split(_ x: UnsafePointer<Float>, into parts: BufferView) {
    let (gate, other) = (parts.pointer, parts.pointer + parts.stride)
    for i in 0..<parts.columns {
      let growth = rate * (1 + cubic * x[i] * x[i])
      gate[i] = x[i] * growth
      other[i] = 1 / growth
    }
  }

  /// Φ(x): the share of normal numbers below.
  private static func normalShare(_ x: Float) -> Float { 0.5 * (1 + erff(x * 0.707_106_77)) }

  private static func exactSlope(_ x: Float) -> Float {
    normalShare(x) + x * 0.398_942_28 * expf(-0.5 * x * x)
  }
}
