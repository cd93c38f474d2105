import ArgumentParser
import LatentModels
import ParallelScaling
import Trajectories

/// How copies of a run are made different.
struct PerturbationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Gaussian noise of this standard deviation on what every iteration reads: the thought that is "
        + "fed back, or the state.", valueName: "sigma"))
  var noise: Float?

  @Option(
    help: ArgumentHelp(
      "The same as a share of the size (root mean square) of what is there.", valueName: "share"))
  var relativeNoise: Float?

  @Option(
    help: ArgumentHelp(
      "Gaussian noise on e, once, as a share of its size: iterations do not forget it.",
      valueName: "share"))
  var noiseOnE: Float?

  @Option(
    help: ArgumentHelp(
      "Monte-Carlo dropout: this share of the elements that feed-forward networks add.",
      valueName: "share"))
  var dropout: Float?

  @Flag(
    help: "With --dropout: of what attention adds too, as in the released code of the paper.")
  var released = false

  @Flag(help: "With --dropout: one mask for all iterations, not a new one each.")
  var held = false

  @Option(
    help: ArgumentHelp(
      "Noise by a rule of Huginn's published code: fixed, geom, sqrt, line or chi, with its strength.",
      valueName: "rule=a"))
  var testTimeNoise: String?

  @Flag(help: "Copies start from the seeds that follow one another.")
  var starts = false

  @Option(
    help: ArgumentHelp(
      "Initial states are drawn with so many times the deviation.", valueName: "factor"))
  var startScale: Float?

  func validate() throws {
    if dropout == nil, held || released {
      throw ValidationError("--held and --released go with --dropout.")
    }
    if let startScale, !(startScale >= 0 && startScale.isFinite) {
      throw ValidationError("--start-scale takes a number from 0, not \(startScale).")
    }
    _ = try rule()
  }

  /// Whether anything was asked for.
  var isAnyGiven: Bool {
    noise != nil || relativeNoise != nil || noiseOnE != nil || dropout != nil || released || held
      || testTimeNoise != nil || starts || startScale != nil
  }

  private func rule() throws -> (PerturbationKind, Float)? {
    guard let testTimeNoise else { return nil }
    let parts = testTimeNoise.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let strength = Float(parts[1]),
      let kind = PerturbationKind.named("test-time-\(parts[0])")
    else {
      let rules = TestTimeNoise.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--test-time-noise takes a rule (\(rules)) and its strength, such as geom=0.5, not "
          + "\"\(testTimeNoise)\".")
    }
    return (kind, strength)
  }

  /// What was asked for, of a model that can have it.
  /// - Throws: `PerturbationError`.
  func perturbations(of model: any LatentModel) throws -> [Perturbation] {
    var wanted: [(name: String, strength: Float, isHeld: Bool)] = []
    if let noise { wanted.append(("noise", noise, false)) }
    if let relativeNoise { wanted.append(("relative-noise", relativeNoise, false)) }
    if let noiseOnE { wanted.append(("noise-on-e", noiseOnE, false)) }
    if let dropout { wanted.append((released ? "dropout-both" : "dropout", dropout, held)) }
    if let (kind, strength) = try rule() { wanted.append((kind.name, strength, false)) }
    return try wanted.compactMap { name, strength, isHeld in
      try PerturbationKind.named(name).map {
        try Perturbation($0, strength: strength, isHeld: isHeld, of: model)
      }
    }
  }

  /// Where the first copy starts, with as much spread as was asked for.
  /// - Parameter start: of the run without noise; not the usual one.
  func start(of start: Start) throws -> Start {
    guard starts || startScale != nil else { return start }
    guard case .seeded(let seed, let form, _) = start else {
      throw ValidationError(
        "--starts and --start-scale need initial states that are drawn, and these are not "
          + "(\(start.words)); give --noise, --relative-noise or --dropout.")
    }
    return .seeded(seed: seed, form: form, scale: startScale ?? 1)
  }

  /// Refuses copies that nothing makes different.
  static func checkDifferent(isPlain: Bool) throws {
    guard isPlain else { return }
    throw ValidationError(
      "All copies would be the same: give --noise, --relative-noise, --noise-on-e, --dropout, "
        + "--test-time-noise or --starts.")
  }
}
