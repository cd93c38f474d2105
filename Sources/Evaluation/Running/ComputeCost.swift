import LatentModels

/// What a run costs in floating-point operations: two for every multiply-add of a token with a
/// weight matrix, and of the attention's scores and sums. Norms, softmax and activations, a few per
/// cent, are left out.
///
/// For positions p₁…p₂, r iterations and k readouts of h positions each:
///
///     FLOPs = 2·[n·(W_prelude + W_e + r·W_iteration + k·W_coda) + k·h·W_head]
///           + 4·d·Σ(p+1)·(L_prelude + r·L_core + k·L_coda)
///
/// with W the sizes of matrices, W_e the half of the adapter that reads e (once a token), d the
/// width, L the numbers of layers, and p+1 the positions that position p attends to. Keys and
/// values of earlier positions are kept, as in generation.
///
/// Of models that think once, behind the prompt, an iteration is one position more, whatever the
/// prompt, in the layers that read it:
///
///     FLOPs = 2·[n·W_prelude + r·W_iteration + h·W_head] + 4·d·L·[Σ(p+1) + Σ(p₂+1+t)], t = 1…r
public struct ComputeCost: Sendable, Equatable {
  var prelude = 0
  var iteration = 0
  var coda = 0
  var head: Int
  var width: Int
  var layers: ModelFacts.Layers
  /// Whether iterations are positions of their own.
  var thinksOnce: Bool

  public init(_ plan: ModelPlan) {
    let facts = plan.facts
    thinksOnce = facts.thoughts != nil
    head = facts.vocabularySize * facts.width
    width = facts.width
    layers = facts.layers
    if thinksOnce {
      (prelude, iteration) = (facts.multiplyAdds.prelude, facts.multiplyAdds.iteration)
      return
    }
    for tensor in plan.tensors.values where tensor.shape.count == 2 {
      let name = tensor.name
      if name.contains(".adapter.") {
        prelude += tensor.count / 2
        iteration += tensor.count / 2
      } else if name.contains(".core_block.") || name.contains("model.layers.") {
        iteration += tensor.count
      } else if name.contains(".prelude.") {
        prelude += tensor.count
      } else if name.contains(".coda.") {
        coda += tensor.count
      }
    }
  }

  /// FLOPs of one pass over new positions.
  /// - Parameters:
  ///   - readouts: how often a prediction is read out.
  ///   - heads: of how many positions each time.
  func flops(positions: Range<Int>, iterations: Int, readouts: Int = 1, heads: Int = 1) -> Int {
    let count = positions.count
    if thinksOnce {
      let products = count * prelude + iterations * iteration + readouts * heads * head
      let seen = (positions.lowerBound + 1 + positions.upperBound) * count / 2
      let behind = iterations * positions.upperBound + iterations * (iterations + 1) / 2
      return 2 * products + 4 * width * layers.prelude * (seen + behind)
    }
    let products =
      count * (prelude + iterations * iteration + readouts * coda) + readouts * heads * head
    let seen = (positions.lowerBound + 1 + positions.upperBound) * count / 2
    let attending = layers.prelude + iterations * layers.core + readouts * layers.coda
    return 2 * products + 4 * width * seen * attending
  }

  /// FLOPs of a prompt and an answer written after it, every token with the same iterations.
  func flops(prompt: Int, answer: Int, iterations: Int) -> Int {
    (1..<max(1, answer)).reduce(flops(positions: 0..<prompt, iterations: iterations)) {
      let position = prompt + $1 - 1
      return $0 + flops(positions: position..<position + 1, iterations: iterations)
    }
  }
}
