import Tensors

/// One step of Muon (Jordan et al., 2024): Nesterov momentum whose directions all get equal length.
struct MuonStep {
  private let momentum: Float
  private let learningRate: Double
  private let keep: Float

  init(_ settings: OptimizerSettings.Muon, rate: Double) {
    momentum = Float(settings.momentum)
    learningRate = settings.learningRate * rate
    keep = Float(1 - learningRate * settings.weightDecay)
  }

  /// - Parameters:
  ///   - weights: one matrix.  // [rows, columns]
  ///   - momentum: sum of past gradients, each shrunk since.  // [rows, columns]
  func apply(
    to weights: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    momentum buffer: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int,
    scratch: MuonScratch
  ) {
    let count = rows * columns
    scratch.reserve(count)
    // Tall matrices move their outputs further: each output then changes as in a square one.
    let size = Float(learningRate * max(1, Double(rows) / Double(columns)).squareRoot())
    scratch.direction.withUnsafeMutableBufferPointer { storage in
      let direction = UnsafeMutableBufferPointer(rebasing: storage[..<count])
      for i in 0..<count {
        buffer[i] += (1 - momentum) * (gradient[i] - buffer[i])
        direction[i] = gradient[i] + momentum * (buffer[i] - gradient[i])
      }
      Operations.orthogonalize(
        direction, rows: rows, columns: columns, scratch: scratch.orthogonalization)
      for i in 0..<count { weights[i] = keep * weights[i] - size * direction[i] }
    }
  }
}

/// Memory one thread needs for `MuonStep`.
final class MuonScratch: Sendable {
  nonisolated(unsafe) fileprivate var direction: [Float] = []
  nonisolated(unsafe) fileprivate let orthogonalization = OrthogonalizationScratch()

  func reserve(_ count: Int) {
    if direction.count < count { direction = [Float](repeating: 0, count: count) }
  }
}
