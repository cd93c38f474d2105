import Synchronization
import Tasks
import Tensors

/// Draws the batches of one stage.
public struct BatchMaker: Sendable {
  private let rows: Int
  private let length: Int
  private let maker: Maker
  private let seed: UInt64

  private enum Maker: Sendable {
    case lines(RowMaker)
    case thoughts(ThoughtRowMaker)
  }

  public init(
    _ stage: TrainingStage, weights: TrainingRecipe.LossWeights, text: PlainText?, seed: UInt64
  ) {
    rows = stage.rows
    length = stage.length
    maker =
      stage.thoughts == nil
      ? .lines(RowMaker(stage, weights: weights, text: text))
      : .thoughts(ThoughtRowMaker(stage, weights: weights))
    self.seed = seed
  }

  /// The batch of one step of the run.
  /// - Parameter replaced: steps of solutions that are thought, where any are.
  public func batch(
    step: Int, limits: [String: Int], replaced: Int = 0, team: ThreadTeam = .single
  ) -> TrainingBatch {
    let stepSeed = RandomStreams.seed(seed, .rows, step: step)
    let drawn = Mutex([RowMaker.Row?](repeating: nil, count: rows))
    team.run(tiles: rows, work: .max) { index in
      var random = TaskRandom(seed: stepSeed, stream: UInt64(index))
      let row =
        switch maker {
        case .lines(let maker): maker.row(limits: limits, random: &random)
        case .thoughts(let maker):
          maker.row(limits: limits, replaced: replaced, random: &random)
        }
      drawn.withLock { $0[index] = row }
    }
    let rowsDrawn = drawn.withLock { $0.compactMap(\.self) }
    return TrainingBatch(
      rows: rows, length: length, tokens: rowsDrawn.flatMap(\.tokens),
      targets: rowsDrawn.flatMap(\.targets), weights: rowsDrawn.flatMap(\.weights))
  }
}

/// Seeds for all that is drawn during a run, one for each purpose and step.
enum RandomStreams: UInt64 {
  case weights = 1
  case rows
  case recurrence
  case initialStates
  case curriculum
  case measurement

  static func seed(_ seed: UInt64, _ purpose: RandomStreams, step: Int) -> UInt64 {
    var mixer = TaskRandom(seed: seed, stream: purpose.rawValue)
    mixer = TaskRandom(seed: mixer.next(), stream: UInt64(step))
    return mixer.next()
  }
}
