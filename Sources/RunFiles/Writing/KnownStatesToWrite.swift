import Engine
import Tensors

/// States of a run on their way to a file, in the order of their iterations.
struct KnownStatesToWrite {
  let iterations: [Int]  // ascending
  /// Numbers of a token's state.
  let width: Int
  private let states: KnownStates?

  /// - Parameters:
  ///   - states: nil for none.
  ///   - last: the last iteration of the run: of what comes after it nothing is written.
  ///   - tokens: of the run; where states are of others none is written.
  init(_ states: KnownStates?, upTo last: Int, tokens: Int) {
    let some = states.map { states in states.iterations.filter { (0...last).contains($0) }.sorted()
    }
    let first = some?.first.flatMap { states?.rows($0) }
    guard let some, let first, first.rows == tokens else {
      (iterations, width, self.states) = ([], 0, nil)
      return
    }
    (iterations, width, self.states) = (some, first.columns, states)
  }

  /// The state after an iteration, row after row; NaN where it cannot be had any more.
  func values(_ iteration: Int, count: Int) -> [Float] {
    guard let rows = states?.rows(iteration), rows.values.count == count else {
      return [Float](repeating: .nan, count: count)
    }
    return rows.values
  }
}
