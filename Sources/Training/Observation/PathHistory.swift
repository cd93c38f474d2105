import Tensors

/// How the way of one prompt through its states has changed over training, seen in a plane that
/// stays as it was fitted.
///
/// The plane is that of the two largest principal components of the newest way and of those kept from
/// before. It is fitted anew when asked, and by itself when the steps have doubled since: a plane
/// fitted to drawn weights soon shows nothing.
public struct PathHistory: Sendable {
  /// One look at the prompt.
  private struct Look: Sendable {
    var step: Int
    var observation: PromptObservation
  }

  /// A way through the plane.
  public struct Path: Sendable, Equatable {
    /// Training steps done then.
    public var step: Int
    /// Coordinates of s₀ and of the state after every iteration.
    public var points: [[Float]]  // [iterations + 1][2]
    public var readings: [PromptObservation.Reading]  // [iterations + 1]
  }

  /// Ways kept besides the newest.
  public static let keptCount = 4
  private var kept: [Look] = []
  private var newest: Look?
  private var components: PrincipalComponents?
  /// Steps done when the plane was fitted.
  public private(set) var fittedAt: Int?

  public init() {}

  /// Share of the variance of the ways shown, kept and newest, that lies in the plane; 0 where they
  /// do not differ. Not of those it was fitted on: others have come since.
  public var explainedShare: Double {
    guard let components else { return 0 }
    let states = shown
    let whole = Self.scatter(states)
    return whole > 0 ? min(1, Self.scatter(components.project(states)) / whole) : 0
  }

  /// The states of all ways.
  private var shown: Matrix {  // [states, width]
    let states = (kept + [newest].compactMap { $0 }).flatMap(\.observation.states)
    return Matrix(
      rows: states.count, columns: states.first?.count ?? 0, values: states.flatMap { $0 })
  }

  /// The sum of squared distances of rows to their mean.
  private static func scatter(_ rows: Matrix) -> Double {
    (0..<rows.columns).reduce(0.0) { sum, column in
      let values = (0..<rows.rows).map { Double(rows[$0, column]) }
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
  }

  /// Takes a new look; fits the plane when it is time.
  /// - Throws: `PrincipalComponentsError` when states are not finite; nothing was taken then.
  public mutating func add(
    _ observation: PromptObservation, step: Int
  ) throws(PrincipalComponentsError) {
    if let lost = observation.states.firstIndex(where: { !Operations.isFinite($0) }) {
      throw .notFinite(
        row: lost, column: observation.states[lost].firstIndex { !$0.isFinite } ?? 0)
    }
    if let newest { keep(newest) }
    newest = Look(step: step, observation: observation)
    if fittedAt.map({ step >= 2 * max(1, $0) }) ?? true { try fit() }
  }

  /// Fits the plane to the ways at hand.
  public mutating func fit() throws(PrincipalComponentsError) {
    guard let newest else { return }
    // Of the ways shown.
    components = try PrincipalComponents(of: shown, count: 2)
    fittedAt = newest.step
  }

  /// Keeps a way when training has gone twice as far as at the last that was kept.
  private mutating func keep(_ look: Look) {
    if let last = kept.last, look.step < 2 * max(1, last.step) { return }
    kept.append(look)
    if kept.count > Self.keptCount { kept.removeFirst() }
  }

  /// All ways in the plane, oldest first, the newest last.
  public var paths: [Path] {
    guard let components, let newest else { return [] }
    return (kept + [newest]).map { look in
      let states = look.observation.states
      let rows = Matrix(
        rows: states.count, columns: states.first?.count ?? 0, values: states.flatMap { $0 })
      let plane = components.project(rows)
      return Path(
        step: look.step, points: (0..<plane.rows).map { Array(plane.row($0)) },
        readings: look.observation.readings)
    }
  }
}
