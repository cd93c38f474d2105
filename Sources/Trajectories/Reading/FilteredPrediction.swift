import Glibc

/// A prediction with its unlikely tokens levelled: entries below a tenth of the largest are
/// replaced by 1/V and the whole is normalised again. What the `minp-kl` exit rule compares
/// (seal-rg/recurrent-pretraining).
///
/// Kept as the few entries that stand out; the others share one value.
struct FilteredPrediction {
  /// ln of the probability of the entries kept, by id in ascending order.
  private let kept: [(id: Int, value: Double)]
  /// ln of the probability every other entry has.
  private let level: Double
  let vocabulary: Int

  /// Entries below this share of the largest are levelled.
  static let share = 0.1

  init(_ logits: ArraySlice<Float>, logSumExp: Double) {
    vocabulary = logits.count
    let best = logits.max() ?? 0
    let floor = best + Float(log(Self.share))
    var standing: [(id: Int, value: Double)] = []
    for (id, logit) in logits.enumerated() where logit >= floor {
      standing.append((id, Double(logit) - logSumExp))
    }
    let levelled = Double(vocabulary - standing.count) / Double(vocabulary)
    let total = log(standing.reduce(levelled) { $0 + exp($1.value) })
    kept = standing.map { ($0.id, $0.value - total) }
    level = -log(Double(vocabulary)) - total
  }

  /// What the first prediction is compared with: every entry 1/V.
  init(uniform vocabulary: Int) {
    self.vocabulary = vocabulary
    kept = []
    level = -log(Double(vocabulary))
  }

  /// KL(self ‖ other), nats.
  func divergence(to other: FilteredPrediction) -> Double {
    var sum = 0.0
    var counted = 0
    var (mine, theirs) = (0, 0)
    while mine < kept.count || theirs < other.kept.count {
      let left = mine < kept.count ? kept[mine].id : Int.max
      let right = theirs < other.kept.count ? other.kept[theirs].id : Int.max
      let id = min(left, right)
      let p = left == id ? kept[mine].value : level
      let q = right == id ? other.kept[theirs].value : other.level
      sum += exp(p) * (p - q)
      counted += 1
      if left == id { mine += 1 }
      if right == id { theirs += 1 }
    }
    return max(0, sum + Double(vocabulary - counted) * exp(level) * (level - other.level))
  }
}
