import Glibc
import LatentModels
import Tensors

/// The five rules of Huginn's published code (`test_time_noise`): before an iteration reads its state,
/// x ← norm((1 − w)·x + w·ε), the norm being the one that ends the core, with w of the iteration i,
/// counted from 0, and n = a·σ₀·√d.
public enum TestTimeNoise: String, Sendable, CaseIterable {
  /// w = n.
  case fixed
  /// w = n / (i + 1).
  case geom
  /// w = n / √(i + 1).
  case sqrt
  /// w = max(n, (r̄ − i) / r̄), r̄ being the mean recurrence: the first iteration reads noise alone.
  case line
  /// w = 2·u·n, u uniform, one number a call.
  case chi

  /// - Parameters:
  ///   - size: n.
  ///   - iteration: from 0.
  ///   - mean: iterations the model was trained with on average.
  ///   - uniform: a number of 0..<1, which `chi` reads.
  public func weight(size: Double, iteration: Int, mean: Int, uniform: Double) -> Double {
    switch self {
    case .fixed: size
    case .geom: size / Double(iteration + 1)
    case .sqrt: size / Double(iteration + 1).squareRoot()
    case .line: max(size, Double(mean - iteration) / Double(mean))
    case .chi: 2 * uniform * size
    }
  }

  /// (1 − w)·x + w·ε.
  public static func mixed(_ x: [Double], _ noise: [Double], weight: Double) -> [Double] {
    zip(x, noise).map { (1 - weight) * $0 + weight * $1 }
  }

  /// x / √(mean(x²) + ε) · gain.
  public static func renormed(_ x: [Double], gain: [Double], epsilon: Double) -> [Double] {
    let square = x.reduce(0) { $0 + $1 * $1 } / Double(max(1, x.count))
    let scale = 1 / (square + epsilon).squareRoot()
    return zip(x, gain).map { $0 * scale * $1 }
  }
}

extension PerturbationKind {
  static let testTimeNoise = TestTimeNoise.allCases.map { rule in
    PerturbationKind(
      name: "test-time-\(rule.rawValue)",
      explanation: "noise mixed into the state by the published rule \(rule.rawValue)",
      strength: Strength(unit: "test_time_noise", range: 0..<1000, isAbsolute: false),
      problem: {
        $0.stateNorm == nil
          ? "the rule ends with the norm of Huginn's core, which this model lacks; give noise or "
            + "relative-noise" : nil
      }
    ) { acting in
      guard acting.iteration > 0, let norm = acting.model.stateNorm,
        let states = acting.model.facts.initialStates
      else { return [] }
      // σ₀·√d: the deviation of an initial state as the model reads it.
      let size = Double(acting.strength) * states.deviation * states.scale
      let (gain, epsilon) = (norm.gain.map(Double.init), Double(norm.epsilon))
      return [
        acting.rewriting([.state]) { row in
          // One number a call, whatever the position.
          let bits = row.shared.bits(0)
          let weight = rule.weight(
            size: size, iteration: acting.iteration - 1, mean: acting.model.facts.defaultIterations,
            uniform: Double(bits >> 11) * 0x1p-53)
          let mixed = TestTimeNoise.mixed(
            row.values.map(Double.init), row.random.normal(row.values.count).map(Double.init),
            weight: weight)
          return .replace(
            TestTimeNoise.renormed(mixed, gain: gain, epsilon: epsilon).map { Float($0) })
        }
      ]
    }
  }
}
