import LatentModels
import Tensors
import Trajectories

/// Runs a model on one prompt, an iteration at a time, and measures every state, for those who never
/// look back: it keeps the live edge alone, the last state and its predictions. Used from one thread.
public final class Recorder {
  public let context: PromptContext
  private let stepper: Stepper
  private var lenses: [Lens]  // one
  private var live: LatentState
  /// The state before that, none while that is s₀.
  private var earlier: [Matrix] = []

  /// Runs the prelude and makes s₀.
  /// - Parameters:
  ///   - table: what a given start means.  // [positions, width]
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - vocabulary: where readings look up texts.
  /// - Throws: `ModelError`, `StartError`, `CancellationRequested`.
  public init(
    model: any LatentModel, ids: [Int], start: Start, given table: Matrix? = nil,
    candidates: Int, vocabulary: Vocabulary = .unread, control: StepControl = .uninterrupted
  ) throws {
    stepper = Stepper(model: model, vocabulary: vocabulary)
    context = try model.begin(ids, Call(control: control))
    live = try model.initialState(start, given: table, in: context)
    lenses = [Lens(candidates: max(1, min(candidates, model.facts.vocabularySize)))]
  }

  /// The state at the live edge.  // [tokens, width]
  public var liveState: Matrix { live.rows }

  /// Measures s₀ and starts a trajectory with it.
  /// - Throws: `ModelError`, `CancellationRequested`.
  public func begin(
    prompt: String, tokens: [Token], start: String, control: StepControl = .uninterrupted
  ) throws -> Trajectory {
    precondition(live.iteration == 0, "a recorder begins once")
    let steps = try stepper.begin(live, in: context, with: &lenses, control: control)
    return Trajectory(
      prompt: prompt, tokens: tokens, start: start, initial: steps[0],
      changesLastAlone: stepper.model.facts.thoughts != nil)
  }

  /// Computes the next iteration from the live edge. When it throws, the edge has not moved.
  /// - Throws: `ModelError`, `CancellationRequested`.
  public func advance(control: StepControl = .uninterrupted) throws -> Step {
    var read = lenses
    let (after, steps) = try stepper.advance(
      live, after: earlier, in: context, with: &read, control: control)
    (earlier, live, lenses) = ([live.rows], after, read)
    return steps[0]
  }
}
