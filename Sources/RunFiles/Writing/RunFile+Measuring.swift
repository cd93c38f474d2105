import Engine
import LatentModels
import Tensors
import Trajectories

extension RunFile {
  /// Runs up to which a plane of each is made.
  private static let mostPlanes = 32

  /// Measures what can be looked at and was not yet, so that it is there where no model is: distances to
  /// the last state and prediction, and planes. Of runs whose states are not all at hand it measures
  /// nothing.
  /// - Throws: as `Engine.logits`.
  public mutating func measure(
    with engine: Engine, control: StepControl = .uninterrupted
  ) throws {
    // Of what thinks behind its prompt the map shows blocks in their place.
    guard engine.workbench.model.facts.thoughts == nil else { return }
    for node in tree.nodes.map(\.id) {
      guard let lineage = tree.lineage(of: node), let run = trajectories[node],
        engine.isKept(lineage, upTo: run.lastIteration)
      else { continue }
      let last = run.lastIteration
      if run.distanceToLast == nil {
        let distances = try engine.distancesToLast(lineage, last: last, control: control)
        trajectories[node]?.measured(distanceToLast: distances)
      }
      var work = ArrivalWork(lineage, room: 0)
      if run.arrival?.last != last || run.arrival?.hasStart == false,
        let arrival = try work.advance(engine, to: last, reading: .max, control: control)
      {
        trajectories[node]?.measured(arrival)
      }
      if planes[node] == nil, node == tree.current || trajectories.count <= Self.mostPlanes {
        (planes[node], bases[node]) = try plane(of: node, lineage, engine, control)
      }
    }
  }

  /// Reads out what was put off of runs whose readouts take long: a file has everything that was computed.
  /// - Throws: as `Engine.state`.
  public mutating func read(
    with engine: Engine, control: StepControl = .uninterrupted
  ) throws {
    for (node, run) in trajectories {
      guard !run.isStartRead, let lineage = tree.lineage(of: node), lineage.otherModel == nil else {
        continue
      }
      trajectories[node] = try engine.read(run, of: lineage, control: control)
    }
  }

  /// A plane fitted on all states of a text, and its basis; nil where they span none.
  private func plane(
    of node: NodeID, _ lineage: Lineage, _ engine: Engine, _ control: StepControl
  ) throws -> (Projection?, Projector?) {
    let passages = lineage.passages.map(\.lineage)
    let runs = passages.compactMap { tree.node(of: $0) }.compactMap { trajectories[$0] }
    let last = runs.map(\.lastIteration)
    guard runs.count == passages.count, let end = last.max(), end >= 2,
      runs.allSatisfy({ $0.divergence == nil }),
      zip(passages, last).allSatisfy({ engine.isKept($0, upTo: $1) })
    else { return (nil, nil) }
    let fit = ProjectionFit(token: nil, iterations: 0...end)
    do {
      let projector = try engine.projector(fit, of: lineage, last: last, control: control)
      let plane = try engine.projection(projector, of: lineage, last: last, control: control).0
      return (plane, projector)
    } catch is PrincipalComponentsError {
      return (nil, nil)
    }
  }
}
