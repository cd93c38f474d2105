import Glibc
import Tensors

/// Sizes of a path of states, one row an iteration: how long, how straight, how many directions it takes.
/// All in float64, of the raw states. What is undefined, such as an angle to a zero state, is nil.
public struct PathMeasures: Sendable, Hashable {
  /// ‖sᵢ − sᵢ₋₁‖.
  public let steps: [Double]  // [states − 1]
  /// ‖sᵢ‖.
  public let norms: [Double]  // [states]
  /// 1 − cos(sᵢ, sᵢ₋₁).
  public let turns: [Double?]  // [states − 1]
  /// Cosine of a step and the one before: 1 straight on, −1 back.
  public let stepCosines: [Double?]  // [states − 2]
  /// ‖Δᵢ − Δᵢ₋₁‖, Δ being the steps: 0 where the path neither turns nor changes its pace.
  public let secondDifferences: [Double]  // [states − 2]
  /// The same of ‖Δᵢ‖ + ‖Δᵢ₋₁‖: 0 even and straight, 1 straight back.
  public let relativeSecondDifferences: [Double?]  // [states − 2]
  /// Net change, ‖s_last − s_first‖.
  public let net: Double
  /// Final-directed change: the mean cosine of each step and the net change, 1 where every step goes where
  /// the path ends ("aligned change" of arXiv 2510.10494).
  public let finalDirected: Double?
  /// −Σ p ln p in nats, p the eigenvalues of the states' Gram matrix over their sum, not centred.
  public let matrixEntropy: Double?
  /// exp(−Σ q ln q), q the singular values of the states over their sum, not centred.
  public let effectiveRank: Double?
  /// The share of the largest eigenvalue of the centred Gram matrix: 1 for a path on a line.
  public let anisotropy: Double?
  public let chain: ChainOfEmbedding?

  /// - Parameter states: one token's, an iteration a row.  // [states, width]
  /// - Precondition: all are finite.
  public init(_ states: Matrix) {
    self.init((0..<states.rows).map { states.row($0).map(Double.init) })
  }

  /// The same of states that are in float64.
  /// - Precondition: all are finite, and as long as the first.
  public init(_ states: [[Double]]) {
    var walk = Walk(states)
    for row in states.indices { walk.add(row) }
    norms = walk.norms
    steps = walk.steps
    turns = walk.cosines.map { $0.map { 1 - $0 } }
    stepCosines = walk.stepCosines
    secondDifferences = walk.bends
    relativeSecondDifferences = walk.bends.enumerated().map { index, bend in
      let pace = walk.steps[index] + walk.steps[index + 1]
      return pace > 0 ? bend / pace : nil
    }
    net = walk.net
    finalDirected = Self.mean(walk.finalCosines)
    chain = ChainOfEmbedding(
      steps: walk.steps, cosines: walk.cosines, net: walk.net, netCosine: walk.netCosine)
    matrixEntropy = Self.entropy(GramMatrix(states, isCentred: false).eigenvalues ?? [])
    effectiveRank = Self.entropy(SingularValues.of(states) ?? []).map { exp($0) }
    let centred = GramMatrix(states, isCentred: true).eigenvalues ?? []
    let spread = centred.reduce(0, +)
    anisotropy = spread > 0 ? (centred.first ?? 0) / spread : nil
  }

  /// ‖sᵢ − sᵢ₋₁‖ / ‖sᵢ‖.
  public var relativeResiduals: [Double?] {  // [states − 1]
    zip(steps, norms.dropFirst()).map { $1 > 0 ? $0 / $1 : nil }
  }

  /// Cumulative change, Σ‖sᵢ − sᵢ₋₁‖.
  public var length: Double { steps.reduce(0, +) }

  /// Net over cumulative change: 1 straight, 0 back where it began.
  public var straightness: Double? { length > 0 ? net / length : nil }

  /// The mean cosine of a step and the one before.
  public var meanStepCosine: Double? { Self.mean(stepCosines) }

  /// The mean of what is there.
  static func mean(_ values: [Double?]) -> Double? {
    let there = values.compactMap { $0 }
    return there.isEmpty ? nil : there.reduce(0, +) / Double(there.count)
  }

  private static func entropy(_ weights: [Double]) -> Double? {
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return nil }
    return weights.reduce(0) { $1 > 0 ? $0 - $1 / sum * log($1 / sum) : $0 }
  }
}

/// Chain of embedding (arXiv 2410.13640): steps and turns as shares of what the whole path comes to.
public struct ChainOfEmbedding: Sendable, Hashable {
  /// ‖sᵢ − sᵢ₋₁‖ / ‖s_last − s_first‖.
  public let magnitudes: [Double]  // [states − 1]
  /// Angle between sᵢ and sᵢ₋₁ over that between the last and the first.
  public let angles: [Double]  // [states − 1]

  /// Mean magnitude less mean angle.
  public var real: Double { mean(magnitudes) - mean(angles) }

  /// |mean of M·e^{iA}|.
  public var complex: Double {
    let parts = zip(magnitudes, angles)
    return hypot(mean(parts.map { $0 * cos($1) }), mean(parts.map { $0 * sin($1) }))
  }

  /// nil where the path ends where it began, or a state is zero.
  init?(steps: [Double], cosines: [Double?], net: Double, netCosine: Double?) {
    guard net > 0, let netCosine, !steps.isEmpty else { return nil }
    let whole = acos(max(-1, min(1, netCosine)))
    let turns = cosines.compactMap { $0 }
    guard whole > 0, turns.count == steps.count else { return nil }
    magnitudes = steps.map { $0 / net }
    angles = turns.map { acos(max(-1, min(1, $0))) / whole }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}

/// Goes along a path once.
private struct Walk {
  private let states: [[Double]]  // [states][width]
  private let whole: [Double]  // [width]
  private var before: [Double] = []  // [width]
  private var stepBefore: [Double] = []  // [width]
  let net: Double
  let netCosine: Double?
  var norms: [Double] = []
  var steps: [Double] = []
  var cosines: [Double?] = []
  var stepCosines: [Double?] = []
  var finalCosines: [Double?] = []
  var bends: [Double] = []

  init(_ states: [[Double]]) {
    self.states = states
    let (first, last) = (states.first ?? [], states.last ?? [])
    whole = zip(last, first).map { $0 - $1 }
    net = Self.norm(whole)
    netCosine = Self.cosine(first, last)
  }

  private static func norm(_ x: [Double]) -> Double { dot(x, x).squareRoot() }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double {
    var sum = 0.0
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }

  private static func cosine(_ x: [Double], _ y: [Double]) -> Double? {
    let size = norm(x) * norm(y)
    return size > 0 ? max(-1, min(1, dot(x, y) / size)) : nil
  }

  mutating func add(_ row: Int) {
    let state = states[row]
    norms.append(Self.norm(state))
    defer { before = state }
    guard row > 0 else { return }
    let step = zip(state, before).map { $0 - $1 }
    steps.append(Self.norm(step))
    cosines.append(Self.cosine(before, state))
    finalCosines.append(Self.cosine(step, whole))
    defer { stepBefore = step }
    guard row > 1 else { return }
    stepCosines.append(Self.cosine(stepBefore, step))
    bends.append(Self.norm(zip(step, stepBefore).map { $0 - $1 }))
  }
}
