import Glibc
import Tensors

/// How a token is chosen from logits. The order of the filters and their edges are those of
/// Huginn's published code (seal-rg/recurrent-pretraining, `_sample_next_token`).
public struct Sampling: Sendable, Equatable {
  /// nil takes the likeliest token.
  public var temperature: Float?
  /// Keeps the k likeliest tokens and those as likely as the last of them.
  public var topK: Int?
  /// Keeps the likeliest tokens while their sum, themselves included, is at most this; the likeliest
  /// always. The token that crosses the line goes, which other programs keep.
  public var topP: Float?
  /// Drops tokens below this share of the likeliest one's probability.
  public var minP: Float?
  /// Divides positive logits of tokens that occurred, and multiplies negative ones (CTRL,
  /// arXiv 1909.05858).
  public var repetitionPenalty: Float = 1
  public var seed: UInt64 = 0

  public init() {}

  /// Logits after the repetition penalty.
  public func penalized(_ logits: [Float], after ids: [Int]) -> [Float] {
    guard repetitionPenalty != 1 else { return logits }
    var logits = logits
    for id in Set(ids) where logits.indices.contains(id) {
      logits[id] = logits[id] < 0 ? logits[id] * repetitionPenalty : logits[id] / repetitionPenalty
    }
    return logits
  }

  /// The distribution a token is drawn from.  // [vocabulary]
  public func probabilities(_ logits: [Float]) -> [Double] {
    let temperature = Double(self.temperature ?? 1)
    let largest = Double(logits.max() ?? 0)
    var p = logits.map { exp((Double($0) - largest) / temperature) }
    let total = p.reduce(0, +)
    for id in p.indices { p[id] /= total }
    if let topK, topK > 0, topK < p.count {
      let floor = p.sorted(by: >)[topK - 1]
      for id in p.indices where p[id] < floor { p[id] = 0 }
    }
    if let topP { Self.keepTop(topP, &p) }
    if let minP {
      let floor = Double(minP) * (p.max() ?? 0)
      for id in p.indices where p[id] < floor { p[id] = 0 }
    }
    let left = p.reduce(0, +)
    return p.map { $0 / left }
  }

  private static func keepTop(_ share: Float, _ p: inout [Double]) {
    let order = p.indices.sorted { p[$0] > p[$1] || p[$0] == p[$1] && $0 < $1 }
    var sum = 0.0
    for (rank, id) in order.enumerated() {
      sum += p[id]
      if rank > 0, sum > Double(share) { p[id] = 0 }
    }
  }
}

/// Draws tokens, one after another, from a seed.
package struct Sampler {
  private let sampling: Sampling
  private var generator: TorchGenerator

  /// - Parameter drawn: how many tokens were drawn before, so that one in the middle of a text is
  ///   drawn as if all had been in turn.
  package init(_ sampling: Sampling, drawn: Int = 0) {
    self.sampling = sampling
    generator = TorchGenerator(seed: sampling.seed)
    for _ in 0..<drawn { _ = generator.unitDouble() }
  }

  /// - Throws: `PenaltyTooStrong`.
  /// - Precondition: the logits are finite.
  package mutating func choose(_ logits: [Float], after ids: [Int]) throws(PenaltyTooStrong) -> Int
  {
    let penalized = sampling.penalized(logits, after: ids)
    guard Operations.isFinite(penalized) else {
      throw PenaltyTooStrong(penalty: sampling.repetitionPenalty)
    }
    guard sampling.temperature != nil else {
      return Operations.topK(penalized, count: 1).first?.id ?? 0
    }
    let p = sampling.probabilities(penalized)
    let drawn = generator.unitDouble()
    var sum = 0.0
    for (id, share) in p.enumerated() {
      sum += share
      if drawn < sum { return id }
    }
    // Rounding may leave the sum short of one.
    return p.lastIndex { $0 > 0 } ?? 0
  }
}

/// A repetition penalty that makes a logit infinite, so that there is nothing to draw from.
public struct PenaltyTooStrong: Error, CustomStringConvertible {
  public let penalty: Float
  public var description: String {
    "A repetition penalty of \(penalty) makes logits infinite. Give one nearer to 1."
  }
}
