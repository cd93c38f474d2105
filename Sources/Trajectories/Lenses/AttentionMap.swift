import LatentModels
import Tensors

/// Where attention of one block looked, from every token of a run.
public struct AttentionMap: Sendable {
  public let place: BlockPlace
  /// The iteration it was looked at in; of no account in the prelude.
  public let iteration: Int
  public let heads: Int
  /// The tokens that looked.
  public let queries: Int
  /// The tokens of the text up to the last of these; each sees itself and what came before it.
  public let keys: Int
  /// Whether some see what comes later, too, as the tokens of a prompt that look both ways.
  public let seesAhead: Bool
  private let weights: [Float]  // [heads, queries, keys]
  private let mean: [Float]  // [queries, keys]

  /// - Parameters:
  ///   - weights: the softmax over keys, the rows of the first head before those of the next.
  ///   - tokens: how many looked.
  public init(
    _ place: BlockPlace, iteration: Int, weights: Matrix, tokens: Int  // [heads · tokens, keys]
  ) {
    self.place = place
    self.iteration = iteration
    heads = tokens > 0 ? weights.rows / tokens : 0
    queries = tokens
    keys = weights.columns
    self.weights = weights.values
    let size = tokens * weights.columns
    var mean = [Float](repeating: 0, count: size)
    for head in 0..<heads {
      for place in 0..<size { mean[place] += weights.values[head * size + place] / Float(heads) }
    }
    self.mean = mean
    // The softmax gives exactly 0 to what is not seen.
    let (columns, own) = (weights.columns, weights.columns - tokens)
    seesAhead = (0..<tokens).contains { query in
      mean[query * columns..<(query + 1) * columns].dropFirst(own + query + 1).contains { $0 != 0 }
    }
  }

  /// How much a token looks at another: of one head, or on average over all.
  /// - Returns: nil where it cannot see it, and where the weight is not finite.
  public func weight(query: Int, key: Int, head: Int?) -> Float? {
    guard query >= 0, query < queries, key >= 0,
      key < keys, seesAhead || key <= keys - queries + query
    else { return nil }
    let place = query * keys + key
    let weight: Float
    if let head {
      guard head >= 0, head < heads else { return nil }
      weight = weights[head * queries * keys + place]
    } else {
      weight = mean[place]
    }
    return weight.isFinite ? weight : nil
  }
}
