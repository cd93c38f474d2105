import Tensors

/// A language model that thinks in latent states: given the tokens of some sequences, it makes an
/// initial state, improves it one iteration at a time, and can read a prediction out of any state.
///
/// Every family fits this: an iteration is one pass of Huginn's core block, one loop of a looped
/// stack, one continuous thought, which is another row. All calls take many sequences at once, of
/// different lengths; a row's numbers do not depend on its company, bit for bit. States are values:
/// no call changes what it was given.
public protocol LatentModel: Sendable {
  /// Sizes and names, for people and for memory forecasts.
  var facts: ModelFacts { get }

  /// How layers are numbered in a memory.
  var cacheLayout: CacheLayout { get }

  /// The gate by which the model says how sure it is to stop; nil where it has learned none.
  var exitGate: ExitGate? { get }

  /// The same model once for every thread, for many short sequences that go their own ways; nil where
  /// they are not faster so: on one thread, or where weights are larger than caches.
  var twins: ModelTwins? { get }

  /// Runs everything that does not depend on the iteration.
  /// - Parameters:
  ///   - sequences: the new tokens of each sequence.
  ///   - memory: what came before them, one part a sequence; nil to look at these tokens alone and
  ///     keep nothing.
  /// - Throws: `ModelError` for a sequence that is empty or too long, or an id outside the vocabulary;
  ///   `CancellationRequested`.
  /// - Precondition: at least one sequence, and as many in the memory.
  func begin(_ sequences: [[Int]], after memory: Memory?, _ call: Call) throws -> PromptContext

  /// The state s₀ of rows that are at hand: what streams gave, or states that were there before.
  /// - Parameter rows: of each sequence; nil for what was embedded.
  /// - Throws: `ModelError` for rows of another shape, and for any where the model has one start.
  func initialState(_ rows: [Matrix?], in context: PromptContext) throws -> LatentState

  /// One iteration: sᵢ → sᵢ₊₁. Where nobody else holds the state's memory, nothing of it is copied.
  /// - Throws: `CancellationRequested`.
  func step(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState

  /// What the next iteration reads of a state, without running it: the thoughts that are fed back, as
  /// hooks leave them, one row a sequence; nil for families whose iterations read the state itself.
  // [sequences, width]
  func nextThoughts(_ state: LatentState, _ call: Call) throws -> Matrix?

  /// The hidden vectors that the output head reads, from a raw state.
  /// - Throws: `CancellationRequested`.
  func decode(_ state: LatentState, in context: PromptContext, _ call: Call) throws -> Decoded

  /// The output head on some rows of what `decode` returned.  // [positions, vocabulary]
  func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix

  /// The space in which states are compared and projected; for Huginn ln_f(s),
  /// for families whose readout takes s as it is, s itself.  // [rows, width]
  func normalized(_ rows: Matrix) -> Matrix

  /// The part of states that the head reads and that is measured: all of it, or the first of the vectors
  /// that a state holds side by side.  // [rows, width]
  func leading(_ rows: Matrix) -> Matrix

  /// The second of the vectors that states hold side by side; nil where they are one.  // [rows, width]
  func second(_ rows: Matrix) -> Matrix?

  /// The state that an iteration would have left had it ended with this stream: the stream itself, or
  /// for families that norm after their last block, its norm.  // [rows, width]
  func state(endingWith stream: Matrix) -> Matrix

  /// The norm that ends the last block of an iteration, so that every state has gone through it; nil
  /// where none stands there.
  var stateNorm: StateNorm? { get }

  /// The final norm, once: what the head reads of a stream where nothing stands between the two.
  // [rows, width]
  func finalNorm(_ stream: Matrix) -> Matrix

  /// The derivative of the next iteration with respect to its state, at a state. Hooks act as they do
  /// in `step`, and are gone through.
  /// - Throws: `NoLinearization`, `CancellationRequested`.
  func linearize(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Linearization
}

extension LatentModel {
  public var exitGate: ExitGate? { nil }

  public var twins: ModelTwins? { nil }

  public func nextThoughts(_ state: LatentState, _ call: Call) throws -> Matrix? { nil }

  public func state(endingWith stream: Matrix) -> Matrix { stream }

  public func finalNorm(_ stream: Matrix) -> Matrix { normalized(stream) }

  public func leading(_ rows: Matrix) -> Matrix { rows }

  public func second(_ rows: Matrix) -> Matrix? { nil }

  public var stateNorm: StateNorm? { nil }

  public func linearize(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Linearization {
    throw NoLinearization.family(facts.family)
  }

  /// Begins one sequence.
  public func begin(
    _ ids: [Int], after memory: Memory? = nil, _ call: Call = .plain
  ) throws -> PromptContext {
    try begin([ids], after: memory, call)
  }

  /// An empty memory for so many sequences.
  /// - Parameter seed: for the `randomized` lookup.
  /// - Throws: `CacheStrategyError` when the strategy does not fit the model.
  public func memory(
    _ strategy: CacheStrategy = CacheStrategy(), sequences: Int = 1, seed: UInt64 = 0
  ) throws(CacheStrategyError) -> Memory {
    try Memory(layout: cacheLayout, strategy: strategy, sequences: sequences, seed: seed)
  }

  /// Next-token logits of some rows, read out of a raw state.  // [positions, vocabulary]
  public func readout(
    _ state: LatentState, in context: PromptContext, positions: Range<Int>, _ call: Call = .plain
  ) throws -> Matrix {
    logits(try decode(state, in: context, call).hidden, positions: positions)
  }
}
