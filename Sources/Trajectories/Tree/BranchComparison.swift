/// Two branches on one clock: the same position after the same number of iterations, side by side.
/// A view, made when it is looked at.
///
/// Texts may be differently long, and their runs too: what only one has is compared with nothing.
public struct BranchComparison: Sendable {
  /// What there is to say of one position after one iteration.
  public enum Cell: Sendable, Hashable {
    /// Both would say the same next.
    case same(Int)
    /// They would say these tokens; nil where nothing can be read out. Two that say nothing do not
    /// say the same.
    case differs(a: Int?, b: Int?)
    case onlyA(Int?)
    case onlyB(Int?)
    case neither
  }

  public let a: Branch
  public let b: Branch
  /// What only the models' own numbers tell; nil until it was computed.
  public var distances: BranchDistances?

  public init(_ a: Branch, _ b: Branch, distances: BranchDistances? = nil) {
    self.a = a
    self.b = b
    self.distances = distances
  }

  /// nil where one of them is not there.
  public init?(_ runs: Runs, _ a: NodeID, _ b: NodeID, distances: BranchDistances? = nil) {
    guard let a = runs.branch(to: a), let b = runs.branch(to: b) else { return nil }
    self.init(a, b, distances: distances)
  }

  /// Positions of the longer text.
  public var rows: Int { max(a.tokenCount, b.tokenCount) }
  /// Positions that both texts have.
  public var commonRows: Int { min(a.tokenCount, b.tokenCount) }

  /// The tokens at a position.
  public func tokens(_ row: Int) -> (a: Token?, b: Token?) {
    (row < a.tokenCount ? a.token(row) : nil, row < b.tokenCount ? b.token(row) : nil)
  }

  /// Positions at which the texts themselves differ.
  public var changedTokens: [Int] {
    (0..<commonRows).filter { a.token($0).id != b.token($0).id }
  }

  public func cell(_ place: Address) -> Cell {
    switch (a.reading(place), b.reading(place)) {
    case (let a?, let b?): Self.cell(a.argmax, b.argmax)
    case (let a?, nil): .onlyA(a.argmax)
    case (nil, let b?): .onlyB(b.argmax)
    case (nil, nil): .neither
    }
  }

  private static func cell(_ a: Int?, _ b: Int?) -> Cell {
    if let a, a == b { .same(a) } else { .differs(a: a, b: b) }
  }

  /// How many iterations of a position both have.
  public func commonIterations(of row: Int) -> Int {
    row < commonRows ? min(a.lastIteration(of: row), b.lastIteration(of: row)) : 0
  }

  /// The longest of these.
  public var commonIterations: Int { (0..<commonRows).map(commonIterations).max() ?? 0 }

  /// How far each passage of A and of B was run.  // [2][passages]
  public var lastIterations: [[Int]] {
    [a, b].map { $0.passages.map(\.trajectory.lastIteration) }
  }

  /// The first iteration that both have and that distances are missing of; nil where there is none.
  public var firstUnknown: Int? {
    let common = (0..<commonRows).map(commonIterations)
    return (0...(common.max() ?? 0)).first { iteration in
      common.indices.contains {
        iteration <= common[$0]
          && distances?.distance(Address(token: $0, iteration: iteration)) == nil
      }
    }
  }

  /// ‖ln_f(A) − ln_f(B)‖ of all positions that both have, each at the last iteration of both; nil
  /// until all of them are known.
  public var lastDistance: Float? {
    guard let distances else { return nil }
    var squares = 0.0
    for row in 0..<commonRows {
      let place = Address(token: row, iteration: commonIterations(of: row))
      guard let distance = distances.distance(place) else { return nil }
      squares += Double(distance) * Double(distance)
    }
    return Float(squares.squareRoot())
  }

  /// The first place where they would say different things: the earliest iteration from 1 on, and
  /// there the first position; nil where they never do.
  public var parts: Address? {
    var first: Address?
    for row in 0..<commonRows {
      let most = min(commonIterations(of: row), (first?.iteration ?? .max) - 1)
      guard most >= 1 else { continue }
      for iteration in 1...most where differs(row, iteration) {
        first = Address(token: row, iteration: iteration)
        break
      }
    }
    return first
  }

  /// From which iteration on all positions of both say the same, as far as both went; nil where they
  /// do not in the end, or have no iteration in common.
  public var sameFrom: Int? {
    var from = 1
    for row in 0..<commonRows {
      let last = commonIterations(of: row)
      if last >= 1, differs(row, last) { return nil }
      var iteration = last
      while iteration > from, !differs(row, iteration - 1) { iteration -= 1 }
      from = max(from, iteration)
    }
    return commonIterations >= 1 ? from : nil
  }

  private func differs(_ row: Int, _ iteration: Int) -> Bool {
    if case .differs = cell(Address(token: row, iteration: iteration)) { true } else { false }
  }
}
