import Glibc
import Tensors

/// What a lens reads of one token's stream after one block. Where the logits are not finite there is
/// nothing to read.
public struct LensReading: Sendable, Hashable {
  /// H(p) = −Σ p ln p, nats; nil where the logits hold NaN or infinity.
  public let entropy: Float?
  /// KL(block before ‖ this), nats; nil at the first block, and where either is not finite.
  public let kl: Float?
  /// The likeliest tokens, best first; empty where the logits are not finite.
  public let top: [RankedLogit]
  /// The likeliest logit less the second.
  public let margin: Float?
  /// ln Σ exp(logit); nil where the logits are not finite.
  public let logSumExp: Double?
  /// The tokens that were asked for, in order; empty where the logits are not finite.
  public let watched: [Standing]

  /// The likeliest next token; nil where there is none.
  public var argmax: Int? { top.first?.id }

  /// The probability of one of the likeliest.
  public func probability(_ candidate: RankedLogit) -> Float {
    logSumExp.map { Float(exp(Double(candidate.logit) - $0)) } ?? .nan
  }

  /// Reads one row of logits.
  /// - Parameters:
  ///   - previous: the logits of the block before; nil for none.
  ///   - candidates: how many of the likeliest to list.
  ///   - watched: tokens whose standing is wanted; those that do not exist are left out.
  package init(
    _ logits: ArraySlice<Float>, previous: ArraySlice<Float>?, candidates: Int, watched: [Int]
  ) {
    guard Operations.isFinite(logits) else {
      (entropy, kl, margin, logSumExp) = (nil, nil, nil, nil)
      (top, self.watched) = ([], [])
      return
    }
    let before = previous.flatMap { Operations.isFinite($0) ? $0 : nil }
    let statistics = Operations.softmaxStatistics(logits, previous: before)
    let best = Operations.topK(logits, count: max(2, candidates))
    entropy = Float(statistics.entropy)
    kl = statistics.divergenceFromPrevious.map { Float($0) }
    logSumExp = statistics.logSumExp
    margin = best.count > 1 ? best[0].logit - best[1].logit : nil
    top = Array(best.prefix(candidates))
    self.watched = watched.compactMap {
      Standing(of: $0, in: logits, logSumExp: statistics.logSumExp)
    }
  }
}
