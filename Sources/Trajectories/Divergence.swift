import Tensors

/// Where a run stopped being numbers: the first NaN or infinity in a state, in what the exit gate
/// says or in logits. Nothing after it means anything.
public struct Divergence: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    case state
    case gate
    case prediction
  }

  public let kind: Kind
  /// The first token of the first iteration it was seen at; where its origin is known, the token it began
  /// at.
  public let at: Address
  /// Where inside the model it began; nil where nobody looked, or nothing was found.
  public let origin: Origin?

  public init(_ kind: Kind, at: Address, origin: Origin? = nil) {
    self.kind = kind
    self.at = at
    self.origin = origin
  }

  /// The first of a step; nil where all is finite. States come before what is read out of them: where
  /// one token's is lost, all readings may be.
  public init?(in step: Step) {
    let tokens = step.measures.indices
    if let token = tokens.first(where: { step.measures[$0].isDiverged }) {
      self.init(.state, at: Address(token: token, iteration: step.iteration))
    } else if let token = tokens.first(where: { step.isDiverged(token: $0) }) {
      let kind: Kind = step.gates.map { $0[token].isFinite } ?? true ? .prediction : .gate
      self.init(kind, at: Address(token: token, iteration: step.iteration))
    } else {
      return nil
    }
  }

  /// The same in a text whose first token is `first` tokens further on.
  public func shifted(by first: Int) -> Divergence {
    Divergence(
      kind, at: Address(token: at.token + first, iteration: at.iteration), origin: origin)
  }

  /// In few words: `the state of token 3 is not finite, first at r 5, in the feed-forward network of core
  /// block 2 (3:5.2)`.
  public var words: String {
    "\(subject) not finite, first at r \(at.iteration)" + (originWords.map { ", \($0)" } ?? "")
  }

  private var subject: String {
    switch kind {
    case .state: "the state of token \(at.token) is"
    case .gate: "what the exit gate says of token \(at.token) is"
    case .prediction: "the logits after token \(at.token) are"
    }
  }

  public var description: String {
    "The run diverged: \(subject) not finite (NaN or infinity), first at iteration "
      + "\(at.iteration)" + (originWords.map { ", \($0). " } ?? ". ")
      + "What follows means nothing; look at the weights, their scale and the initial state."
  }
}

extension Divergence {
  /// Checks new states.
  /// - Parameters:
  ///   - first: the position of the first row in the text.
  ///   - iteration: how many iterations made them.
  /// - Throws: `Divergence`.
  public static func check(
    states: Matrix, firstToken first: Int = 0, iteration: Int
  ) throws(Divergence) {
    try check(states, .state, first, iteration)
  }

  /// Checks logits, the first row of which was read after token `first`.
  /// - Throws: `Divergence`.
  public static func check(
    logits: Matrix, firstToken first: Int = 0, iteration: Int
  ) throws(Divergence) {
    try check(logits, .prediction, first, iteration)
  }

  private static func check(
    _ rows: Matrix, _ kind: Kind, _ first: Int, _ iteration: Int
  ) throws(Divergence) {
    guard !Operations.isFinite(rows.values) else { return }
    let row = (0..<rows.rows).first { !Operations.isFinite(rows.row($0)) } ?? 0
    throw Divergence(kind, at: Address(token: first + row, iteration: iteration))
  }
}
