import Tensors

/// What kind of motion one token's states are in over a window of iterations, and the evidence.
public struct Motion: Sendable, Hashable {
  /// The classes of the Huginn paper (arXiv 2502.05171, §7), and what is none of them.
  public enum Kind: Sendable, Hashable {
    /// Steps fade, so that the states come to rest.
    case fixedPoint
    /// States come back after a whole number of iterations.
    case cycle(Int)
    /// States turn about a centre; iterations for a turn, which need not be whole.
    case orbit(Double)
    /// States keep going one way, and steps do not fade fast enough to end.
    case slide
    /// Steps grow, or a state is not finite.
    case diverging
    /// The evidence does not agree, or is too little.
    case unclear
  }

  /// Fewest steps a verdict is given of: a line through fewer has no interval to speak of, and no lag but
  /// one is seen twice.
  public static let fewestSteps = 6
  /// Most states that are looked at: of a longer window the last, as the work grows with their square.
  public static let mostStates = 256

  public let kind: Kind
  /// Why, one sentence each without its point: what speaks for it, or what of the evidence disagrees.
  public let reasons: [String]
  /// The first iteration from which it is so, of those looked at.
  public let since: Int
  /// The states that were looked at, by iteration.
  public let window: ClosedRange<Int>
  /// Everything measured of the path; nil where a state in it is not finite.
  public let path: PathMeasures?
  /// nil where fewer than three steps lie above the floor.
  public let fit: StepFit?
  public let returns: Returns?
  /// The size at and below which a step is float32's rounding.
  public let floor: Double
  /// The first iteration from which all steps lie there; nil where the last does not.
  public let restsSince: Int?

  /// Judges a path.
  /// - Parameters:
  ///   - states: one token's, an iteration a row.  // [states, width]
  ///   - first: the iteration of the first one.
  /// - Precondition: there is one, at most `mostStates`.
  public init(_ states: Matrix, first: Int) {
    precondition((1...Self.mostStates).contains(states.rows), "\(states.rows) states")
    window = first...first + states.rows - 1
    if let row = (0..<states.rows).first(where: { !Operations.isFinite(states.row($0)) }) {
      (path, fit, returns, floor, restsSince) = (nil, nil, nil, 0, nil)
      (kind, since) = (.diverging, first + row)
      reasons = ["the state after r \(first + row) is not finite"]
      return
    }
    let path = PathMeasures(states)
    let floor = StepFit.floorShare * (path.norms.last ?? 0)
    let fit = StepFit(path.steps, first: first + 1, floor: floor)
    let returns = Returns(states)
    let resting = path.steps.reversed().prefix { $0 <= floor }.count
    let restsSince = resting > 0 ? first + 1 + path.steps.count - resting : nil
    let judge = MotionJudge(
      path: path, fit: fit, returns: returns, floor: floor, resting: resting, first: first)
    (kind, since, reasons) = judge.verdict
    (self.path, self.fit, self.returns) = (path, fit, returns)
    (self.floor, self.restsSince) = (floor, restsSince)
  }

  /// The states of a window that are looked at: all of it, or the last `mostStates`.
  public static func lookedAt(_ window: ClosedRange<Int>) -> ClosedRange<Int> {
    max(window.lowerBound, window.upperBound - mostStates + 1)...window.upperBound
  }

  /// The window that is looked at unless told otherwise: the second half of a run.
  public static func usualWindow(upTo last: Int) -> ClosedRange<Int> {
    lookedAt(last / 2...max(0, last))
  }
}
