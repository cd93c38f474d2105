import Tensors

/// Sizes and names of a model.
public struct ModelFacts: Sendable, Equatable {
  /// Layers before the loop, in it, and after it.
  public struct Layers: Sendable, Equatable {
    public var prelude = 0
    public var core: Int
    public var coda = 0

    public init(prelude: Int = 0, core: Int, coda: Int = 0) {
      self.prelude = prelude
      self.core = core
      self.coda = coda
    }
  }

  /// Multiply-adds that the matrices of each part spend on one token; attention over other tokens
  /// comes on top.
  public struct MultiplyAdds: Sendable, Equatable {
    public var prelude = 0
    public var iteration = 0
    public var coda = 0
    public var head = 0
  }

  /// The family, as a person would say it: `recurrent depth (Huginn)`.
  public var family: String
  public var layers: Layers
  public var width: Int
  public var heads: Int
  public var vocabularySize: Int
  public var maximumTokens: Int
  /// Iterations it was trained with, on average where they varied.
  public var defaultIterations: Int
  /// The iteration up to which it was trained, where that is a fixed number: predictions of later
  /// ones get worse. nil for models trained at random depths.
  public var trainedDepth: Int?
  /// The first iteration whose predictions were trained as answers. Those of earlier ones are a lens:
  /// the head on a state that no loss has asked to say anything.
  public var answersFrom = 1
  /// Where a run starts when nothing else is asked for; never `usual`.
  public var usualStart = Start.seed(0)
  /// What initial states are drawn from; nil where none can be.
  public var initialStates: StateDistribution?
  /// Whether there is no other start: a model without injection learns of its prompt from s₀ alone.
  public var hasFixedStart = false
  /// What is known of thoughts that take a position of the text each; nil where iterations take none,
  /// so that a state and its prompt are enough to go on.
  public var thoughts: ThoughtFacts?
  /// Number of weights, a tied matrix counted once.
  public var parameters: Int
  /// Bytes the packed weights take in memory.
  public var packedBytes: Int
  /// Vectors of the width that a state of one token holds side by side.
  public var vectorsInState = 1
  /// The passes that an iteration consists of, where it is more than one.
  public var passes: Passes?
  /// Whether the tokens of a prompt look at one another both ways, so that what is read at any but the last
  /// has seen the token that follows.
  public var looksBothWays = false
  /// Blocks of an iteration, from 1, whose stream a norm turns into a vector of the state: into the one that
  /// is read first. Empty where states are streams as blocks leave them.
  public var normedBlocks: [Int] = []
  /// How each element of a state decays where that is a number of the weights; nil for all other models.
  public var injection: DiagonalInjection?
  /// Numbers in the keys of one token in one layer; values have as many.
  public var keyWidth = 0
  /// What one token costs in each part.
  public var multiplyAdds = MultiplyAdds()

  /// Numbers in the state of one token.
  public var stateWidth: Int { vectorsInState * width }

  /// Passes of two stacks in one iteration: some of a low one, then one of a high one.
  public struct Passes: Sendable, Equatable {
    /// Blocks of a pass.
    public var blocks: Int
    /// Passes of the low stack.
    public var low: Int

    public init(blocks: Int, low: Int) { (self.blocks, self.low) = (blocks, low) }

    /// Blocks of all passes.
    public var all: Int { (low + 1) * blocks }

    /// The pass of a block of the iteration, from 1, and which of its blocks: `L2.1`, `H.3`.
    public func name(ofBlock block: Int) -> String {
      let pass = (block - 1) / blocks
      return "\(pass < low ? "L\(pass + 1)" : "H").\((block - 1) % blocks + 1)"
    }

    /// What is there after an iteration: `2.H`, what its high pass ended with; 0 is where runs start.
    public func name(ofIteration iteration: Int) -> String {
      iteration > 0 ? "\(iteration).H" : "\(iteration)"
    }
  }

  /// Bytes of the keys and values of one token after so many iterations, each with its own. Where
  /// iterations are positions themselves, of one position.
  public func cacheBytes(iterations: Int) -> Int {
    if thoughts != nil { return 2 * keyWidth * 4 * layers.prelude }
    return 2 * keyWidth * 4 * (layers.prelude + layers.core * iterations + layers.coda)
  }

  /// Finds the places of new tokens, and makes room for them in a memory.
  /// - Throws: `ModelError` for tokens that the model cannot take.
  func place(_ sequences: [[Int]], in memory: inout Memory?) throws(ModelError) -> Places {
    precondition(!sequences.isEmpty, "at least one sequence")
    precondition(
      memory == nil || memory?.count == sequences.count,
      "\(sequences.count) sequences after a memory of \(memory?.count ?? 0)")
    for (index, ids) in sequences.enumerated() { try check(ids, after: memory?.seen[index] ?? 0) }
    let counts = sequences.map(\.count)
    return memory?.extend(by: counts) ?? Places(counts: counts)
  }

  /// Refuses tokens that the model cannot take.
  /// - Parameter seen: tokens before these.
  public func check(_ ids: [Int], after seen: Int = 0) throws(ModelError) {
    guard !ids.isEmpty else { throw .emptyPrompt }
    guard seen + ids.count <= maximumTokens else {
      throw .promptTooLong(tokens: seen + ids.count, maximum: maximumTokens)
    }
    for (position, id) in ids.enumerated() where id < 0 || id >= vocabularySize {
      throw .unknownToken(id: id, position: position, vocabularySize: vocabularySize)
    }
  }
}

extension ModelFacts {
  /// What to say of predictions at an iteration; nil within what the model was trained for.
  public func depthWarning(at iteration: Int) -> String? {
    Self.depthWarning(at: iteration, trainedDepth: trainedDepth, answersFrom: answersFrom)
  }

  /// The same of a model of which only this is known.
  public static func depthWarning(
    at iteration: Int, trainedDepth: Int?, answersFrom: Int
  ) -> String? {
    if iteration < answersFrom {
      return "r = \(iteration) is a lens, no answer: nothing before r = \(answersFrom) was trained "
        + "to answer"
    }
    guard let trainedDepth, iteration > trainedDepth else { return nil }
    return "trained to r = \(trainedDepth); predictions past it get worse"
  }
}
