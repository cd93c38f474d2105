import LatentModels
import Trajectories

/// What copies of a run are made of, and how far they go.
public struct EnsemblePlan: Sendable {
  /// Which tokens of a prompt differ between copies.
  public enum Positions: String, Sendable, CaseIterable {
    case all
    /// The last alone, with all that is written: the tokens before it are the same for all copies and
    /// run once. Thoughts are of the last token in any case.
    case last
  }

  /// The prompt.
  public var ids: [Int]
  public var perturbations: [Perturbation]
  /// Where the first copy starts.
  public var start: Start
  /// Whether copy n starts from the n-th seed after that of `start`.
  public var drawsStarts: Bool
  public var positions: Positions
  /// Whether tokens before the last run once where they are the same for all copies; else every copy runs
  /// them with its own, as a run of an engine does, to the bit. The two differ by rounding.
  public var sharesPrompt = true
  /// Of everything that is drawn but starts.
  public var seed: UInt64
  /// Of the prompt, and of every token written where models think about each.
  public var iterations: Int
  /// The token that ends the thoughts of a copy where it says it, so that `iterations` is the most it
  /// has; nil where all have as many.
  public var thoughtStop: Int?
  /// Tokens written at most.
  public var tokens: Int
  /// Tokens that end a text.
  public var stops: Set<Int>
  /// When the thinking of a copy about the prompt would have been stopped, which is told of it and stops
  /// nothing; nil where nobody asks.
  public var exit: ExitPolicy?

  public init(
    ids: [Int], perturbations: [Perturbation], start: Start, drawsStarts: Bool = false,
    positions: Positions = .all,
    seed: UInt64 = 0, iterations: Int, tokens: Int, stops: Set<Int> = []
  ) {
    self.ids = ids
    self.perturbations = perturbations
    self.start = start
    self.drawsStarts = drawsStarts
    self.positions = positions
    self.seed = seed
    self.iterations = iterations
    self.tokens = tokens
    self.stops = stops
  }

  /// Whether all copies are the same run.
  public var isPlain: Bool { !drawsStarts && perturbations.allSatisfy { $0.strength == 0 } }

  /// Where a copy starts.
  public func start(of copy: Int) -> Start {
    guard drawsStarts, case .seeded(let seed, let form, let scale) = start else { return start }
    return .seeded(seed: seed &+ UInt64(copy), form: form, scale: scale)
  }

  /// What acts on some copies side by side, in one call.
  /// - Parameters:
  ///   - copies: the number of the copy of each sequence.
  ///   - inputs: whose numbers what an iteration reads is changed by; nil for the same.
  ///   - iteration: from 1; 0 for the prelude.
  public func hooks(
    _ copies: [Int], inputs: [Int]? = nil, iteration: Int, of model: any LatentModel
  ) -> Hooks {
    // Where the prompt is shared, what runs with the copies is all theirs.
    let first = sharesPrompt ? nil : firstPosition(model.facts)
    return Hooks(
      perturbations.flatMap {
        $0.hooks(
          $0.kind.changesInput ? inputs ?? copies : copies, seed: seed, iteration: iteration,
          last: iterations, firstPosition: first ?? 0, of: model)
      })
  }

  /// The position in the text from which on copies differ; nil where they do from the first on.
  public func firstPosition(_ facts: ModelFacts) -> Int? {
    positions == .last && ids.count > 1 && facts.thoughts == nil ? ids.count - 1 : nil
  }

  /// Writes no more tokens than there is room for: thoughts take places in the text and iterations take
  /// none, and the last token is not read any more.
  public mutating func limitTokens(_ facts: ModelFacts) {
    let thoughts = facts.thoughts == nil ? 0 : iterations
    tokens = min(tokens, max(1, facts.maximumTokens - ids.count - thoughts + 1))
  }

  /// Bytes that one copy takes while it runs: states of all iterations of its step, keys and values.
  public func bytesPerCopy(_ facts: ModelFacts) -> Int {
    let rows = ids.count + tokens + (facts.thoughts == nil ? 0 : iterations)
    let cache = rows * facts.cacheBytes(iterations: iterations)
    return cache + rows * 4 * 16 * facts.width + 4 * 4 * facts.vocabularySize
  }
}
