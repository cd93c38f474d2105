import LatentModels
import Tensors
import Trajectories

/// What is known of an iteration before all of it is.
public enum EarlyStep: Sendable {
  /// All but what is read out, and its states.  // [tokens, width]
  case made(Step, Matrix)
  /// What is read out of some positions, from the first on.
  case read(first: Int, [Reading])
}

/// Texts whose readouts take so long that nobody is to wait for what does not need them.
extension Engine {
  /// Multiplications in the head from which on a readout is long: about a second.
  public static let usualLongReadout = 1 << 36

  /// Whether reading out so many tokens is long. Where iterations are positions behind a text, what is
  /// read of the text is what one looks at.
  func isLong(tokens: Int) -> Bool {
    guard let longReadout, model.facts.thoughts == nil else { return false }
    return tokens * model.facts.vocabularySize * model.facts.width >= longReadout
  }

  /// Whether a node's s₀ is not read out when it begins, and its iterations are told of before their
  /// readouts.
  public func isLong(_ lineage: Lineage) -> Bool {
    isLong(tokens: lineage.passages.last.map { $0.lineage.ids.count - $0.firstToken } ?? 0)
  }

  /// What is read out of a node's s₀, as `begin` does it where that does not take long.
  /// - Throws: as `state`.
  public func startReadings(
    _ lineage: Lineage, control: StepControl = .uninterrupted
  ) throws -> [Reading] {
    let run = try run(lineage, control)
    let state = run.state(try rows(of: run, at: 0, control), at: 0)
    let hooks = try changes(of: [run], at: 0, control).hooks
    let hidden = try model.decode(state, in: run.context, Call(control: control, hooks: hooks))
      .hidden
    // What follows is not compared with it, so that nothing of its logits is kept.
    return try stride(from: 0, to: hidden.rows, by: Lens.chunk).flatMap { start in
      var lens = Lens(candidates: candidates)
      try control.check()
      let logits = model.logits(
        hidden, positions: start..<min(hidden.rows, start + Lens.chunk))
      return lens.read(
        rows: logits.rows, vocabulary: workbench.vocabulary, watched: watched,
        logits: { _ in logits })
    }
  }

  /// A run with what was read out of its s₀, where that was put off.
  /// - Throws: as `state`.
  public func read(
    _ trajectory: Trajectory, of lineage: Lineage, control: StepControl = .uninterrupted
  ) throws -> Trajectory {
    guard !trajectory.isStartRead else { return trajectory }
    var trajectory = trajectory
    trajectory.read(start: try startReadings(lineage, control: control))
    return trajectory
  }
}
