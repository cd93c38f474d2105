import Glibc

/// How one token of the vocabulary stands in a prediction, exactly.
public struct Standing: Sendable, Hashable {
  public let id: Int
  /// One more than there are tokens strictly likelier: 1 is the likeliest, and of several that are
  /// equally so each is.
  public let rank: Int
  /// Of the softmax over the whole vocabulary.
  public let probability: Float

  public init(id: Int, rank: Int, probability: Float) {
    (self.id, self.rank, self.probability) = (id, rank, probability)
  }

  /// Looks a token up in a row of logits.
  /// - Parameter logSumExp: ln Σ exp(logit) of the row.
  /// - Returns: nil for a token that does not exist, and where the logits are not finite.
  package init?(of id: Int, in logits: ArraySlice<Float>, logSumExp: Double) {
    guard id >= 0, id < logits.count, logSumExp.isFinite else { return nil }
    let own = logits[logits.startIndex + id]
    let likelier = logits.withUnsafeBufferPointer { logits in
      var count = 0
      for logit in logits where logit > own { count += 1 }
      return count
    }
    self.init(
      id: id, rank: likelier + 1, probability: Float(exp(Double(own) - logSumExp)))
  }
}
