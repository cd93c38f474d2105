import Tensors

/// The learned gate of a looped model: one number for each token and loop, how much the model would
/// stop there.
public struct ExitGate: Sendable {
  let weight: [Float]  // [width]
  let bias: Float

  /// gate = w·h + b of every row of a state; λ is its sigmoid.
  /// - Precondition: the state is as wide as the model.
  public func logits(of state: Matrix) -> [Float] {  // [tokens]
    precondition(state.columns == weight.count, "\(state.columns) columns, \(weight.count) weights")
    return (0..<state.rows).map { token in
      // Summed in double: a gate decides by one number, and one row is nothing to compute.
      var sum = Double(bias)
      for (value, weight) in zip(state.row(token), weight) {
        sum += Double(value) * Double(weight)
      }
      return Float(sum)
    }
  }
}
