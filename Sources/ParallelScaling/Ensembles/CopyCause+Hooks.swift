import Engine
import LatentModels
import Trajectories

extension CopyCause {
  /// Makes copies for an engine: the same, to the bit, as those of `EnsembleRunner`.
  public static let hooks: Engine.CopyHooks = { copy, iteration, model in
    try copy.perturbations.flatMap { noise in
      guard let kind = PerturbationKind.named(noise.name) else {
        throw PerturbationError.unknown(noise.name)
      }
      return try Perturbation(
        kind, strength: noise.strength, isHeld: noise.isHeld, of: model
      )
      .hooks(
        [copy.number], seed: copy.seed, iteration: iteration, last: copy.last ?? .max,
        firstPosition: copy.firstPosition ?? 0, of: model)
    }
  }

  /// Whether what a perturbation draws ends with the last thought of a run, so that its cause has to say
  /// which that is.
  public static func endsWithThoughts(_ kind: PerturbationKind, thinksOnce: Bool) -> Bool {
    thinksOnce && kind.canBeHeld
  }
}
