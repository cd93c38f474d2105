import Foundation
import Tensors

/// A tensor that differs from those of other layers with its role.
public struct WeightOutlier: Sendable {
  public let tensor: String
  /// What differs: `rms`, `largest element`, `mean over rms`, `loudest row over rms`, `zero rows`.
  public let measure: String
  public let value: Double
  /// The median of the siblings.
  public let usual: Double
  /// How many siblings there are.
  public let siblings: Int
  /// How many of the siblings' own deviations it is off; what is most off comes first.
  public let score: Double
}

/// Finds tensors that differ from their siblings: those of other layers with the same name but for the
/// layer's number, and the same shape; where there are fewer than three, those of the model's other parts
/// too, whose layers may be of another size by design.
///
/// Medians and median deviations are those of the others, so that one that is far off does not hide itself.
/// What statistics cannot tell is not found: rows in another order, or a weight matrix with its signs turned.
public enum WeightOutliers {
  /// Deviations from the median that are worth a word: with a normal spread one tensor in ten thousand.
  static let leastScore = 4.0
  /// And by at least so much, as a ratio: closer layers of one model differ by more than their deviation,
  /// where that is tiny.
  static let leastRatio = 1.5
  /// Fewer siblings, or those of other parts, must be farther off: parts differ in how they begin.
  static let looseRatio = 3.0
  /// Siblings that tell by themselves.
  static let enough = 3
  /// A layer's numbers spread by at least this share, whatever few siblings say.
  private static let leastSpread = 0.1

  public static func find(_ all: [WeightStatistics]) -> [WeightOutlier] {
    let families = Dictionary(grouping: all) { "\(role(of: $0.name)) \($0.tensor.shape)" }
    return families.values.flatMap { family in
      family.flatMap { own in
        let others = family.filter { $0.name != own.name }
        let near = others.filter { part(of: $0.name) == part(of: own.name) }
        let isNear = near.count >= enough
        return outliers(own, among: isNear ? near : others, isNear: isNear)
      }
    }
    .sorted { ($0.score, $1.tensor) > ($1.score, $0.tensor) }
  }

  /// The name after the layer's number, further numbers left open: `mlp.proj.weight`.
  static func role(of name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    // Without a layer it is like no other.
    guard let layer = parts.firstIndex(where: { Int($0) != nil }) else { return name }
    return parts[(layer + 1)...].map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
  }

  /// The name up to the layer's number.
  private static func part(of name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false).prefix { Int($0) == nil }
      .joined(separator: ".")
  }

  private static func outliers(
    _ own: WeightStatistics, among others: [WeightStatistics], isNear: Bool
  ) -> [WeightOutlier] {
    guard !others.isEmpty else { return [] }
    var found: [WeightOutlier] = []
    // Several numbers of one tensor say one thing: the strangest of them is told.
    for (name, number) in sizes {
      guard let value = number(own), value > 0 else { continue }
      let usual = others.compactMap(number).filter { $0 > 0 }
      guard !usual.isEmpty else { continue }
      let logs = usual.map { log($0) }
      let middle = median(logs)
      let spread = max(leastSpread, 1.4826 * median(logs.map { abs($0 - middle) }))
      let off = abs(log(value) - middle)
      let least = isNear ? leastRatio : looseRatio
      guard off >= log(least), off / spread >= leastScore else { continue }
      found.append(
        WeightOutlier(
          tensor: own.name, measure: name, value: value, usual: exp(middle),
          siblings: usual.count, score: off / spread))
    }
    if let mean = signed(own) {
      let usual = others.compactMap(signed)
      let middle = usual.isEmpty ? mean : median(usual)
      let spread = max(0.05, 1.4826 * median(usual.map { abs($0 - middle) }))
      let off = abs(mean - middle)
      if off >= 0.5, off / spread >= leastScore {
        found.append(
          WeightOutlier(
            tensor: own.name, measure: "mean over rms", value: mean, usual: middle,
            siblings: usual.count, score: off / spread))
      }
    }
    let zeros = median(others.map { Double($0.zeroRows) })
    if Double(own.zeroRows) > zeros {
      found.append(
        WeightOutlier(
          tensor: own.name, measure: "zero rows", value: Double(own.zeroRows), usual: zeros,
          siblings: others.count, score: 1e6))
    }
    let strangest = found.filter { $0.measure != "zero rows" }.max { $0.score < $1.score }
    return found.filter { $0.measure == "zero rows" } + (strangest.map { [$0] } ?? [])
  }

  /// Numbers that are compared by ratio.
  private static let sizes: [(String, @Sendable (WeightStatistics) -> Double?)] = [
    ("rms", { $0.rms }),
    (
      "largest element over rms",
      { own in
        own.peak.flatMap { peak in own.rms.flatMap { $0 > 0 ? peak / $0 : nil } }
      }
    ),
    (
      "loudest row over rms",
      { own in
        own.loudestRow.flatMap { row in own.rms.flatMap { $0 > 0 ? row.rms / $0 : nil } }
      }
    ),
  ]

  private static func signed(_ own: WeightStatistics) -> Double? {
    own.mean.flatMap { mean in own.rms.flatMap { $0 > 0 ? mean / $0 : nil } }
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
