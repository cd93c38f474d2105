/// How far copies have moved off the run without noise and from each other, at every iteration, without
/// their states being kept: sums of what each is beside that run, in float64.
public struct RunningSpread: Sendable {
  /// At one iteration.
  public struct Moment: Sendable, Equatable {
    /// ‖mean − d‖, d being the run without noise.
    public let drift: Double
    /// Root mean square of ‖x − mean‖.
    public let dispersion: Double
    /// ‖d‖.
    public let size: Double
    /// Finite copies.
    public let count: Int

    public init(drift: Double, dispersion: Double, size: Double, count: Int) {
      self.drift = drift
      self.dispersion = dispersion
      self.size = size
      self.count = count
    }

    /// drift / (drift + dispersion); nil where nothing moved.
    public var driftRatio: Double? {
      drift + dispersion > 0 ? drift / (drift + dispersion) : nil
    }

    /// What that is in the mean of isotropic noise around the run: 1/(1 + √N).
    public var driftRatioOfNoise: Double { 1 / (1 + Double(count).squareRoot()) }

    /// The dispersion as a share of the size; nil of a run that is zero there.
    public var relativeDispersion: Double? { size > 0 ? dispersion / size : nil }
  }

  private let plain: [[Float]]  // [iterations + 1][width]
  private var sums: [[Double]]  // [iterations + 1][width]
  private var squares: [Double]  // [iterations + 1]
  private var counts: [Int]  // [iterations + 1]

  /// - Parameter plain: the states of the run without noise, from s₀ on.  // [iterations + 1][width]
  public init(plain: [[Float]]) {
    self.plain = plain
    sums = plain.map { Array(repeating: 0, count: $0.count) }
    squares = plain.map { _ in 0 }
    counts = plain.map { _ in 0 }
  }

  /// Takes in a copy; states that are not finite are left out.
  /// - Precondition: as many states as the run without noise has, as wide.
  public mutating func add(_ path: [[Float]]) {
    precondition(path.map(\.count) == plain.map(\.count), "a path of the same shape")
    for iteration in plain.indices {
      var square = 0.0
      let offsets = zip(path[iteration], plain[iteration]).map { x, d in
        let offset = Double(x) - Double(d)
        square += offset * offset
        return offset
      }
      guard square.isFinite else { continue }
      for (column, offset) in offsets.enumerated() { sums[iteration][column] += offset }
      squares[iteration] += square
      counts[iteration] += 1
    }
  }

  /// nil of fewer than two finite copies.
  public func moment(_ iteration: Int) -> Moment? {
    let n = Double(counts[iteration])
    guard n >= 2 else { return nil }
    let drift = sums[iteration].reduce(0.0) { $0 + ($1 / n) * ($1 / n) }
    let size = plain[iteration].reduce(0.0) { $0 + Double($1) * Double($1) }
    return Moment(
      drift: drift.squareRoot(),
      dispersion: max(0, squares[iteration] / n - drift).squareRoot(),
      size: size.squareRoot(), count: counts[iteration])
  }
}
