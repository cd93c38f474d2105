import Generation
import LatentModels
import Trajectories

/// A way to get the next tokens out of a model.
enum GenerationMeans: Sendable {
  /// One token after the other, each with all its iterations.
  case greedy
  /// Guesses with few iterations, looked at together with many.
  case speculative(draftIterations: Int, lookahead: Int)
  /// Many positions at once, so many iterations between two looks and so many fresh positions after each.
  case wavefront(innerIterations: Int, headway: Int)
  /// One after the other, each until a rule says stop.
  case exit(ExitPolicy, name: String)

  /// All of them for a number of iterations, with what is usual.
  static func all(iterations: Int, exits: [String]) throws(UnknownExitPolicy) -> [GenerationMeans] {
    var means: [GenerationMeans] = [
      .greedy, .speculative(draftIterations: max(1, iterations / 8), lookahead: 8),
      .wavefront(innerIterations: min(4, iterations), headway: 1),
      .wavefront(innerIterations: min(2, iterations), headway: 2),
    ]
    for name in exits { means.append(.exit(try ExitPolicy(parsing: name), name: name)) }
    return means
  }

  var name: String {
    switch self {
    case .greedy: "greedy"
    case .speculative: "self-speculative"
    case .wavefront(let inner, let headway): "wavefront \(inner), \(headway)"
    case .exit(_, let name): "exit \(name)"
    }
  }

  /// Whether the model can be run so: states of a wavefront outlive their guesses, which they cannot where
  /// they start from them.
  func fits(_ facts: ModelFacts) -> Bool {
    if case .wavefront = self { return !facts.hasFixedStart }
    return true
  }

  /// What was written behind a prompt.
  struct Text {
    var tokens: [GeneratedToken] = []
    /// Tokens that came with the first answer, which the prompt's pass gives.
    var first = 0
    var firstSeconds = 0.0
    var seconds = 0.0
  }

  /// At least `count` tokens behind a prompt, the likeliest ones, states starting from zero where the
  /// model lets them.
  /// - Throws: what the generators throw.
  func write(
    _ count: Int, behind prompt: [Int], by model: any LatentModel, iterations: Int,
    control: StepControl
  ) throws -> Text {
    let next = try source(prompt, model, iterations)
    let clock = ContinuousClock()
    let begun = clock.now
    var text = Text()
    while text.tokens.count < count {
      text.tokens += try next(control)
      text.seconds = begun.duration(to: clock.now) / .seconds(1)
      if text.first == 0 { (text.first, text.firstSeconds) = (text.tokens.count, text.seconds) }
    }
    return text
  }

  private func source(
    _ prompt: [Int], _ model: any LatentModel, _ iterations: Int
  ) throws -> (StepControl) throws -> [GeneratedToken] {
    let start = model.facts.hasFixedStart ? model.facts.usualStart : .zero
    let full = try CacheStrategy(parsing: "full")
    switch self {
    case .greedy:
      return try oneByOne(.fixed(iterations), prompt, model, start, full)
    case .exit(let policy, _):
      return try oneByOne(.adaptive(policy, maximum: iterations), prompt, model, start, full)
    case .speculative(let draft, let lookahead):
      let options = SpeculativeGenerator.Options(
        draftIterations: draft, lookahead: lookahead, iterations: iterations, start: start,
        cache: full)
      var generator = try SpeculativeGenerator(model: model, prompt: prompt, options: options)
      return { try generator.next(control: $0) }
    case .wavefront(let inner, let headway):
      let shared = try CacheStrategy(
        parsing: "latest-compress-s\(model.cacheLayout.coreLayers)")
      var options = WavefrontGenerator.Options(
        iterations: iterations, start: start, cache: shared)
      options.innerIterations = inner
      options.headway = headway
      var generator = try WavefrontGenerator(model: model, prompt: prompt, options: options)
      return { try generator.next(control: $0) }
    }
  }

  private func oneByOne(
    _ policy: IterationPolicy, _ prompt: [Int], _ model: any LatentModel, _ start: Start,
    _ cache: CacheStrategy
  ) throws -> (StepControl) throws -> [GeneratedToken] {
    let options = GenerationOptions(iterations: policy, start: start, cache: cache)
    var generator = try Generator(model: model, prompt: prompt, options: options)
    return { [try generator.next(control: $0)] }
  }
}
