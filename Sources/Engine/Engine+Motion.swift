import LatentModels
import Tensors
import Trajectories

/// Kinds of motion of runs that were computed before.
extension Engine {
  /// Tokens whose paths are judged at once: what takes a fraction of a second, and room for their states.
  public static func tokensAtOnce(_ window: ClosedRange<Int>, width: Int) -> Int {
    let states = Motion.lookedAt(window).count
    return max(1, min((1 << 28) / max(1, states * states * width), (1 << 24) / (states * width)))
  }

  /// What kind of motion tokens of a node are in. States that were let go are made again, in order.
  /// - Parameters:
  ///   - rows: the tokens, by row of the node.
  ///   - window: iterations; of a longer one than is looked at the last.
  /// - Throws: as `state`.
  /// - Precondition: the node has the rows.
  public func motion(
    of lineage: Lineage, rows: Range<Int>, window: ClosedRange<Int>,
    control: StepControl = .uninterrupted
  ) throws -> [Motion] {
    let window = Motion.lookedAt(window)
    let width = model.facts.stateWidth
    var paths = rows.map { _ in [Float]() }  // tokens of [states · width]
    for index in paths.indices { paths[index].reserveCapacity(window.count * width) }
    for iteration in window {
      try control.check()
      let state = try state(lineage, iteration, control: control)
      for (index, row) in rows.enumerated() { paths[index] += state.row(row) }
    }
    return try paths.map { path in
      try control.check()
      return Motion(
        Matrix(rows: window.count, columns: width, values: path), first: window.lowerBound)
    }
  }
}

/// How small changes are stretched along a run, worked out piece by piece, so that whoever waits for it can
/// stop between.
public struct StretchWork: Sendable {
  /// Directions that begin at random.
  public static let directions = 3
  public let lineage: Lineage
  /// The iterations gone through; the local numbers are those of the last.
  public let window: ClosedRange<Int>
  public private(set) var found: LocalStretch
  private var growths: [GrowthExponent] = []
  private var next: Piece? = .spectrum

  private enum Piece: Sendable {
    case spectrum
    case singularValue
    case growth(Int)
  }

  public init(_ lineage: Lineage, window: ClosedRange<Int>) {
    self.lineage = lineage
    self.window = Motion.lookedAt(window)
    found = LocalStretch(iteration: window.upperBound)
  }

  public var isDone: Bool { next == nil }

  /// Pieces that are done, and how many there are.
  public var progress: (done: Int, total: Int) {
    let total = 2 + max(1, window.count - 1)
    switch next {
    case .spectrum: return (0, total)
    case .singularValue: return (1, total)
    case .growth(let iteration): return (2 + iteration - window.lowerBound, total)
    case nil: return (total, total)
    }
  }

  /// Does the next piece. When it throws, it is still to be done.
  /// - Throws: `NoLinearization`, and as `Engine.state`.
  public mutating func advance(_ engine: Engine, control: StepControl = .uninterrupted) throws {
    switch next {
    case .spectrum:
      let spectrum = try engine.spectrum(lineage, after: window.upperBound, control: control)
      found.radii = spectrum.eigenvalues.indices.map { spectrum.radius(of: $0) }
      next = .singularValue
    case .singularValue:
      found.singularValue = try engine.largestSingularValue(
        lineage, after: window.upperBound, control: control)
      next = .growth(window.lowerBound)
    case .growth(let iteration):
      try grow(at: iteration, engine, control)
      next = iteration + 1 < window.upperBound ? .growth(iteration + 1) : nil
      if isDone { sumUp() }
    case nil: break
    }
  }

  private mutating func grow(at iteration: Int, _ engine: Engine, _ control: StepControl) throws {
    let map = try engine.linearization(lineage, after: iteration, control: control)
    if growths.isEmpty {
      growths = (1...Self.directions).map { seed in
        var generator = TorchGenerator(seed: UInt64(seed))
        return GrowthExponent(
          direction: Matrix(
            rows: map.rows, columns: map.width,
            values: generator.normal(map.rows * map.width, deviation: 1)))
      }
    }
    var grown = growths
    for index in grown.indices {
      try control.check()
      grown[index].advance { map.pushForward($0) }
    }
    growths = grown
  }

  /// A random direction needs a while to turn to the one that grows most: the first quarter does not count.
  private mutating func sumUp() {
    let counted = growths.map { growth in
      Array(growth.logGrowth.dropFirst(growth.logGrowth.count / 4))
    }
    found.exponents = counted.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
    found.window = window.lowerBound + (growths.first?.logGrowth.count ?? 0) / 4...window.upperBound
    let all = counted.flatMap { $0 }.filter(\.isFinite)
    guard all.count > 1 else { return }
    let mean = all.reduce(0, +) / Double(all.count)
    found.growthDeviation =
      (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      / Double(all.count - 1)).squareRoot()
  }
}
