import Tensors

/// One token of a prompt, as a person sees it.
public struct Token: Sendable, Hashable {
  public let id: Int
  /// The piece of text, safe to print: control bytes and broken UTF-8 are escaped.
  public let text: String
  /// True for begin-of-text and the like, which are not part of what the user typed.
  public let isSpecial: Bool

  public init(id: Int, text: String, isSpecial: Bool) {
    self.id = id
    self.text = text
    self.isSpecial = isSpecial
  }
}

/// One candidate for the next token.
public struct Candidate: Sendable, Hashable {
  public let id: Int
  /// Safe to print, as in `Token`.
  public let text: String
  public let probability: Float

  public init(id: Int, text: String, probability: Float) {
    self.id = id
    self.text = text
    self.probability = probability
  }
}

/// What the coda and head read out of one token's state at one iteration.
public struct Reading: Sendable, Hashable {
  /// H(p) = −Σ p ln p, nats.
  public let entropy: Float
  /// KL(previous ‖ this), nats; at iteration 1 the previous is the uniform distribution, as in the
  /// published exit rules; nil at iteration 0.
  public let kl: Float?
  /// As `kl`, with entries below a tenth of the largest levelled to 1/V; what the `minp-kl` exit
  /// rule looks at.
  public let filteredKL: Float?
  /// The likeliest next tokens, best first; never empty.
  public let top: [Candidate]

  public init(entropy: Float, kl: Float?, filteredKL: Float? = nil, top: [Candidate]) {
    precondition(!top.isEmpty)
    self.entropy = entropy
    self.kl = kl
    self.filteredKL = filteredKL
    self.top = top
  }

  /// Id of the likeliest next token.
  public var argmax: Int { top[0].id }
}

/// Sizes and changes of one token's raw latent state at one iteration (L2 norms).
public struct StateMeasure: Sendable, Hashable {
  /// ‖sᵢ‖
  public let norm: Float
  /// ‖sᵢ − sᵢ₋₁‖; nil at iteration 0.
  public let residual: Float?
  /// ‖sᵢ − sᵢ₋₁‖ / ‖sᵢ‖; nil at iteration 0.
  public let relativeResidual: Float?
  /// cos(sᵢ, sᵢ₋₁); nil at iteration 0.
  public let cosine: Float?

  public init(norm: Float, residual: Float?, relativeResidual: Float?, cosine: Float?) {
    self.norm = norm
    self.residual = residual
    self.relativeResidual = relativeResidual
    self.cosine = cosine
  }
}

/// One finished iteration: the state and everything read from it.
public struct Step: Sendable {
  /// 0 is the initial state s₀.
  public let iteration: Int
  /// The raw latent state, before any final norm.
  public let state: Matrix  // [tokens, width]
  public let measures: [StateMeasure]  // [tokens]
  public let readings: [Reading]  // [tokens]
  /// Wall time of the recurrence step alone, without the readout.
  public let duration: Duration
  /// What the exit gate says of each token, before the sigmoid; nil for s₀ and for models that have
  /// no gate.
  public let gates: [Float]?  // [tokens]

  public init(
    iteration: Int, state: Matrix, measures: [StateMeasure], readings: [Reading],
    duration: Duration, gates: [Float]? = nil
  ) {
    self.iteration = iteration
    self.state = state
    self.measures = measures
    self.readings = readings
    self.duration = duration
    self.gates = gates
  }
}

/// The states of one run in order, with what made them. A value: appending makes a new one that
/// shares the old states.
public struct Trajectory: Sendable {
  /// The prompt as typed; empty when it was given as token ids.
  public let prompt: String
  public let tokens: [Token]
  /// How s₀ came about, for people: `seed 7`, `zero`, `states.safetensors:p0.s0`.
  public let start: String
  public private(set) var steps: [Step]  // [iterations + 1]
  /// ‖ln_f(sᵢ) − ln_f(s_last)‖ of every state kept so far.
  public private(set) var distanceToLast: [[Float]]  // [iterations + 1][tokens]

  /// - Precondition: `initial.iteration == 0`.
  public init(prompt: String, tokens: [Token], start: String, initial: Step) {
    precondition(initial.iteration == 0)
    self.prompt = prompt
    self.tokens = tokens
    self.start = start
    self.steps = [initial]
    self.distanceToLast = [[Float](repeating: 0, count: tokens.count)]
  }

  /// The last iteration there is; the live edge.
  public var lastIteration: Int { steps.count - 1 }

  /// Adds the next iteration.
  /// - Precondition: `step.iteration == lastIteration + 1` and one row of distances per state.
  public mutating func append(_ step: Step, distanceToLast: [[Float]]) {
    precondition(step.iteration == steps.count, "iterations are appended in order")
    precondition(distanceToLast.count == steps.count + 1)
    steps.append(step)
    self.distanceToLast = distanceToLast
  }

  /// The iterations at which the likeliest next token of `token` differs from the one before.
  public func flips(token: Int) -> [Int] {
    (1..<max(1, steps.count)).filter { isFlip(token: token, iteration: $0) }
  }

  /// Whether the argmax of `token` changed from the iteration before to this one.
  public func isFlip(token: Int, iteration: Int) -> Bool {
    iteration > 0
      && steps[iteration].readings[token].argmax != steps[iteration - 1].readings[token].argmax
  }

  /// What the exit gate said of one token at iterations 1 to `iteration`; nil where it said nothing.
  public func gates(token: Int, through iteration: Int) -> [Float]? {  // [iteration]
    precondition(iteration >= 1 && iteration <= lastIteration)
    var gates: [Float] = []
    for step in steps[1...iteration] {
      guard let gate = step.gates?[token] else { return nil }
      gates.append(gate)
    }
    return gates
  }
}
