import Tensors

/// How far apart the states of each token lie in the whole space, kept as states come. What a plane
/// shows of a path is the spread of its points there over this.
public struct PathSpread: Sendable {
  /// Sums of squared distances of states to their mean.
  public struct Sums: Sendable, Hashable {
    public let tokens: [Double]
    /// All tokens' states to the mean of all.
    public let all: Double

    public init(tokens: [Double], all: Double) {
      self.tokens = tokens
      self.all = all
    }
  }

  /// The states of one token.
  private struct Cloud {
    var count = 0
    var mean: [Double] = []  // [width]
    var squares = 0.0

    /// Adds a state (Welford's way, which loses no digits to a far mean).
    mutating func add(_ row: ArraySlice<Float>) {
      count += 1
      if mean.isEmpty { mean = [Double](repeating: 0, count: row.count) }
      for (index, value) in row.enumerated() {
        let before = Double(value) - mean[index]
        mean[index] += before / Double(count)
        squares += before * (Double(value) - mean[index])
      }
    }
  }

  private var clouds: [Cloud] = []  // [tokens]

  public init() {}

  /// Takes in states, the first of which is of token `first`; those that are not finite have no
  /// place and do not count.
  public mutating func add(_ states: Matrix, firstToken first: Int) {
    while clouds.count < first + states.rows { clouds.append(Cloud()) }
    for row in 0..<states.rows where Operations.isFinite(states.row(row)) {
      clouds[first + row].add(states.row(row))
    }
  }

  /// Forgets the tokens from `first` on.
  public mutating func removeTokens(from first: Int) {
    clouds.removeSubrange(min(first, clouds.count)...)
  }

  /// What it comes to.
  public var sums: Sums {
    let count = clouds.reduce(0) { $0 + $1.count }
    var mean = [Double](repeating: 0, count: clouds.map(\.mean.count).max() ?? 0)
    for cloud in clouds {
      for (index, value) in cloud.mean.enumerated() {
        mean[index] += value * Double(cloud.count) / Double(count)
      }
    }
    let all = clouds.reduce(0.0) { sum, cloud in
      let apart = zip(cloud.mean, mean).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return sum + cloud.squares + Double(cloud.count) * apart
    }
    return Sums(tokens: clouds.map(\.squares), all: all)
  }
}
