import LatentModels
import Tensors
import Trajectories

/// Runs prompts, and tokens after them, one iteration at a time, and keeps every run it began: by
/// what made it, so that one goes on wherever one likes and nothing is computed twice. Used from
/// one thread.
///
/// Keys and values are kept for every layer, iteration and position, as `Generator` keeps them
/// with the strategy `latest`: where an earlier token was given fewer iterations, its last ones
/// stand in. With equally many iterations for all that is the same as `full`. What a text says is
/// what `Generator` says with the same iterations for each token, however one came there.
public final class LineageRecorder {
  private struct Passage {
    let recorder: Recorder
    /// Position of its first token.
    let first: Int
    /// Where the token after it starts.
    let starts: StartStream
    /// Its run as it began.
    let begun: Trajectory
  }

  /// What the model said when it was asked for the next token.
  public enum Answer: Sendable {
    /// A token; its run as it began, which is s₀.
    case token(TokenCause, Trajectory)
    /// A token that ends the text; nothing was changed.
    case end(Token)
  }

  /// Earlier tokens stand in with their last iterations for those they were not given.
  public static let strategy = CacheStrategy(.latest)

  /// Keys and values below this are never too large.
  private static let unaskedBytes = 1 << 28

  private let workbench: Workbench
  private let candidates: Int
  private var passages: [Lineage: Passage] = [:]

  /// - Parameter candidates: how many of the likeliest tokens each reading keeps.
  public init(_ workbench: Workbench, candidates: Int) {
    self.workbench = workbench
    self.candidates = candidates
  }

  /// Tokenises and begins a prompt; one that is there already stays as it is.
  /// - Returns: what made it, and its run as it began.
  public func begin(
    _ source: PromptSource, start: Start, control: StepControl = .uninterrupted
  ) throws -> (PromptCause, Trajectory) {
    let begun = try workbench.begin(
      source, start: start, candidates: candidates,
      memory: try workbench.model.memory(Self.strategy), control: control)
    var text: String?
    if case .text(let typed) = source { text = typed }
    let cause = PromptCause(
      text: text, ids: begun.recorder.context.ids, start: workbench.resolved(start))
    let lineage = Lineage(cause)
    let passage =
      passages[lineage]
      ?? Passage(
        recorder: begun.recorder, first: 0, starts: begun.starts, begun: begun.trajectory)
    passages[lineage] = passage
    return (cause, passage.begun)
  }

  /// The run that a lineage leads to.
  public func recorder(_ lineage: Lineage) throws -> Recorder { try passage(lineage).recorder }

  /// Position of the first token of that run.
  public func firstToken(_ lineage: Lineage) throws -> Int { try passage(lineage).first }

  private func passage(_ lineage: Lineage) throws -> Passage {
    guard let passage = passages[lineage] else { throw NoSuchRun(tokens: lineage.ids.count) }
    return passage
  }

  /// The runs of a text, that of its prompt first.
  private func path(_ lineage: Lineage) throws -> [Passage] {
    var path: [Passage] = []
    var next: Lineage? = lineage
    while let here = next {
      path.append(try passage(here))
      next = here.parent
    }
    return path.reversed()
  }

  /// ln_f of every state of every passage of a text, with the position of its first token.
  public func normalized(_ lineage: Lineage) throws -> [(first: Int, states: [Matrix])] {
    try path(lineage).map { ($0.first, $0.recorder.normalized()) }
  }

  /// How far the states of every passage of a text are from its last:
  /// [passages][iterations + 1][tokens].
  public func distancesToLast(_ lineage: Lineage) throws -> [[[Float]]] {
    try path(lineage).map { $0.recorder.distancesToLast() }
  }

  /// The next iteration of a run. When it throws, nothing has changed.
  /// - Parameters:
  ///   - first: positions of the passage to read out before all others.
  ///   - early: told of these, as (first position, readings), while others are still to be read.
  public func advance(
    _ lineage: Lineage, reading first: Range<Int>? = nil,
    early: (Int, [Reading]) -> Void = { _, _ in }, control: StepControl = .uninterrupted
  ) throws -> Step {
    let live = try recorder(lineage)
    if live.isKeeping, !hasRoom(live) {
      guard lineage.links.count == 1 else { throw NoKeysAndValues(bytes: live.keptBytes) }
      // The run is worth more than going on after it.
      live.stopKeeping()
    }
    return try live.advance(reading: first, early: early, control: control)
  }

  /// Reads the next token out of a run at an iteration, and begins its own; one that is there
  /// already stays as it is. When it throws, nothing has changed.
  /// - Throws: `NoSuchPlace`, `Divergence` when it says nothing finite there, `ModelError` when the
  ///   text is as long as the model can take, `StartTableTooShort`, `NoKeysAndValues`,
  ///   `CancellationRequested`.
  public func append(
    to lineage: Lineage, at iteration: Int, sampling: Sampling = Sampling(),
    control: StepControl = .uninterrupted
  ) throws -> Answer {
    let before = try passage(lineage)
    let recorder = before.recorder
    // Asked for before an interruption, a place may never have come to be.
    guard iteration >= 1, iteration <= recorder.iteration else {
      throw NoSuchPlace(passage: lineage.links.count - 1, iteration: iteration)
    }
    guard recorder.isKeeping else { throw NoKeysAndValues(bytes: nil) }
    let ending = try recorder.ending(at: iteration, control: control)
    try Divergence.check(
      logits: Matrix(rows: 1, columns: ending.logits.count, values: ending.logits),
      firstToken: recorder.context.places.spans[0].positions.upperBound - 1, iteration: iteration)
    let ids = lineage.ids
    var sampler = Sampler(sampling, drawn: lineage.links.count - 1)
    let codec = workbench.codec
    let token = codec.token(try sampler.choose(ending.logits, after: ids))
    if workbench.stopTokens.contains(token.id) { return .end(token) }
    let cause = TokenCause(id: token.id, sampling: sampling)
    let child = lineage.appending(cause, at: iteration)
    if let twin = passages[child] { return .token(cause, twin.begun) }
    var starts = before.starts
    let state = try starts.next(ids.count..<ids.count + 1)
    let next = try Recorder(
      model: workbench.model, ids: [token.id], start: state, candidates: candidates,
      memory: ending.memory, text: { codec.token($0).text }, control: control)
    let trajectory = try next.begin(
      prompt: "", tokens: [token], start: before.begun.start, control: control)
    passages[child] = Passage(
      recorder: next, first: ids.count, starts: starts, begun: trajectory)
    return .token(cause, trajectory)
  }

  /// Whether another iteration leaves at least as much memory free as keys and values take.
  private func hasRoom(_ live: Recorder) -> Bool {
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

/// A run was asked for that was never begun.
public struct NoSuchRun: Error, Equatable, CustomStringConvertible {
  let tokens: Int
  public var description: String {
    "This run of \(tokens) tokens was never begun; r or / begins another."
  }
}
