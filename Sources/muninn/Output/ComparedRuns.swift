import ArgumentParser
import Checkpoints
import Engine
import LatentModels
import Tensors
import Trajectories

/// Two runs beside each other, wherever they come from.
struct ComparedRuns {
  let a: Branch
  let b: Branch
  /// What takes whole states and distributions of both; nil where nobody has them.
  let distances: BranchDistances?
  /// What a task asks for, where a model was trained on it.
  let expected: (a: ExpectedResults?, b: ExpectedResults?)
  /// The text of a token, as it is.
  let decode: @Sendable (Int) -> String

  /// Two runs that cannot be held against each other.
  struct Incomparable: Error, CustomStringConvertible {
    let description: String
  }

  /// One side while it runs.
  private struct Lane {
    let engine: Engine
    let lineage: Lineage
    let cause: PromptCause
    var trajectory: Trajectory
  }
}

/// Two runs that are made side by side, so that what takes whole states and distributions can be measured.
extension ComparedRuns {
  /// Opens what the sides need and runs both, as far as was asked for, or as the models were trained:
  /// both as far as the one that goes further.
  /// - Throws: also `Incomparable`, `CancellationRequested`.
  init(
    _ sides: (a: DiffSide, b: DiffSide), options: DiffOptions, steps: Int?,
    addSpecialTokens: Bool, control: StepControl
  ) throws {
    let team = options.team()
    func open(_ side: DiffSide) throws -> Workbench {
      let checkpoint =
        try side.model.map { try Checkpoint.open($0, revision: side.revision) }
        ?? Checkpoint.embedded()
      return try Workbench.open(
        checkpoint, team: team, precision: side.precision, addSpecialTokens: addSpecialTokens)
    }
    let first = Engine(try open(sides.a), candidates: 5)
    let second =
      sides.a.sharesModel(with: sides.b) ? first : Engine(try open(sides.b), candidates: 5)
    let (mine, theirs) = (first.workbench.summary, second.workbench.summary)
    guard mine.vocabularySize == theirs.vocabularySize else {
      throw Self.vocabularies(mine, theirs)
    }
    var lanes = [
      try Self.lane(first, sides.a, options), try Self.lane(second, sides.b, options),
    ]
    let last = steps ?? max(mine.defaultIterations, theirs.defaultIterations)
    for summary in first === second ? [mine] : [mine, theirs] {
      if let warning = summary.depthWarning(at: last) { StandardError.say(warning) }
    }
    let rows = 0..<min(lanes[0].trajectory.tokens.count, lanes[1].trajectory.tokens.count)
    var distances = BranchDistances()
    for iteration in 0...last {
      if iteration > 0 {
        for lane in lanes.indices {
          let steps = try lanes[lane].engine.step(
            [lanes[lane].lineage], to: iteration, control: control)
          for step in steps { lanes[lane].trajectory.append(step) }
        }
      }
      distances.append(
        try Engine.distances(
          Engine.Held(first, lanes[0].lineage, rows: rows),
          Engine.Held(second, lanes[1].lineage, rows: rows), at: iteration, control: control))
    }
    for lane in lanes.indices {
      lanes[lane].trajectory.measured(
        try lanes[lane].engine.arrival(lanes[lane].lineage, control: control))
    }
    let results = zip(lanes, [mine, theirs]).map { lane, summary in
      ExpectedResults(lane.cause.text, tokens: lane.cause.ids.count, of: summary)
    }
    self.init(
      a: try Self.branch(lanes[0]), b: try Self.branch(lanes[1]), distances: distances,
      expected: (results[0], results[1]), decode: first.workbench.codec.decode)
  }

  /// Begins a side.
  private static func lane(_ engine: Engine, _ side: DiffSide, _ options: DiffOptions) throws
    -> Lane
  {
    let facts = engine.workbench.model.facts
    let beginning = Beginning.source(side.source, side.start)
    let count = try engine.workbench.tokenCount(beginning)
    // Too long a prompt is refused as such.
    if count <= facts.maximumTokens {
      try WorkForecast.checkTrace(facts, tokens: 2 * count, withLogits: true)
    }
    let (cause, trajectory) = try engine.begin([beginning])[0]
    guard !side.edits.isEmpty else {
      return Lane(
        engine: engine, lineage: Lineage(cause), cause: cause, trajectory: trajectory)
    }
    let edited = try EditOption.make(side.edits, engine, [Lineage(cause)])
    return Lane(
      engine: engine, lineage: edited.lineage, cause: cause, trajectory: edited.trajectory)
  }

  /// A run that stands alone, as a text and how it was thought.
  private static func branch(_ lane: Lane) throws -> Branch {
    var runs = Runs()
    let id = try runs.add(lane.cause, lane.trajectory)
    guard let branch = runs.branch(to: id) else { preconditionFailure("it was begun just now") }
    return branch
  }
}
