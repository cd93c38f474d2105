import RunFiles
import Trajectories

/// What a session consists of, beside how it is looked at.
struct SessionSubstance: Sendable, Equatable {
  private let nodes: [Node]
  /// How far each was run.
  private let lengths: [Int?]
  private let notes: [RunNote]
  private let marks: [String: RunPlace]
  private let points: [Breakpoint]
  private let copies: EnsembleQuestion?
  private let maps: Int

  init(_ state: ExplorerState) {
    nodes = state.runs.tree.nodes
    lengths = nodes.map { state.runs[$0.id]?.trajectory.lastIteration }
    (notes, marks, points) = (state.notes, state.marks, state.breaking.points)
    copies = state.fanning.question
    maps = state.causing.known.count
  }

  /// Whether there is no more than the run that a session begins with by itself.
  fileprivate func isBeginning(upTo target: Int) -> Bool {
    nodes.count <= 1 && lengths.allSatisfy { $0 ?? 0 <= target } && notes.isEmpty && marks.isEmpty
      && points.isEmpty && copies == nil && maps == 0
  }
}

extension ExplorerState {
  /// Whether anything was done in it: a session that was opened, looked at and left is as it was.
  var isWorthKeeping: Bool {
    let substance = SessionSubstance(self)
    if let openedSubstance { return substance != openedSubstance }
    return !substance.isBeginning(upTo: usualTarget)
  }
}
