import LatentModels
import Tensors

extension PerturbationKind {
  /// Where the vector lies that an iteration reads: the thought that is fed back, else the state.
  private static func read(_ acting: Perturbing) -> Set<Site> {
    [acting.isOfThoughts ? .adapter : .state]
  }

  /// ĥ = h + σ·ε at every iteration, as in "Parallel Test-Time Scaling for Latent Reasoning Models"
  /// (arXiv 2510.07745).
  static let noise = PerturbationKind(
    name: "noise",
    explanation: "Gaussian noise on what every iteration reads, of an absolute size",
    strength: Strength(unit: "standard deviation", range: 0..<1_000_000, isAbsolute: true),
    changesInput: true
  ) { acting in
    guard acting.iteration > 0 else { return [] }
    return [acting.changing(read(acting), .noise(size: acting.strength))]
  }

  /// s ← s + ρ·rms(s)·ε at every iteration.
  static let relativeNoise = PerturbationKind(
    name: "relative-noise",
    explanation: "Gaussian noise on what every iteration reads, as a share of its size",
    strength: Strength(unit: "share of the size", range: 0..<1000, isAbsolute: false),
    changesInput: true
  ) { acting in
    guard acting.iteration > 0 else { return [] }
    return [acting.changing(read(acting), .relativeNoise(share: acting.strength))]
  }

  /// e ← e + ρ·rms(e)·ε, once: it moves the fixed point itself, so that iterations do not forget it.
  static let noiseOnE = PerturbationKind(
    name: "noise-on-e",
    explanation: "Gaussian noise on e, which every iteration reads, as a share of its size",
    strength: Strength(unit: "share of the size", range: 0..<1000, isAbsolute: false),
    problem: {
      $0.facts.hasFixedStart ? "this model injects nothing; give noise or relative-noise" : nil
    },
    hooks: { acting in
      guard acting.iteration == 0 else { return [] }
      let share = acting.strength
      return [
        acting.rewriting([.embedded]) { row in
          let size = Operations.rootMeanSquare(row.values)
          // In the order in which an edit multiplies, so that an edit can make the same run.
          return .add(row.random.normal(row.values.count, size: size).map { share * $0 })
        }
      ]
    })
}
