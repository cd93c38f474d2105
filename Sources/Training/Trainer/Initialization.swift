import Tensors

/// First weights as recurrent-depth models are given them ("takase": Takase et al., 2023, scaled
/// for the depth that recurrence adds; Geiping et al., 2025).
public struct Initialization: Sendable {
  /// Width of the residual stream.
  public var width: Int
  /// Layers on the way through the model: prelude + core · mean recurrence + coda, or all there are.
  public var effectiveLayers: Double

  public init(width: Int, effectiveLayers: Double) {
    precondition(width > 0 && effectiveLayers > 0, "a model has width and depth")
    self.width = width
    self.effectiveLayers = effectiveLayers
  }

  /// √(2 / (5 · width)): deviation of embeddings and of weights that read the residual stream.
  public var deviation: Double { (2 / (5 * Double(width))).squareRoot() }
  /// Deviation of weights that write to the residual stream, smaller the more of them there are.
  public var outputDeviation: Double { deviation / (2 * effectiveLayers).squareRoot() }

  /// Normal numbers truncated at three deviations; gains 1, biases 0.
  /// - Returns: weights in the order of `layout`.  // [layout.count]
  public func weights(_ layout: ParameterLayout, seed: UInt64) -> [Float] {
    var generator = TorchGenerator(seed: seed)
    var weights = [Float](repeating: 0, count: layout.count)
    for entry in layout.entries {
      let range = entry.offset..<entry.offset + entry.count
      switch entry.role {
      case .gain: weights.replaceSubrange(range, with: repeatElement(1, count: entry.count))
      case .bias: break
      case .embedding, .matrix, .stack:
        var values = generator.truncatedNormal(
          entry.count, deviation: deviation, form: .rejection)
        let ratio = Float(outputDeviation / deviation)
        for i in Self.outputs(entry) { values[i] *= ratio }
        weights.replaceSubrange(range, with: values)
      }
    }
    return weights
  }

  /// Elements of a tensor that write to the residual stream: output projections whole, and the rows
  /// of a gated unit that are not the gate.
  private static func outputs(_ entry: ParameterLayout.Entry) -> Range<Int> {
    if entry.name.hasSuffix(".proj.weight") || entry.name.hasSuffix(".c_proj.weight") {
      return 0..<entry.count
    }
    if entry.name.hasSuffix(".fc.weight") { return entry.count / 2..<entry.count }
    return 0..<0
  }
}
