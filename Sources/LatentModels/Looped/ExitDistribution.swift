import Glibc

/// Where the exit gate of one token would stop, over a number of loops: with λ_u the sigmoid of the
/// gate after loop u (from 0),
///
///     p_u = λ_u · Π_{v<u} (1 − λ_v),   and the last loop takes what remains.
///
/// As in "Scaling Latent Reasoning via Looped Language Models" (arXiv 2510.25741) and its published
/// code, in float32 and in its order. A longer run has another distribution, because only its last
/// loop takes the remainder; λ of the last loop decides nothing.
public struct ExitDistribution: Sendable, Equatable {
  /// λ_u, the chance to stop after loop u having come that far.
  public let lambda: [Float]  // [loops]
  /// p_u, the chance to stop after loop u; sums to 1 up to rounding.
  public let density: [Float]  // [loops]
  /// Σ_{v≤u} p_v.
  public let cumulative: [Float]  // [loops]

  /// The distribution of one token over as many loops as there are gates.
  /// - Parameter gateLogits: what `ExitGate.logits` gave after each loop.
  public init(gateLogits: [Float]) {
    lambda = gateLogits.map(Self.lambda)
    var remaining: Float = 1
    var sum: Float = 0
    var density: [Float] = []
    var cumulative: [Float] = []
    for (loop, lambda) in lambda.enumerated() {
      let chance = loop == gateLogits.count - 1 ? remaining : lambda * remaining
      remaining *= 1 - lambda
      sum += chance
      density.append(chance)
      cumulative.append(sum)
    }
    self.density = density
    self.cumulative = cumulative
  }

  /// The sigmoid of what a gate says.
  static func lambda(_ gateLogit: Float) -> Float { 1 / (1 + expf(-gateLogit)) }

  /// The loop, from 0, at which the published rule reads the answer: the first whose cumulative
  /// chance reaches `threshold`, the last when none does. nil without loops.
  ///
  /// At threshold 1 that is the last loop, unless a gate is so sure that float32 rounds to 1 early.
  public func exit(threshold: Float) -> Int? {
    cumulative.firstIndex { $0 >= threshold } ?? cumulative.indices.last
  }

  /// Σ p_u · u, loops counted from 0.
  public var expectedLoop: Float {
    density.enumerated().reduce(0) { $0 + Float($1.offset) * $1.element }
  }

  /// Σ p_u · x_u: readouts of all loops weighed by the chance to stop there.
  /// - Precondition: one readout for each loop, all of one length.
  public func weighted(_ readouts: [ArraySlice<Float>]) -> [Float] {
    precondition(readouts.count == density.count, "\(readouts.count) readouts")
    guard let first = readouts.first else { return [] }
    var sum = [Float](repeating: 0, count: first.count)
    for (chance, readout) in zip(density, readouts) {
      precondition(readout.count == sum.count, "readouts of one length")
      for (index, value) in readout.enumerated() { sum[index] += chance * value }
    }
    return sum
  }
}
