import Glibc

/// How many directions points fill, by their two nearest neighbours (Facco et al., Scientific Reports 7,
/// 12140, 2017): the ratio μ of both distances is distributed as its dimension says.
public enum IntrinsicDimension {
  /// The slope through the origin of −ln(1 − rank/n) over ln μ, μ in order.
  /// - Parameters:
  ///   - points: as long as the first.  // [points][width]
  ///   - trim: the share of the largest ratios that is left out.
  /// - Returns: nil of fewer than three points, and where two of them are the same.
  public static func twoNearest(_ points: [[Double]], trim: Double = 0.1) -> Double? {
    let count = points.count
    guard count >= 3 else { return nil }
    let ratios = points.indices.map { index in
      var (first, second) = (Double.infinity, Double.infinity)
      for other in points.indices where other != index {
        let distance = zip(points[index], points[other]).reduce(0.0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }.squareRoot()
        if distance < first {
          (first, second) = (distance, first)
        } else {
          second = min(second, distance)
        }
      }
      return second / first
    }
    guard ratios.allSatisfy(\.isFinite) else { return nil }
    var (product, square) = (0.0, 0.0)
    for (index, ratio) in ratios.sorted().prefix(Int(Double(count) * (1 - trim))).enumerated() {
      let x = log(ratio)
      // The little number keeps the last rank finite.
      product += x * -log(1 - Double(index + 1) / Double(count) + 1e-9)
      square += x * x
    }
    return square > 0 ? product / square : nil
  }
}
