import ArgumentParser
import Generation
import LatentModels
import Tensors
import Trajectories

/// Many positions thought about at once.
struct WavefrontOptions: ParsableArguments {
  @Flag(
    help: "Think about many positions at once, later ones on top of guesses for earlier ones.")
  var wavefront = false

  @Option(help: "With --wavefront: iterations between two looks at the guesses.")
  var innerSteps = 4

  @Option(
    help: "With --wavefront: fresh positions after each look; beyond the first, random tokens.")
  var headway = 1

  @Option(
    help: "With --wavefront: share of new noise in a state, less with every iteration it had.")
  var noise: Float = 0.5

  @Option(
    help: ArgumentHelp(
      "With --wavefront: when a position is done: latent-diff, latent-acceleration, token-stability "
        + "or fixed, and a threshold or a number of looks. But for fixed, one that does not settle "
        + "is taken as it stands after 128 looks (token-stability: 128 more than its number).",
      valueName: "rule[=number]"))
  var freeze = "latent-diff"

  func validate() throws {
    func check(_ isRight: Bool, _ option: String, _ what: String) throws {
      if !isRight { throw ValidationError("--\(option) takes \(what).") }
    }
    try check((1...1024).contains(innerSteps), "inner-steps", "a number from 1 to 1024")
    try check((1...1024).contains(headway), "headway", "a number from 1 to 1024")
    try check(noise >= 0 && noise <= 1, "noise", "a number from 0 to 1")
    _ = try freezeRule(iterations: 32)
    let isChanged = innerSteps != 4 || headway != 1 || noise != 0.5 || freeze != "latent-diff"
    if !wavefront, isChanged {
      throw ValidationError("--inner-steps, --headway, --noise and --freeze go with --wavefront.")
    }
  }

  /// - Parameter iterations: of a token; what `fixed` gives each position.
  func freezeRule(iterations: Int) throws -> FreezeRule {
    let parts = freeze.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let number = parts.count == 2 ? Float(String(parts[1])) : nil
    if parts.count == 2 {
      guard let number, number.isFinite, number > 0, number < 1_000_000 else {
        throw ValidationError("--freeze \(parts[0])= takes a number above 0, not \"\(parts[1])\".")
      }
    }
    switch parts[0] {
    case "latent-diff": return .latentDifference(number ?? 0.03)
    case "latent-acceleration": return .latentAcceleration(number ?? 0.03)
    case "token-stability": return .tokenStability(Int(number ?? 5))
    case "fixed": return .fixed(after: Int(number ?? Float(iterations / innerSteps)))
    default:
      throw ValidationError(
        "--freeze knows latent-diff, latent-acceleration, token-stability and fixed, not "
          + "\"\(parts[0])\".")
    }
  }

  func options(
    iterations: Int, start: Start, givenState: Matrix?, cache: CacheStrategy, seed: UInt64
  ) throws -> WavefrontGenerator.Options {
    var options = WavefrontGenerator.Options(iterations: iterations, start: start, cache: cache)
    options.givenState = givenState
    options.innerIterations = innerSteps
    options.headway = headway
    options.noise = noise
    options.freeze = try freezeRule(iterations: iterations)
    options.seed = seed
    return options
  }
}
