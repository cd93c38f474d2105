import Engine
import LatentModels
import Tensors
import Trajectories

/// Which runs are to be exported, by what made them.
public struct ExportSource: Sendable {
  /// One of them.
  public struct Run: Sendable {
    public let number: Int
    /// The run it goes on from, and where it leaves it; nil for a prompt.
    public let origin: ExportedRuns.Origin?
    /// What made it, for people.
    public let words: String
    public let lineage: Lineage
    /// As far as it was computed.
    public let trajectory: Trajectory

    /// A run by its number and what made it.
    public init(
      number: Int, origin: ExportedRuns.Origin? = nil, words: String, lineage: Lineage,
      trajectory: Trajectory
    ) {
      self.number = number
      self.origin = origin
      self.words = words
      self.lineage = lineage
      self.trajectory = trajectory
    }
  }

  /// In the order of their numbers.
  public let runs: [Run]
  /// The number of the one that is looked at.
  public let current: Int

  /// Some runs, and which of them is looked at.
  public init(_ runs: [Run], current: Int) {
    self.runs = runs
    self.current = current
  }

  /// All runs of a tree that were begun, under the numbers they have there; none of other models, of which
  /// nothing can be computed.
  public init(_ all: Runs) {
    let tree = all.tree
    let found = tree.nodes.compactMap { node -> Run? in
      guard let run = all[node.id], let lineage = tree.lineage(of: node.id),
        lineage.otherModel == nil
      else { return nil }
      return Run(
        number: node.id.value,
        origin: node.fork.map { .init(run: $0.node.value, iteration: $0.iteration) },
        words: node.name ?? all.words(node.id), lineage: lineage, trajectory: run.trajectory)
    }
    let current = found.first { $0.number == tree.current?.value } ?? found.first
    self.init(found, current: current?.number ?? 0)
  }
}

extension Engine {
  /// Runs as values, with what is wanted of them; states that were let go are computed again.
  /// - Parameters:
  ///   - program: the version that files say they were written by.
  /// - Throws: as `state`.
  public func exported(
    _ source: ExportSource, needs: ExportNeeds, program: String,
    control: StepControl = .uninterrupted
  ) throws -> ExportedRuns {
    var runs = ExportedRuns(
      model: workbench.summary.name, program: program, parts: workbench.summary.parts,
      runs: [], current: source.current, vocabulary: TokenTexts(workbench.codec))
    for run in source.runs {
      try control.check()
      runs.runs.append(try exported(run, needs, control))
    }
    if needs.contains(.plane) { try place(source, in: &runs, control) }
    return runs
  }

  private func exported(
    _ run: ExportSource.Run, _ needs: ExportNeeds, _ control: StepControl
  ) throws -> ExportedRuns.Run {
    let last = run.trajectory.lastIteration
    let first = run.lineage.passages.last?.firstToken ?? 0
    var found = ExportedRuns.Run(
      number: run.number, origin: run.origin,
      isRerun: run.lineage.links.last?.cause.isRerun ?? false, words: run.words, firstToken: first,
      trajectory: try read(run.trajectory, of: run.lineage, control: control),
      texts: Array(workbench.codec.texts(run.lineage.ids).dropFirst(first)))
    if needs.contains(.ends) {
      if run.trajectory.distanceToLast == nil {
        found.trajectory.measured(
          distanceToLast: try distancesToLast(run.lineage, last: last, control: control))
      }
      if run.trajectory.arrival?.last != last || run.trajectory.arrival?.hasStart == false {
        var work = ArrivalWork(run.lineage, room: 0)
        let arrival = try work.advance(self, to: last, reading: last + 1, control: control)
        if let arrival { found.trajectory.measured(arrival) }
      }
    }
    if needs.contains(.states) {
      for iteration in 0...last {
        try control.check()
        found.states.append(try state(run.lineage, iteration, control: control))
        found.normed.append(try normalized(run.lineage, iteration, control: control))
      }
    }
    return found
  }

  /// Places of all states in one plane, which is fitted on all of them; none where too few differ.
  private func place(
    _ source: ExportSource, in runs: inout ExportedRuns, _ control: StepControl
  ) throws {
    func text(_ run: ExportSource.Run) -> Engine.Text {
      let passages = run.lineage.passages.map(\.lineage)
      return Engine.Text(
        run.lineage,
        last: passages.map { passage in
          source.runs.first { $0.lineage == passage }?.trajectory.lastIteration
            ?? lastIteration(of: passage) ?? 0
        })
    }
    guard let looked = source.runs.first(where: { $0.number == source.current }) else { return }
    let longest = source.runs.map(\.trajectory.lastIteration).max() ?? 0
    let others = source.runs.filter { $0.number != looked.number }.map(text)
    let fit = ProjectionFit(token: nil, iterations: 0...longest, texts: 1 + others.count)
    let projector: Projector
    do {
      projector = try self.projector(
        fit, of: looked.lineage, last: text(looked).last, beside: others, control: control)
    } catch is PrincipalComponentsError {
      return
    }
    let shares = projector.explainedVarianceRatio
    guard shares.count >= 2 else { return }
    runs.shares = Array(shares.prefix(2))
    for (index, run) in source.runs.enumerated() {
      for iteration in 0...run.trajectory.lastIteration {
        let state = try normalized(run.lineage, iteration, control: control)
        runs.runs[index].places.append(projector.project(state).map { Array($0.prefix(2)) })
      }
    }
  }
}
