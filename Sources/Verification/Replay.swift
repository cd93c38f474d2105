import LatentModels
import Tensors
import Trajectories

/// One run with everything kept that a comparison may ask for.
struct Replay {
  let model: any LatentModel
  let context: PromptContext
  private(set) var states: [Matrix]  // [iterations + 1] of [tokens, width]
  /// Of the last iteration.  // [tokens, vocabulary]
  private(set) var logits = Matrix(rows: 0, columns: 0)
  private(set) var measures: [StateMeasure] = []
  private(set) var entropies: [Float] = []
  private(set) var divergences: [Float] = []
  private(set) var reverseDivergences: [Float] = []
  private(set) var tables: [Matrix] = []  // [iterations] of [tokens, vocabulary], logits

  private var latest: LatentState

  init(model: any LatentModel, context: PromptContext, start: LatentState) {
    self.model = model
    self.context = context
    latest = start
    states = [start.rows]
  }

  var state: Matrix { states[states.count - 1] }

  mutating func advance() throws {
    try advance(to: try model.step(latest, in: context, .plain))
  }

  /// Takes `next` as what the last state became.
  mutating func advance(to next: LatentState) throws {
    let previous = state
    latest = next
    states.append(next.rows)
    measures = StateMetrics.measure(
      model.leading(next.rows), previous: model.leading(previous))
    logits = try model.readout(next, in: context, positions: 0..<next.rows.rows)
    let before = tables.last ?? Matrix(rows: logits.rows, columns: logits.columns)  // uniform
    let statistics = (0..<logits.rows).map {
      Operations.softmaxStatistics(logits.row($0), previous: before.row($0))
    }
    entropies = statistics.map { Float($0.entropy) }
    divergences = statistics.map { Float($0.divergenceFromPrevious ?? .nan) }
    reverseDivergences = Self.divergences(from: logits, to: before)
    tables.append(logits)
  }

  /// KL(last ‖ i) of every iteration.  // [iterations][tokens]
  func divergencesToLast() -> [[Float]] {
    tables.map { Self.divergences(from: logits, to: $0) }
  }

  /// KL(from ‖ to) of matching rows of two tables of logits.
  private static func divergences(from: Matrix, to: Matrix) -> [Float] {
    (0..<from.rows).map {
      let statistics = Operations.softmaxStatistics(to.row($0), previous: from.row($0))
      return Float(statistics.divergenceFromPrevious ?? .nan)
    }
  }

  /// The likeliest token of every position and its lead over the second, in logits.
  var best: [(id: Int, margin: Float)] {
    (0..<logits.rows).map { row in
      var first = (id: 0, value: -Float.infinity)
      var second = -Float.infinity
      for (id, value) in logits.row(row).enumerated() {
        if value > first.value {
          second = first.value
          first = (id, value)
        } else if value > second {
          second = value
        }
      }
      return (first.id, first.value - second)
    }
  }
}
