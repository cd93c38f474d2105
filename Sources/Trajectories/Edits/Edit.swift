import LatentModels

/// A change of what a run thinks, as people write it:
///
///     16:12 := 16:1                                   replace a token's state by that of another iteration
///     all:8 := 0.5*all:8 + 0.5*all:8@B                interpolate with another run, every token
///     1:3 := 0                                        zero
///     16:8 += 0.7*(16:1@B - 16:8)                     steer along the difference of two states
///     freeze 1:4                                      hold a token where it is (the same as 1:5+ := 1:4)
///     7:4+ := 7:i@B                                   hold it to what another run has at each iteration
///     12:8.3 := 12:8.3@B                              the stream after core block 3 (0: the adapter)
///     12:8.3.attention := 0                           what attention adds there; feed-forward alike
///     12:e := 12:e@B, 12:p.1 := 0, 12:8.c.1 := 0      the prelude's output, its blocks, the coda's
///     all:e += 0.5*noise 7                            Gaussian noise of seed 7, half as large as what it is added to
///
/// Tokens count from 0, by their position in the text; `all` in a value is each token's own place.
/// An edit of a state at iteration i changes sᵢ itself: what is read out there, and what follows. What
/// a value names without @ is the run as it was without this edit.
///
/// `noise 7` is a normal number a coordinate, times the root of the mean square of what the run has at that
/// token, iteration and place without this edit: 1 is noise as large as the signal. It depends on seed,
/// iteration, place, position and coordinate, and on nothing else.
public struct Edit: Sendable, Hashable {
  /// What becomes of what is there.
  public enum Operation: String, Sendable, Hashable, CaseIterable {
    case set = ":="
    case add = "+="
  }

  public var target: EditTarget
  public var operation: Operation
  public var value: EditValue

  public init(_ target: EditTarget, _ operation: Operation, _ value: EditValue) {
    self.target = target
    self.operation = operation
    self.value = value
  }

  /// The names of other runs that it takes something from, in order, each once.
  public var runs: [String] { value.runs }

  /// Noise on e, the prelude's output, of every token: `all:e += 0.5*noise 7`.
  /// - Parameter strength: 1 is noise as large as e.
  public static func noise(_ strength: Float, seed: UInt64) -> Edit {
    Edit(
      EditTarget(.all, .prelude, site: .embedded), .add, .scaled(strength, .noise(seed)))
  }
}

/// Where an edit acts.
public struct EditTarget: Sendable, Hashable {
  public enum Tokens: Sendable, Hashable {
    /// All tokens of the run that is edited.
    case all
    /// By position.
    case range(ClosedRange<Int>)
  }

  public enum Moments: Sendable, Hashable {
    /// Before the first iteration.
    case prelude
    case iterations(ClosedRange<Int>)
    /// From one on, to the end.
    case from(Int)
  }

  public var tokens: Tokens
  public var moments: Moments
  /// A place in the program; nil for the state that an iteration leaves.
  public var site: Site?

  public init(_ tokens: Tokens, _ moments: Moments, site: Site? = nil) {
    self.tokens = tokens
    self.moments = moments
    self.site = site
  }

  /// The first iteration that differs; 0 where the run differs from the start.
  public var firstIteration: Int {
    switch moments {
    case .prelude: 0
    case .iterations(let range): range.lowerBound
    case .from(let first): first
    }
  }

  /// Whether it acts when an iteration runs, or is read out.
  public func acts(at iteration: Int) -> Bool {
    switch moments {
    case .prelude: false
    case .iterations(let range): range.contains(iteration)
    case .from(let first): iteration >= first
    }
  }
}

/// What an edit writes: a sum of states and differences of states.
public indirect enum EditValue: Sendable, Hashable {
  case zero
  case source(EditSource)
  /// Gaussian, as large as what is there, of a seed.
  case noise(UInt64)
  case scaled(Float, EditValue)
  case sum(EditValue, EditValue)
  case difference(EditValue, EditValue)

  /// The names of other runs in it, in order, each once.
  var runs: [String] {
    switch self {
    case .zero, .noise: []
    case .source(let source): source.run.map { [$0] } ?? []
    case .scaled(_, let value): value.runs
    case .sum(let a, let b), .difference(let a, let b):
      a.runs + b.runs.filter { !a.runs.contains($0) }
    }
  }

  /// The same with every source changed.
  func map(_ change: (EditSource) -> EditSource) -> EditValue {
    switch self {
    case .zero: .zero
    case .source(let source): .source(change(source))
    case .noise(let seed): .noise(seed)
    case .scaled(let factor, let value): .scaled(factor, value.map(change))
    case .sum(let a, let b): .sum(a.map(change), b.map(change))
    case .difference(let a, let b): .difference(a.map(change), b.map(change))
    }
  }

  /// Its numbers, in float32 and in the order in which it is written.
  /// - Parameters:
  ///   - source: the numbers at a place.  // [width]
  ///   - noise: those of a seed.  // [width]
  package func evaluate(
    width: Int, _ source: (EditSource) throws -> [Float], noise: (UInt64) throws -> [Float]
  ) rethrows -> [Float] {
    func evaluated(_ value: EditValue) throws -> [Float] {
      try value.evaluate(width: width, source, noise: noise)
    }
    return switch self {
    case .zero: [Float](repeating: 0, count: width)
    case .source(let place): try source(place)
    case .noise(let seed): try noise(seed)
    case .scaled(let factor, let value): try evaluated(value).map { factor * $0 }
    case .sum(let a, let b): zip(try evaluated(a), try evaluated(b)).map { $0 + $1 }
    case .difference(let a, let b): zip(try evaluated(a), try evaluated(b)).map { $0 - $1 }
    }
  }
}

/// Where an edit takes something from.
public struct EditSource: Sendable, Hashable {
  public enum Moment: Sendable, Hashable {
    case prelude
    case iteration(Int)
    /// The iteration at which the edit acts.
    case same
  }

  /// The name of another run; nil for the run itself, as it was without the edit.
  public var run: String?
  /// Its position; nil for the token that is edited.
  public var token: Int?
  public var moment: Moment
  /// A place in the program; nil for the state.
  public var site: Site?

  public init(run: String? = nil, token: Int?, _ moment: Moment, site: Site? = nil) {
    self.run = run
    self.token = token
    self.moment = moment
    self.site = site
  }
}
