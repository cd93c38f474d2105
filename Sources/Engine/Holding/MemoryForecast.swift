import LatentModels

/// What a prompt will take of memory, told before it runs. All numbers are bytes.
public struct MemoryForecast: Sendable, Hashable {
  public let tokens: Int
  /// The packed weights.
  public let weights: Int
  /// What layers compute of all tokens at once, and need no more when they are done.
  public let scratch: Int
  /// Kept of the prompt however far it goes: the embedded prompt, s₀, keys and values of prelude and coda,
  /// and the logits that the next are compared with.
  public let fixed: Int
  /// Kept of every iteration: states, keys and values.
  public let perIteration: Int
  /// The predictions of all tokens after one iteration.
  public let predictions: Int
  /// What the engine keeps at most.
  public let budget: Int
  /// What may be kept besides of predictions, to tell how far each is from the last.
  public let remembered: Int

  /// What is kept after so many iterations if there is room for all of it.
  public func kept(iterations: Int) -> Int { fixed + iterations * perIteration }

  /// The iterations of which everything is kept; what is older is computed again.
  public var iterationsInFull: Int { max(0, budget - fixed) / max(1, perIteration) }

  /// What the program takes after so many iterations.
  public func total(iterations: Int) -> Int {
    let whole = predictions == 0 ? 0 : min(remembered / predictions, iterations)
    return weights + scratch + min(max(budget, fixed), kept(iterations: iterations))
      + whole * predictions
  }
}

extension Engine {
  /// What a prompt of so many tokens will take. Of a model whose iterations are positions of the text, of
  /// these alone.
  public func forecast(tokens: Int) -> MemoryForecast {
    let (facts, layout) = (model.facts, model.cacheLayout)
    let rows = 4 * tokens
    let state = rows * facts.stateWidth
    let layer = 2 * layout.keyWidth * (facts.thoughts == nil ? rows : 4)
    let logits = rows * facts.vocabularySize
    // A matrix of a layer has a column of results for so many multiply-adds; what is read and what is
    // added stands beside them.
    let results = facts.multiplyAdds.iteration / max(1, layout.coreLayers * facts.width)
    return MemoryForecast(
      tokens: tokens, weights: facts.packedBytes,
      scratch: rows * (results + 5 * facts.width),
      fixed: 3 * state + logits
        + (layout.preludeLayers + layout.codaLayers) * 2 * layout.keyWidth * rows,
      perIteration: state + layout.coreLayers * layer, predictions: logits, budget: budget,
      remembered: budget / Self.shareForPredictions)
  }

  /// The part of the budget that may be spent once more on predictions.
  public static var shareForPredictions: Int { 4 }
}
