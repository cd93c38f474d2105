import Glibc
import LatentModels
import Tensors

/// Which token's state, at which iteration, carries an answer: of a clean and a corrupted run, what
/// comes back of the answer when one state of the clean run is put into the corrupted one. A value that
/// fills in as it is computed; what is missing can be computed later.
public struct CausalMap: Sendable {
  /// How a state is put back.
  public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
    /// After one iteration. What injects its prompt at every iteration soon forgets it.
    case once
    /// After that iteration and all that follow, each time what the clean run has there.
    case hold
  }

  /// What was put where.
  public struct Cell: Sendable, Hashable {
    public let token: Int
    /// 0 is the initial state.
    public let iteration: Int

    public init(token: Int, iteration: Int) {
      self.token = token
      self.iteration = iteration
    }
  }

  /// What is read out of the last token at the end.
  public struct Effect: Sendable, Hashable {
    /// Of the answer.
    public let probability: Float
    /// The answer's logit less that of the other one.
    public let logitDifference: Float

    public init(probability: Float, logitDifference: Float) {
      self.probability = probability
      self.logitDifference = logitDifference
    }

    /// Reads it out of logits; not finite where they are not.
    /// - Precondition: both tokens exist.
    public init(_ logits: ArraySlice<Float>, answer: Int, other: Int) {
      let (first, statistics) = (logits.startIndex, Operations.softmaxStatistics(logits))
      probability = Float(exp(Double(logits[first + answer]) - statistics.logSumExp))
      logitDifference = logits[first + answer] - logits[first + other]
    }
  }

  /// What an effect is measured by.
  public enum Measure: String, Sendable, CaseIterable {
    case logitDifference = "logit difference"
    case probability

    public func value(_ effect: Effect) -> Float {
      switch self {
      case .logitDifference: effect.logitDifference
      case .probability: effect.probability
      }
    }
  }

  public let clean: Lineage
  public let corrupted: Lineage
  public let kind: Kind
  /// What is put back: nil for states, else what lies at a place inside the iteration.
  public let site: Site?
  /// Ascending.
  public let iterations: [Int]
  /// The iteration at which runs are read out.
  public let last: Int
  /// How many tokens both texts have.
  public let tokenCount: Int
  /// The clean run's answer, and the one it is held against.
  public let answer: Int
  public let other: Int
  /// What both runs say by themselves.
  public let cleanEffect: Effect
  public let corruptedEffect: Effect
  private var effects: [Cell: Effect] = [:]

  /// An empty map.
  public init(
    clean: Lineage, corrupted: Lineage, kind: Kind, site: Site?, iterations: [Int], last: Int,
    answer: Int, other: Int, cleanEffect: Effect, corruptedEffect: Effect
  ) {
    self.clean = clean
    self.corrupted = corrupted
    self.kind = kind
    self.site = site
    self.iterations = iterations.sorted()
    self.last = last
    tokenCount = clean.ids.count
    self.answer = answer
    self.other = other
    self.cleanEffect = cleanEffect
    self.corruptedEffect = corruptedEffect
  }

  /// What came of a cell; nil where it was not computed.
  public subscript(token: Int, iteration: Int) -> Effect? {
    effects[Cell(token: token, iteration: iteration)]
  }

  /// Cells that were not computed, late iterations, which cost least, first.
  public var missing: [Cell] {
    iterations.reversed().flatMap { iteration in
      (0..<tokenCount).map { Cell(token: $0, iteration: iteration) }
    }.filter { effects[$0] == nil }
  }

  /// Takes in what came of a cell.
  public mutating func add(_ effect: Effect, at cell: Cell) { effects[cell] = effect }

  /// The share of the answer that comes back: 0 as in the corrupted run, 1 as in the clean one; nil
  /// where it was not computed, or both runs say the same.
  public func share(token: Int, iteration: Int, by measure: Measure) -> Float? {
    guard let effect = self[token, iteration] else { return nil }
    let (from, to) = (measure.value(corruptedEffect), measure.value(cleanEffect))
    let share = (measure.value(effect) - from) / (to - from)
    return share.isFinite ? share : nil
  }

  /// The edit of the corrupted run that a cell stands for.
  public func cause(of cell: Cell) -> EditCause {
    let moments: EditTarget.Moments =
      kind == .hold ? .from(cell.iteration) : .iterations(cell.iteration...cell.iteration)
    let edit = Edit(
      EditTarget(.range(cell.token...cell.token), moments, site: site), .set,
      .source(EditSource(run: "clean", token: cell.token, .same, site: site)))
    return EditCause(edit) { _ in clean }
  }
}
