import LatentModels
import Tensors

/// Runs a prompt, then tokens after it, one iteration at a time; goes back to an earlier token or
/// iteration and on from there. Used from one thread.
///
/// Keys and values are kept for every layer, iteration and position, as `Generator` keeps them
/// with the strategy `latest`: where an earlier token was given fewer iterations, its last ones
/// stand in. With equally many iterations for all that is the same as `full`. What a text says is
/// what `Generator` says with the same iterations for each token, however one came there.
public final class RolloutRecorder {
  private struct Passage {
    let recorder: Recorder
    /// Position of its first token.
    let first: Int
    /// Where the token after it starts.
    let starts: StartStream
    /// The iteration the next token was taken at; nil for the last passage.
    var taken: Int?
  }

  /// Passages that were set aside; their keys and values are theirs.
  private struct Tail {
    let passage: Int
    let iteration: Int
    let passages: [Passage]
  }

  /// What the model said when it was asked for the next token.
  public enum Answer: Sendable {
    /// A token; its run so far, which is s₀.
    case token(Trajectory)
    /// A token that ends the text; nothing was changed.
    case end(Token)
  }

  /// Earlier tokens stand in with their last iterations for those they were not given.
  public static let strategy = CacheStrategy(.latest)

  /// Keys and values below this are never too large.
  private static let unaskedBytes = 1 << 28

  private let workbench: Workbench
  private var passages: [Passage]
  private var aside: Tail?

  /// Tokenises and begins the prompt.
  public init(
    _ workbench: Workbench, _ source: PromptSource, start: Start, candidates: Int,
    control: StepControl = .uninterrupted
  ) throws {
    self.workbench = workbench
    let begun = try workbench.begin(
      source, start: start, candidates: candidates,
      memory: try workbench.model.memory(Self.strategy), control: control)
    passages = [Passage(recorder: begun.recorder, first: 0, starts: begun.starts)]
    prompt = begun.trajectory
  }

  /// The run of the prompt as it began.
  public let prompt: Trajectory

  /// The passage that goes on.
  public var live: Recorder { passages[passages.count - 1].recorder }
  /// Position of the first token of the passage that goes on.
  public var liveFirst: Int { passages[passages.count - 1].first }

  /// ln_f of every state of every passage, with the position of its first token.
  public var normalized: [(first: Int, states: [Matrix])] {
    passages.map { ($0.first, $0.recorder.normalized()) }
  }

  /// How far the states of every passage are from its last.  // [passages][iterations + 1][tokens]
  public func distancesToLast() -> [[[Float]]] { passages.map { $0.recorder.distancesToLast() } }

  /// The next iteration of the last passage. When it throws, nothing has changed.
  /// - Parameters:
  ///   - first: positions of the passage to read out before all others.
  ///   - early: told of these, as (first position, readings), while others are still to be read.
  public func advance(
    reading first: Range<Int>? = nil, early: (Int, [Reading]) -> Void = { _, _ in },
    control: StepControl = .uninterrupted
  ) throws -> Step {
    if live.isKeeping, !hasRoom() {
      guard passages.count == 1 else { throw NoKeysAndValues(bytes: live.keptBytes) }
      // The run is worth more than going on after it.
      live.stopKeeping()
    }
    return try live.advance(reading: first, early: early, control: control)
  }

  /// Reads the next token out of a passage at an iteration, and begins its run. What followed that
  /// passage is set aside. When it throws, nothing has changed.
  /// - Throws: `NoSuchPlace`, `Divergence` when it says nothing finite there, `ModelError` when the text is as long as the model can take,
  ///   `StartTableTooShort`, `NoKeysAndValues`, `CancellationRequested`.
  public func append(
    after passage: Int, at iteration: Int, sampling: Sampling = Sampling(),
    control: StepControl = .uninterrupted
  ) throws -> Answer {
    // Asked for before an interruption, a place may never have come to be.
    guard passages.indices.contains(passage), iteration >= 1,
      iteration <= passages[passage].recorder.iteration
    else { throw NoSuchPlace(passage: passage, iteration: iteration) }
    let recorder = passages[passage].recorder
    guard recorder.isKeeping else { throw NoKeysAndValues(bytes: nil) }
    let ending = try recorder.ending(at: iteration, control: control)
    try Divergence.check(
      logits: Matrix(rows: 1, columns: ending.logits.count, values: ending.logits),
      firstToken: recorder.context.places.spans[0].positions.upperBound - 1, iteration: iteration)
    let ids = passages[...passage].flatMap(\.recorder.context.ids)
    var sampler = Sampler(sampling, drawn: passage)
    let codec = workbench.codec
    let token = codec.token(try sampler.choose(ending.logits, after: ids))
    if workbench.stopTokens.contains(token.id) { return .end(token) }
    var starts = passages[passage].starts
    let state = try starts.next(ids.count..<ids.count + 1)
    let next = try Recorder(
      model: workbench.model, ids: [token.id], start: state, candidates: recorder.candidates,
      memory: ending.memory, text: { codec.token($0).text }, control: control)
    let trajectory = try next.begin(
      prompt: "", tokens: [token], start: prompt.start, control: control)
    rewind(to: passage)
    passages[passage].taken = iteration
    passages.append(Passage(recorder: next, first: ids.count, starts: starts))
    return .token(trajectory)
  }

  /// Sets aside what follows a passage, which goes on then.
  public func rewind(to passage: Int) {
    if let tail = setAside(after: passage) { aside = tail }
  }

  /// Puts back what was set aside last, and sets aside what stands in its place.
  public func exchange() {
    guard let tail = aside else { return }
    aside = setAside(after: tail.passage)
    passages[tail.passage].taken = tail.iteration
    passages += tail.passages
  }

  private func setAside(after passage: Int) -> Tail? {
    guard let iteration = passages[passage].taken else { return nil }
    let tail = Tail(
      passage: passage, iteration: iteration, passages: Array(passages[(passage + 1)...]))
    passages.removeSubrange((passage + 1)...)
    passages[passage].taken = nil
    return tail
  }

  /// Whether another iteration leaves at least as much memory free as keys and values take.
  private func hasRoom() -> Bool {
    let bytes = live.keptBytes
    // Asking the system costs more than an iteration of a small model.
    guard bytes > Self.unaskedBytes, let available = MemoryBudget.available() else { return true }
    let layout = workbench.model.cacheLayout
    let next = live.context.ids.count * layout.coreLayers * 2 * layout.keyWidth * 4
    return bytes + 2 * next <= available
  }
}

/// A token was to follow an iteration that was not computed.
public struct NoSuchPlace: Error, Equatable, CustomStringConvertible {
  let passage: Int
  let iteration: Int
  public var description: String {
    "There is no iteration \(iteration) of appended token \(passage): its run was interrupted "
      + "before. Step there, then append."
  }
}
