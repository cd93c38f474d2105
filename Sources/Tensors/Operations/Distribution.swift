import CKernels
import Glibc

/// What the softmax of a row of logits looks like, in nats. All of it is NaN where there is no such
/// distribution: a logit is NaN or +∞, or all are −∞.
public struct SoftmaxStatistics: Sendable, Equatable {
  /// −Σ p ln p.
  public let entropy: Double
  /// ln Σ exp(logit): subtract it from a logit to get a log-probability.
  public let logSumExp: Double
  /// KL(previous‖current) = Σ p' (ln p' − ln p), when a previous row was given; NaN too where that
  /// has no distribution.
  public let divergenceFromPrevious: Double?
}

/// One entry of a ranking.
public struct RankedLogit: Sendable, Hashable {
  /// Its place in the row: the token.
  public let id: Int
  /// Its logit.
  public let logit: Float

  /// An entry.
  public init(id: Int, logit: Float) {
    self.id = id
    self.logit = logit
  }
}

extension Operations {
  /// Whether no entry is NaN or infinite.
  public static func isFinite(_ values: ArraySlice<Float>) -> Bool {
    // The largest pattern of bits: a loop without a way out is done many entries at a time.
    values.withUnsafeBufferPointer { values in
      var largest: UInt32 = 0
      for value in values { largest = max(largest, value.magnitude.bitPattern) }
      return largest < Float.infinity.bitPattern
    }
  }

  /// As above, for a whole array.
  public static func isFinite(_ values: [Float]) -> Bool { isFinite(values[...]) }

  /// Whether a softmax of these logits exists: −∞ has no chance, unless nothing else is there.
  private static func hasDistribution(_ logits: ArraySlice<Float>) -> Bool {
    isFinite(logits)
      || logits.allSatisfy { $0 < .infinity } && logits.contains { $0 > -.infinity }
  }

  /// Entropy and log-sum-exp of the softmax of `logits`; with `previous` (logits, not
  /// probabilities) also KL(previous‖current). Sums are taken in float64.
  /// - Precondition: neither is empty, and both have one length.
  public static func softmaxStatistics(
    _ logits: ArraySlice<Float>, previous: ArraySlice<Float>? = nil
  ) -> SoftmaxStatistics {
    precondition(!logits.isEmpty, "no logits")
    let kernels = muninn_kernels().pointee
    // The kernels' clamps and maxima would make numbers of what is none.
    let exists = hasDistribution(logits)
    return logits.withUnsafeBufferPointer { current in
      let now = moments(current, kernels)
      var divergence: Double?
      if let previous {
        precondition(previous.count == logits.count, "\(previous.count) and \(logits.count) logits")
        divergence = previous.withUnsafeBufferPointer { before in
          let then = moments(before, kernels)
          let cross = kernels.cross(
            before.baseAddress, then.maximum, current.baseAddress, Int64(current.count))
          return max(0, cross / then.sum - then.logSumExp + now.logSumExp)
        }
        if !exists || !hasDistribution(previous) { divergence = .nan }
      }
      guard exists else {
        return SoftmaxStatistics(
          entropy: .nan, logSumExp: .nan, divergenceFromPrevious: divergence)
      }
      return SoftmaxStatistics(
        entropy: max(0, log(now.sum) - now.weighted / now.sum), logSumExp: now.logSumExp,
        divergenceFromPrevious: divergence)
    }
  }

  /// As above, for a whole array of logits.
  public static func softmaxStatistics(
    _ logits: [Float], previous: [Float]? = nil
  ) -> SoftmaxStatistics {
    softmaxStatistics(logits[...], previous: previous?[...])
  }

  private static func moments(
    _ x: UnsafeBufferPointer<Float>, _ kernels: muninn_kernel_table
  ) -> (maximum: Float, sum: Double, weighted: Double, logSumExp: Double) {
    let maximum = kernels.maximum(x.baseAddress, Int64(x.count))
    var sum = 0.0
    var weighted = 0.0
    kernels.moments(x.baseAddress, maximum, Int64(x.count), &sum, &weighted)
    return (maximum, sum, weighted, Double(maximum) + log(sum))
  }

  /// The `count` largest entries, largest first; of equal ones the lower id comes first. NaN counts
  /// as −∞.
  public static func topK(_ logits: ArraySlice<Float>, count: Int) -> [RankedLogit] {
    precondition(count >= 0, "no negative number of entries")
    let wanted = min(count, logits.count)
    guard wanted > 0 else { return [] }
    var best: [RankedLogit] = []
    best.reserveCapacity(wanted + 1)
    logits.withUnsafeBufferPointer { logits in
      for id in 0..<logits.count {
        let logit = logits[id].isNaN ? -Float.infinity : logits[id]
        if best.count == wanted && logit <= best[wanted - 1].logit { continue }
        var place = best.count
        while place > 0 && best[place - 1].logit < logit { place -= 1 }
        best.insert(RankedLogit(id: id, logit: logit), at: place)
        if best.count > wanted { best.removeLast() }
      }
    }
    return best
  }

  /// As above, for a whole array of logits.
  public static func topK(_ logits: [Float], count: Int) -> [RankedLogit] {
    topK(logits[...], count: count)
  }
}
