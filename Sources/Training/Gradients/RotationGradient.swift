import CKernels
import LatentModels
import Tensors

/// Cosines and sines of every position, and of the turn back.
struct RotationAngles: Sendable {
  let headDimension: Int
  let forward: [Float]  // [positions, headDimension]
  let backward: [Float]  // [positions, headDimension]

  init(frequencies: [Float], positions: Int) {
    headDimension = 2 * frequencies.count
    forward = RotaryTable(frequencies: frequencies, positions: positions).values
    backward = forward.enumerated().map { $0.offset % 2 == 1 ? -$0.element : $0.element }
  }

  var positions: Int { forward.count / headDimension }
}

/// Queries and keys get a bias, then each pair of a head turns by its position's angle. The gradient
/// turns back; that of the bias is its sum over tokens.
extension Tape {
  func rotate(_ x: Register, _ rotation: Rotation<ParameterVector>, _ shape: AttentionShape) {
    guard case .interleaved(let bias) = rotation else {
      preconditionFailure("sandwich blocks rotate interleaved pairs")
    }
    precondition(length <= angles.positions, "\(length) of \(angles.positions) positions")
    turn(self[x], by: angles.forward, bias: bias.map { parameters + $0.offset }, shape)
    record(.rotate(x: x, bias: bias, shape))
  }

  func reverseRotation(_ x: Register, bias: ParameterVector?, _ shape: AttentionShape) {
    guard let gradient, let dx = self.gradient(of: x) else { return }
    turn(dx, by: angles.backward, bias: nil, shape)
    if let bias { addRows(of: dx, columns: bias.count, to: gradient + bias.offset) }
  }

  private func turn(
    _ x: BufferView, by angles: [Float], bias: UnsafePointer<Float>?, _ shape: AttentionShape
  ) {
    angles.withUnsafeBufferPointer { angles in
      guard let angles = angles.baseAddress else { return }
      for row in 0..<x.rows {
        kernels.rotate(
          x.pointer + row * x.stride, bias, angles + row % length * shape.headDimension,
          Int64(2 * shape.heads), Int64(shape.headDimension))
      }
    }
  }
}
