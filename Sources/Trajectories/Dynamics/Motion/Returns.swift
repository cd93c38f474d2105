import Glibc
import Tensors

/// Whether a path comes back to where it was, and after how many iterations.
public struct Returns: Sendable, Hashable {
  /// A state that is no farther than this share of the distance of two unrelated states of the path has
  /// come back: noise of a sixth of the orbit's size, or a rotation that misses by a thirtieth of a turn.
  public static let nearShare = 0.25
  /// The longest lag that is looked at.
  public static let longestLag = 128

  /// Root mean square of ‖sᵢ − sᵢ₋ₚ‖ over that of two unrelated states of the path, √2 times its radius, for
  /// lag p = 1, 2, … up to half the steps: 0 comes back exactly, 1 has nothing to do with it.
  public let distances: [Double]  // [lags]
  /// Root mean square distance of the states from their mean: the size of an orbit.
  public let radius: Double
  /// The shortest lag after which the path, having gone away, is near again; nil where there is none.
  public let lag: Int?
  /// Iterations for a turn, whole or not: of the cosine that the path's autocorrelation follows; nil where it
  /// follows none, or two turns do not fit in the window.
  public let turn: Double?
  /// The first row from which every state is near that one lag before.
  public let firstRow: Int?

  /// - Parameter states: one token's, an iteration a row.  // [states, width]
  /// - Precondition: all are finite.
  public init(_ states: Matrix) {
    let count = states.rows
    let gram = GramMatrix(states, isCentred: true)
    let square = (0..<count).reduce(0) { $0 + gram[$1, $1] } / Double(max(1, count))
    radius = square.squareRoot()
    let most = min(Self.longestLag, max(0, count - 1) / 2)
    guard square > 0, most > 0 else {
      (distances, lag, turn, firstRow) = ([], nil, nil, nil)
      return
    }
    let scale = 2 * square
    let distances = (1...most).map { lag in
      let sum = (lag..<count).reduce(0) { $0 + gram.squaredDistance($1, $1 - lag) }
      return (sum / Double(count - lag) / scale).squareRoot()
    }
    let lag = Self.lag(distances)
    self.distances = distances
    self.lag = lag
    turn = Self.turn(distances, steps: count - 1)
    firstRow = lag.map { lag in
      let far = (lag..<count).last {
        gram.squaredDistance($0, $0 - lag) > Self.nearShare * Self.nearShare * scale
      }
      return far.map { $0 + 1 } ?? 0
    }
  }

  /// Near, after having been away at least half as far as unrelated states are.
  private static func lag(_ distances: [Double]) -> Int? {
    var farthest = 0.0
    for (index, distance) in distances.enumerated() {
      let isLowest = index + 1 == distances.count || distances[index + 1] >= distance
      if distance <= nearShare, farthest >= 0.5, farthest >= 3 * distance, isLowest {
        return index + 1
      }
      farthest = max(farthest, distance)
    }
    return nil
  }

  /// The autocorrelation at a lag is 1 − distance²: for a rotation the cosine of the angle it goes on by.
  private static func turn(_ distances: [Double], steps: Int) -> Double? {
    guard distances.count >= 4 else { return nil }
    let correlations = distances.map { 1 - $0 * $0 }
    let all = correlations.reduce(0) { $0 + $1 * $1 }
    guard all > 0 else { return nil }
    func misfit(_ angle: Double) -> (share: Double, height: Double) {
      var (above, below) = (0.0, 0.0)
      for (index, value) in correlations.enumerated() {
        let wave = cos(angle * Double(index + 1))
        above += value * wave
        below += wave * wave
      }
      let height = below > 0 ? above / below : 0
      return ((all - height * above) / all, height)
    }
    // Two turns have to be seen.
    let least = 2 * Double.pi / Double(distances.count)
    let count = max(64, 16 * distances.count)
    let pitch = (Double.pi - least) / Double(count)
    guard
      var best = (0...count).map({ least + pitch * Double($0) })
        .min(by: { misfit($0).share < misfit($1).share })
    else { return nil }
    var width = pitch
    for _ in 0..<40 {
      for next in [best - width, best + width] where next >= least && next <= .pi {
        if misfit(next).share < misfit(best).share { best = next }
      }
      width /= 2
    }
    let found = misfit(best)
    // A wave explains nine tenths, and states are as alike after a turn as they were apart after half.
    guard found.share <= 0.1, found.height >= 0.6 else { return nil }
    return 2 * Double.pi / best
  }
}
