import LatentModels
import Tensors
import Trajectories

extension TokenPass {
  /// All loops, read out where the gate of the last position says.
  ///
  /// The outcome's iterations are those up to the loop that was read; all of them when several were.
  /// Its exit values are the chance to have stopped after each loop.
  /// - Throws: `MissingExitGate` when the model has none and the readout needs one.
  mutating func run(
    _ ids: [Int], reading readout: GateReadout, loops: Int, from starts: inout StartStream
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts)
    let last = ids.count - 1..<ids.count
    var ends: [Matrix] = []  // loops of [1, width]
    var states: [LatentState] = []  // [loops]
    for _ in 0..<loops {
      state = try step(state, context)
      ends.append(try decode(&state, context).rows(last))
      states.append(state)
    }
    func logits(_ loop: Int) throws -> Matrix {
      let logits = model.logits(ends[loop], positions: 0..<1)
      try check(logits, last, of: states[loop], context)
      return logits
    }
    if case .loop(let chosen) = readout {
      let loop = min(max(0, chosen), loops - 1)
      return end(
        state,
        Outcome(iterations: loop + 1, exitValues: [], state: state.rows, logits: try logits(loop)))
    }
    guard let gate = model.exitGate else { throw MissingExitGate() }
    let gates = ends.flatMap { gate.logits(of: $0) }
    if let loop = gates.firstIndex(where: { !$0.isFinite }) {
      throw Divergence(
        .gate, at: Address(token: memory.seen[0] + ids.count - 1, iteration: loop + 1))
    }
    let distribution = ExitDistribution(gateLogits: gates)
    let values = distribution.cumulative.map { Optional($0) }
    if case .threshold(let threshold) = readout {
      let loop = distribution.exit(threshold: threshold) ?? loops - 1
      return end(
        state,
        Outcome(
          iterations: loop + 1, exitValues: values, state: state.rows, logits: try logits(loop)))
    }
    let weighted = distribution.weighted(try ends.indices.map { try logits($0).row(0) })
    let outcome = Outcome(
      iterations: loops, exitValues: values, state: state.rows,
      logits: Matrix(rows: 1, columns: weighted.count, values: weighted))
    return end(state, outcome)
  }
}

/// A readout that asks an exit gate, of a model without one.
public struct MissingExitGate: Error, CustomStringConvertible {
  public var description: String {
    "This model has learned no exit gate. Leave the gate's options out, or use --exit with one of "
      + "the rules that look at the state or the prediction."
  }
}
