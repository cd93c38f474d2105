import ArgumentParser
import Generation
import LatentModels
import Trajectories

extension ExitRule.Scope: ExpressibleByArgument {}

/// When a token has been thought about long enough.
struct ExitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stop iterating when a rule says so: entropy-diff, latent-diff, cosine, kl, minp-kl, "
        + "argmax-stability or acceleration, each with its usual threshold or the one given.",
      valueName: "rule[=threshold]"))
  var exit: String?

  @Option(
    help: "Positions the rule looks at: last, mean or all (default: as published for the rule).")
  var scope: ExitRule.Scope?

  @Option(help: "With --exit: iterations that are not checked.")
  var minSteps = 0

  @Option(help: "With --exit: every how many iterations the rule is asked.")
  var checkEvery = 1

  @Flag(help: "With --exit: give the prompt all its iterations.")
  var fullPrefill = false

  @Option(
    help: ArgumentHelp(
      "Looped models: run every loop and read the answer where the learned gate says: a threshold "
        + "for the chance to have stopped, loop=N (from 0) or weighted.", valueName: "readout"))
  var gate: String?

  func validate() throws {
    _ = try policy()
    if try gateReadout() != nil, exit != nil {
      throw ValidationError("Give --exit, which stops iterating, or --gate, which does not.")
    }
    if minSteps < 0 { throw ValidationError("--min-steps takes no negative number.") }
    if checkEvery < 1 { throw ValidationError("--check-every takes a number from 1.") }
    if exit == nil, scope != nil || minSteps != 0 || checkEvery != 1 || fullPrefill {
      throw ValidationError(
        "--scope, --min-steps, --check-every and --full-prefill go with --exit.")
    }
  }

  func gateReadout() throws -> GateReadout? {
    guard let gate else { return nil }
    if gate == "weighted" { return .weighted }
    if gate.hasPrefix("loop="), let loop = Int(gate.dropFirst(5)), loop >= 0 {
      return .loop(loop)
    }
    guard let threshold = Float(gate), (0...1).contains(threshold) else {
      throw ValidationError(
        "--gate takes a threshold from 0 to 1, loop=N or weighted, not \"\(gate)\".")
    }
    return .threshold(threshold)
  }

  func policy() throws -> ExitPolicy? {
    guard let exit else { return nil }
    var policy: ExitPolicy
    do throws(UnknownExitPolicy) {
      policy = try ExitPolicy(parsing: exit, scope: scope)
    } catch {
      throw ValidationError("--exit \(error)")
    }
    policy.minimumIterations = minSteps
    policy.checkInterval = checkEvery
    policy.exitsInPrefill = !fullPrefill
    return policy
  }
}

/// How tokens are chosen.
struct SamplingOptions: ParsableArguments {
  @Option(help: "Draw tokens at this temperature (default: take the likeliest).")
  var temperature: Float?

  @Option(help: "With --temperature: among the k likeliest tokens.")
  var topK: Int?

  @Option(
    help: "With --temperature: among the likeliest tokens whose sum stays within this share.")
  var topP: Float?

  @Option(help: "With --temperature: among tokens of at least this share of the likeliest one's.")
  var minP: Float?

  @Option(help: "Makes tokens that occurred less likely; 1 does nothing.")
  var repetitionPenalty: Float = 1

  @Option(
    help: "Seed of all that is drawn but initial states, as tokens are (default: --seed, else 0).")
  var sampleSeed: UInt64?

  func validate() throws {
    func check(_ isRight: Bool, _ option: String, _ what: String) throws {
      if !isRight { throw ValidationError("--\(option) takes \(what).") }
    }
    try check(temperature.map { $0 > 0 && $0.isFinite } ?? true, "temperature", "a number above 0")
    try check(topK.map { $0 > 0 } ?? true, "top-k", "a number from 1")
    try check(topP.map { $0 > 0 && $0 <= 1 } ?? true, "top-p", "a number above 0, up to 1")
    try check(minP.map { $0 >= 0 && $0 <= 1 } ?? true, "min-p", "a number from 0 to 1")
    try check(
      repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetition-penalty",
      "a number above 0")
    if temperature == nil, topK != nil || topP != nil || minP != nil {
      throw ValidationError("--top-k, --top-p and --min-p go with --temperature.")
    }
  }

  /// - Parameter seed: where no other was given.
  func sampling(seed: UInt64) -> Sampling {
    var sampling = Sampling()
    sampling.temperature = temperature
    sampling.topK = topK
    sampling.topP = topP
    sampling.minP = minP
    sampling.repetitionPenalty = repetitionPenalty
    sampling.seed = sampleSeed ?? seed
    return sampling
  }
}
