import Glibc
import LatentModels
import Tensors
import Trajectories

/// Self-speculative decoding: the model guesses some tokens ahead with few iterations, then looks at
/// all of them in one pass with many, and keeps those it agrees with (`generate_speculative` of
/// seal-rg/recurrent-pretraining). With a threshold of 1 and states that start the same whenever they
/// start, as from zero, the text is the one greedy decoding gives. Drawn ones are, as published, drawn
/// anew for every guess and every check, from one running stream.
public struct SpeculativeGenerator {
  public struct Options: Sendable {
    public var draftIterations: Int
    public var lookahead: Int
    /// From 1 a guess must be the likeliest token; below, at least so many times as likely as it.
    public var threshold: Float = 1
    public var iterations: Int
    public var start: Start
    /// What a given start means: row p is of position p.
    public var givenState: Matrix?  // [positions, width]
    public var cache: CacheStrategy

    public init(
      draftIterations: Int, lookahead: Int, iterations: Int, start: Start,
      cache: CacheStrategy
    ) {
      self.draftIterations = draftIterations
      self.lookahead = lookahead
      self.iterations = iterations
      self.start = start
      self.cache = cache
    }
  }

  public let model: any LatentModel
  public let options: Options
  /// Keys and values of everything but the last token.
  public private(set) var memory: Memory
  /// The prompt, then what was generated.
  public private(set) var ids: [Int]
  private let promptCount: Int
  private var starts: StartStream

  /// - Throws: `ThinksOnce`, `CacheStrategyError`.
  /// - Precondition: iterations and lookahead are positive.
  public init(model: any LatentModel, prompt: [Int], options: Options) throws {
    precondition(
      options.lookahead > 0 && options.draftIterations > 0 && options.iterations > 0,
      "speculation looks ahead, with iterations")
    try ThinksOnce.refuse("Guessing ahead", of: model)
    self.model = model
    self.options = options
    ids = prompt
    promptCount = prompt.count
    starts = try StartStream(options.start, facts: model.facts, given: options.givenState)
    memory = try model.memory(options.cache)
  }

  /// The next tokens that were agreed on; at least one.
  public mutating func next(control: StepControl = .uninterrupted) throws -> [GeneratedToken] {
    var pass = TokenPass(model: model, memory: memory, control: control)
    let accepted: [GeneratedToken]
    if ids.count == promptCount {
      let outcome = try pass.run(ids, iterations: options.iterations, from: &starts)
      accepted = [token(outcome.logits, row: 0)]
      memory = pass.memory
    } else {
      accepted = try verify(try draft(pass), pass)
    }
    ids += accepted.map(\.id)
    return accepted
  }

  /// Guesses, which leave nothing in memory.
  private mutating func draft(_ pass: TokenPass) throws -> [Int] {
    var pass = pass
    var drafts: [Int] = []
    for _ in 0..<room {
      let fed = drafts.last ?? ids[ids.count - 1]
      let outcome = try pass.run([fed], iterations: options.draftIterations, from: &starts)
      drafts.append(Self.likeliest(outcome.logits.row(0)))
    }
    return drafts
  }

  /// How far there is room to look ahead; at least one token, which fails where there is none.
  private var room: Int {
    max(1, min(options.lookahead, model.facts.maximumTokens - memory.seen[0]))
  }

  private mutating func verify(_ drafts: [Int], _ pass: TokenPass) throws -> [GeneratedToken] {
    var pass = pass
    let fed = [ids[ids.count - 1]] + drafts.dropLast()
    let logits = try pass.run(
      fed, iterations: options.iterations, from: &starts, positions: 0..<fed.count
    ).logits
    var accepted: [GeneratedToken] = []
    for (row, draft) in drafts.enumerated() {
      guard accepts(draft, logits.row(row)) else { break }
      accepted.append(token(logits, row: row, id: draft))
    }
    let agreed = accepted.count
    if agreed < drafts.count {
      accepted.append(token(logits, row: agreed))
      memory = pass.memory.withoutLast(drafts.count - agreed - 1)
    } else {
      memory = pass.memory
    }
    return accepted
  }

  private func accepts(_ draft: Int, _ logits: ArraySlice<Float>) -> Bool {
    let best = Self.likeliest(logits)
    if options.threshold >= 1 { return best == draft }
    let first = logits.startIndex
    return expf(logits[first + draft] - logits[first + best]) >= options.threshold
  }

  private func token(_ logits: Matrix, row: Int, id: Int? = nil) -> GeneratedToken {
    GeneratedToken(
      id: id ?? Self.likeliest(logits.row(row)), iterations: options.iterations, exitValues: [],
      logits: Array(logits.row(row)))
  }

  private static func likeliest(_ logits: ArraySlice<Float>) -> Int {
    Operations.topK(logits, count: 1).first?.id ?? 0
  }
}
