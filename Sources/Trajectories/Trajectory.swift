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

/// What the coda and head read out of one token's state at one iteration. Where the logits are not
/// finite there is nothing to read: no candidates, and no number.
public struct Reading: Sendable, Hashable {
  /// H(p) = −Σ p ln p, nats; nil where the logits hold NaN or infinity.
  public let entropy: Float?
  /// KL(previous ‖ this), nats; at iteration 1 the previous is the uniform distribution, as in the
  /// published exit rules; nil at iteration 0 and where either is not finite.
  public let kl: Float?
  /// As `kl`, with entries below a tenth of the largest levelled to 1/V; what the `minp-kl` exit
  /// rule looks at.
  public let filteredKL: Float?
  /// The likeliest next tokens, best first; empty where the logits are not finite, only there.
  public let top: Candidates
  /// How tokens stand that somebody asked for, whether they are among the likeliest or not; none where
  /// the logits are not finite.
  public private(set) var watched: [Standing]
  /// Whether nothing was read yet, as of texts whose readouts take long: no candidates, and no number.
  public let isUnread: Bool

  /// Numbers that are not finite become nil; without a finite entropy, or without candidates, all
  /// of it is the reading of a diverged run.
  public init(
    entropy: Float, kl: Float?, filteredKL: Float? = nil, top: Candidates, watched: [Standing] = []
  ) {
    guard entropy.isFinite, top.allSatisfy({ $0.probability.isFinite }), !top.isEmpty else {
      self = .diverged
      return
    }
    self.entropy = entropy
    self.kl = kl.finite
    self.filteredKL = filteredKL.finite
    self.top = top
    self.watched = watched
    isUnread = false
  }

  /// The same of candidates that bring their texts along.
  public init(
    entropy: Float, kl: Float?, filteredKL: Float? = nil, top: [Candidate], watched: [Standing] = []
  ) {
    self.init(
      entropy: entropy, kl: kl, filteredKL: filteredKL, top: Candidates(top), watched: watched)
  }

  private init(isUnread: Bool) {
    (entropy, kl, filteredKL, top, watched) = (nil, nil, nil, Candidates([]), [])
    self.isUnread = isUnread
  }

  /// What is read out of logits that hold NaN or infinity.
  public static let diverged = Reading(isUnread: false)

  /// In place of what is still to be read.
  public static let unread = Reading(isUnread: true)

  /// Whether the logits held NaN or infinity.
  public var isDiverged: Bool { top.isEmpty && !isUnread }

  /// The likeliest next token; nil where there is none.
  public var best: Candidate? { top.first }

  /// Its id.
  public var argmax: Int? { top.bestID }

  /// How a token stands; nil where nobody asked, and where the logits are not finite.
  public func standing(of id: Int) -> Standing? { watched.first { $0.id == id } }

  /// Whether it could tell of these tokens and does not.
  public func lacks(_ ids: [Int]) -> Bool {
    !top.isEmpty && ids.contains { standing(of: $0) == nil }
  }

  /// Takes in how tokens stand that were asked for later.
  mutating func watch(_ standings: [Standing]) {
    guard !top.isEmpty else { return }
    watched += standings.filter { standing(of: $0.id) == nil }
  }
}

/// Sizes and changes of one token's raw latent state at one iteration (L2 norms). What is not finite
/// is nil.
public struct StateMeasure: Sendable, Hashable {
  /// ‖sᵢ‖; nil where the state holds NaN or infinity, only there.
  public let norm: Float?
  /// ‖sᵢ − sᵢ₋₁‖; nil at iteration 0.
  public let residual: Float?
  /// ‖sᵢ − sᵢ₋₁‖ / ‖sᵢ‖; nil at iteration 0.
  public let relativeResidual: Float?
  /// cos(sᵢ, sᵢ₋₁); nil at iteration 0.
  public let cosine: Float?
  /// ‖(sᵢ − sᵢ₋₁) − (sᵢ₋₁ − sᵢ₋₂)‖; nil at iterations 0 and 1.
  public let acceleration: Float?

  public init(
    norm: Float, residual: Float?, relativeResidual: Float?, cosine: Float?,
    acceleration: Float? = nil
  ) {
    self.norm = Optional(norm).finite
    self.residual = residual.finite
    self.relativeResidual = relativeResidual.finite
    self.cosine = cosine.finite
    self.acceleration = acceleration.finite
  }

  /// Whether the state held NaN or infinity.
  public var isDiverged: Bool { norm == nil }
}

extension Float? {
  /// nil in place of NaN and infinity.
  var finite: Float? { flatMap { $0.isFinite ? $0 : nil } }
}

/// One finished iteration: what was measured of the state and read from it. States themselves are
/// kept by those who run models, as far as they have room.
public struct Step: Sendable {
  /// 0 is the initial state s₀.
  public let iteration: Int
  public let measures: [StateMeasure]  // [tokens]
  public internal(set) var readings: [Reading]  // [tokens]
  /// Wall time of the recurrence step alone, without the readout.
  public let duration: Duration
  /// What the exit gate says of each token, before the sigmoid; nil for s₀ and for models that have
  /// no gate.
  public let gates: [Float]?  // [tokens]
  /// The second vector of states that hold two side by side (z_L); nil for all others.
  public let second: [StateMeasure]?  // [tokens]
  /// How long the vectors of the state were before the norm that ends what wrote them, the one that is
  /// read first; nil for s₀ and where no norm stands there. Not finite where they were not.
  public let lengths: [[Float]]?  // [vectors][tokens]

  public init(
    iteration: Int, measures: [StateMeasure], readings: [Reading], duration: Duration,
    gates: [Float]? = nil, second: [StateMeasure]? = nil, lengths: [[Float]]? = nil
  ) {
    self.iteration = iteration
    self.measures = measures
    self.readings = readings
    self.duration = duration
    self.gates = gates
    self.second = second
    self.lengths = lengths
  }

  /// The same with what was read out.
  /// - Parameter readings: one a token.
  public func reading(_ readings: [Reading]) -> Step {
    var step = self
    step.readings = readings
    return step
  }

  /// Whether all tokens were read out.
  public var isRead: Bool { !readings.contains { $0.isUnread } }

  /// Whether a token's state, gate or prediction is not finite.
  public func isDiverged(token: Int) -> Bool {
    measures[token].isDiverged || readings.indices.contains(token) && readings[token].isDiverged
      || gates.map { !$0[token].isFinite } ?? false
  }
}

/// The iterations of one run in order, with what made them. A value: appending makes a new one that
/// shares the old ones.
public struct Trajectory: Sendable {
  /// The prompt as typed; empty when it was given as token ids.
  public let prompt: String
  public let tokens: [Token]
  /// How s₀ came about, for people: `seed 7`, `zero`, `states.safetensors:p0.s0`.
  public let start: String
  public private(set) var steps: [Step]  // [iterations + 1]
  /// ‖ln_f(sᵢ) − ln_f(s_last)‖ of every state kept so far, where they were measured since the last
  /// state came; nil where they were not. Not finite where a state is not.
  public private(set) var distanceToLast: [[Float]]?  // [iterations + 1][tokens]
  /// How far every prediction is from the last, where it was measured. It stays when iterations come,
  /// which it does not know of yet: `Arrival.last` says which it is of.
  public private(set) var arrival: Arrival?
  /// Where the run diverged first, if it did.
  public private(set) var divergence: Divergence?
  /// Whether iterations change the last token alone, as thoughts behind a prompt do.
  public let changesLastAlone: Bool
  private var history: [TokenHistory]  // [tokens]

  /// - Precondition: `initial.iteration == 0`.
  public init(
    prompt: String, tokens: [Token], start: String, initial: Step, changesLastAlone: Bool = false
  ) {
    precondition(initial.iteration == 0)
    self.changesLastAlone = changesLastAlone
    self.prompt = prompt
    self.tokens = tokens
    self.start = start
    self.steps = [initial]
    divergence = Divergence(in: initial)
    history = tokens.indices.map { TokenHistory(initial, token: $0) }
  }

  /// The last iteration there is; the live edge.
  public var lastIteration: Int { steps.count - 1 }

  /// Adds the next iteration, which takes no longer however many there are.
  /// - Precondition: `step.iteration == lastIteration + 1`.
  public mutating func append(_ step: Step) {
    precondition(step.iteration == steps.count, "iterations are appended in order")
    let before = steps[steps.count - 1]
    steps.append(step)
    distanceToLast = nil
    if divergence == nil { divergence = Divergence(in: step) }
    for token in history.indices {
      history[token].add(step, after: before, token: token)
    }
  }

  /// Whether s₀ was read out.
  public var isStartRead: Bool { steps[0].isRead }

  /// Takes in what is read out of s₀, of a run that began without it. Nothing that iterations add up to
  /// looks at it.
  /// - Parameter readings: one a token; others are not taken.
  public mutating func read(start readings: [Reading]) {
    guard !isStartRead, readings.count == tokens.count else { return }
    steps[0] = steps[0].reading(readings)
    for token in history.indices { history[token].read(start: steps[0], token: token) }
    if divergence?.at.iteration != 0 { divergence = Divergence(in: steps[0]) ?? divergence }
  }

  /// Takes in where inside the model the run diverged; what is about another place is not taken.
  public mutating func located(_ divergence: Divergence) {
    guard let known = self.divergence, known.kind == divergence.kind,
      known.at.iteration == divergence.at.iteration
    else { return }
    self.divergence = divergence
  }

  /// Takes in distances to the last state; those of another length belong to another edge and are
  /// not taken.
  public mutating func measured(distanceToLast distances: [[Float]]) {
    if distances.count == steps.count { distanceToLast = distances }
  }

  /// Takes in how far predictions are from the last; those of fewer iterations than are known already
  /// are old news and not taken.
  public mutating func measured(_ arrival: Arrival) {
    if arrival.last >= self.arrival?.last ?? 0 { self.arrival = arrival }
  }

  /// Takes in how tokens of the vocabulary stand after an iteration, from a row on; of what is not there
  /// nothing is taken.
  public mutating func watched(_ standings: [[Standing]], at iteration: Int, from first: Int) {
    guard steps.indices.contains(iteration) else { return }
    for (offset, standings) in standings.enumerated()
    where steps[iteration].readings.indices.contains(first + offset) {
      steps[iteration].readings[first + offset].watch(standings)
    }
  }

  /// The iterations at which the likeliest next token of `token` differs from the one before, from
  /// the second on: s₀ is no thought, so the first has changed no mind. What is not finite says no
  /// token.
  public func flips(token: Int) -> [Int] { history[token].flips }

  /// Whether the argmax of `token` changed from the iteration before to this one, as `flips` has it.
  public func isFlip(token: Int, iteration: Int) -> Bool {
    iteration > 1
      && TokenHistory.isFlip(
        from: steps[iteration - 1], to: steps[iteration], token: token)
  }

  /// What one token's run adds up to after an iteration.
  func running(token: Int, iteration: Int) -> RunningToken { history[token].running[iteration] }

  /// The first iteration at which a token's state, gate or prediction was not finite.
  public func divergedSince(token: Int) -> Int? { history[token].diverged }

  /// Whether a token's state, gate or prediction at an iteration is not finite.
  public func isDiverged(token: Int, iteration: Int) -> Bool {
    steps[iteration].isDiverged(token: token)
  }
}
