import Glibc
import LatentModels
import Tensors

/// Which token's state, at which iteration, carries an answer: of a clean and a corrupted run, what
/// comes back of the answer when one state of the clean run is put into the corrupted one. A value that
/// fills in as it is computed; what is missing can be computed later.
public struct CausalMap: Sendable, Hashable {
  /// How a state is put back.
  public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
    /// After one iteration. What injects its prompt at every iteration soon forgets it.
    case once
    /// After that iteration and all that follow, each time what the clean run has there.
    case hold
  }

  /// What is asked: which states of one run are put into which other, and when that is read out.
  public struct Question: Sendable, Hashable {
    public let clean: Lineage
    public let corrupted: Lineage
    public var kind: Kind
    /// What is put back: nil for states, else what lies at a place inside the iteration.
    public var site: Site?
    /// The iteration at which runs are read out.
    public let last: Int

    public init(
      clean: Lineage, corrupted: Lineage, kind: Kind = .hold, site: Site? = nil, last: Int
    ) {
      self.clean = clean
      self.corrupted = corrupted
      self.kind = kind
      self.site = site
      self.last = last
    }

    /// All iterations that can be asked about: nothing runs inside iteration 0.
    public var iterations: [Int] {
      let first = site == nil ? 0 : 1
      return Array(first...max(first, last))
    }
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

  public let question: Question
  /// Ascending.
  public let iterations: [Int]
  /// How many tokens both texts have.
  public let tokenCount: Int
  /// The clean run's answer, and the one it is held against.
  public let answer: Int
  public let other: Int
  /// What both runs say by themselves.
  public let cleanEffect: Effect
  public let corruptedEffect: Effect
  /// What was computed, by iteration, then by token.
  private var effects: [Int: [Effect?]] = [:]  // of [tokens]
  /// Cells of every iteration that were computed.
  private var counts: [Int: Int] = [:]
  public private(set) var computedCount = 0

  /// An empty map.
  public init(
    _ question: Question, iterations: [Int], answer: Int, other: Int, cleanEffect: Effect,
    corruptedEffect: Effect
  ) {
    self.question = question
    self.iterations = iterations.sorted()
    tokenCount = question.clean.ids.count
    self.answer = answer
    self.other = other
    self.cleanEffect = cleanEffect
    self.corruptedEffect = corruptedEffect
  }

  public var clean: Lineage { question.clean }
  public var corrupted: Lineage { question.corrupted }
  public var kind: Kind { question.kind }
  /// What is put back: nil for states, else what lies at a place inside the iteration.
  public var site: Site? { question.site }
  /// The iteration at which runs are read out.
  public var last: Int { question.last }

  /// The same without its cells: what it takes to compute some.
  public var blank: CausalMap {
    CausalMap(
      question, iterations: iterations, answer: answer, other: other, cleanEffect: cleanEffect,
      corruptedEffect: corruptedEffect)
  }

  /// What came of a cell; nil where it was not computed.
  public subscript(token: Int, iteration: Int) -> Effect? {
    guard let column = effects[iteration], column.indices.contains(token) else { return nil }
    return column[token]
  }

  /// How many cells there are; `computedCount` of them were computed.
  public var count: Int { iterations.count * tokenCount }

  /// The next cells that were not computed, at most so many and all of one iteration: what one batch can
  /// do. Late iterations, which cost least, first; none where all is there.
  public func next(_ most: Int) -> [Cell] {
    guard let iteration = iterations.last(where: { counts[$0] ?? 0 < tokenCount }) else {
      return []
    }
    let missing = (0..<tokenCount).lazy.map { Cell(token: $0, iteration: iteration) }
      .filter { self[$0.token, $0.iteration] == nil }
    return Array(missing.prefix(max(1, most)))
  }

  /// Takes in what came of a cell.
  public mutating func add(_ effect: Effect, at cell: Cell) {
    precondition((0..<tokenCount).contains(cell.token), "no token \(cell.token)")
    if self[cell.token, cell.iteration] == nil {
      counts[cell.iteration, default: 0] += 1
      computedCount += 1
    }
    effects[cell.iteration, default: Array(repeating: nil, count: tokenCount)][cell.token] = effect
  }

  /// Whether both runs say the same in the end, so that there is nothing to bring back: what the answer
  /// is held against is not what the corrupted run says.
  public var saysTheSame: Bool { corruptedEffect.logitDifference > 0 }

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
