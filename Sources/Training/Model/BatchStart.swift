import LatentModels
import Tensors

/// The initial states of a batch: those drawn by place are written where they are needed, so that
/// nothing is allocated; all others are made once.
struct BatchStart {
  private enum Source {
    case placed(PlacedStates, seed: UInt64)
    case rows(Matrix)  // [places, width]
  }

  private let source: Source

  /// - Parameters:
  ///   - table: what a given start means.  // [places, width]
  ///   - places: tokens of all rows.
  /// - Precondition: the start is not the embedded prompt, and a given one has its table.
  init(
    _ start: Start, given table: Matrix?, places: Int,
    _ configuration: RecurrentDepthConfiguration
  ) {
    let start = start.resolved(.seed(0))
    if case .placed(let seed) = start {
      source = .placed(PlacedStates(configuration.initialStates), seed: seed)
      return
    }
    do {
      var stream = try StartStream(
        start, width: configuration.width, from: configuration.initialStates, given: table)
      guard let rows = try stream.next(0..<places) else {
        preconditionFailure("no gradient goes back to an embedded prompt as a start")
      }
      source = .rows(rows)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Writes the states of places that follow one another.
  func fill(_ state: BufferView, firstPlace first: Int) {
    switch source {
    case .placed(let states, let seed): states.fill(state, seed: seed, firstPlace: first)
    case .rows(let rows):
      rows.values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress else { return }
        for token in 0..<state.rows {
          (state.pointer + token * state.stride).update(
            from: values + (first + token) * state.columns, count: state.columns)
        }
      }
    }
  }
}
