import CKernels
import LatentModels
import Tensors

/// Cosines and sines of every position, and of the turn back; none where positions are learned.
struct RotationAngles: Sendable {
  let headDimension: Int
  let forward: [Float]  // [positions, headDimension]
  let backward: [Float]  // [positions, headDimension]

  init(frequencies: [Float], positions: Int) {
    headDimension = 2 * frequencies.count
    forward =
      frequencies.isEmpty
      ? [] : RotaryTable(frequencies: frequencies, positions: positions).values
    backward = forward.enumerated().map { $0.offset % 2 == 1 ? -$0.element : $0.element }
  }

  var positions: Int { headDimension == 0 ? 0 : forward.count / headDimension }
}

/// Queries and keys turn by their position's angle: interleaved pairs after a bias, or the two halves of
/// each head against each other. The gradient turns back; that of the bias is its sum over tokens.
extension Tape {
  func rotate(_ x: Register, _ rotation: Rotation<ParameterVector>, _ shape: AttentionShape) {
    if case .none = rotation { return }
    precondition(
      past + length <= angles.positions, "\(past + length) of \(angles.positions) positions")
    switch rotation {
    case .none: break
    case .interleaved(let bias):
      turnPairs(self[x], by: angles.forward, bias: bias.map { parameters + $0.offset }, shape)
    case .halfSplit: turnHalves(self[x], by: angles.forward, shape)
    }
    record(.rotate(x: x, rotation, shape))
  }

  func reverseRotation(
    _ x: Register, _ rotation: Rotation<ParameterVector>, _ shape: AttentionShape
  ) {
    guard let gradient, let dx = self.gradient(of: x) else { return }
    switch rotation {
    case .none: break
    case .interleaved(let bias):
      turnPairs(dx, by: angles.backward, bias: nil, shape)
      if let bias { addRows(of: dx, columns: bias.count, to: gradient + bias.offset) }
    case .halfSplit: turnHalves(dx, by: angles.backward, shape)
    }
  }

  private func turnPairs(
    _ x: BufferView, by angles: [Float], bias: UnsafePointer<Float>?, _ shape: AttentionShape
  ) {
    angles.withUnsafeBufferPointer { angles in
      guard let angles = angles.baseAddress else { return }
      for row in 0..<x.rows {
        kernels.rotate(
          x.pointer + row * x.stride, bias,
          angles + (past + row % length) * shape.headDimension,
          Int64(shape.heads + shape.keyValueHeads), Int64(shape.headDimension))
      }
    }
  }

  private func turnHalves(_ x: BufferView, by angles: [Float], _ shape: AttentionShape) {
    let (size, half) = (shape.headDimension, shape.headDimension / 2)
    angles.withUnsafeBufferPointer { angles in
      guard let angles = angles.baseAddress else { return }
      for row in 0..<x.rows {
        let angle = angles + (past + row % length) * size
        for head in 0..<shape.heads + shape.keyValueHeads {
          let low = x.pointer + row * x.stride + head * size
          let high = low + half
          for pair in 0..<half {
            let (cosine, sine) = (angle[2 * pair], angle[2 * pair + 1])
            let (a, b) = (low[pair], high[pair])
            low[pair] = a * cosine - b * sine
            high[pair] = b * cosine + a * sine
          }
        }
      }
    }
  }
}
