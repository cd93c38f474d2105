/// Something that is so or not of one token after one iteration: where a run is to stop, what is
/// looked for in it, when it has been thought about long enough.
///
/// It is typed as `entropy < 0.5 && iteration > 4`; `ConditionParser` has the grammar. What is not
/// known, such as the entropy of a diverged run, makes no comparison true.
public indirect enum Condition: Sendable, Hashable {
  /// A number against another: `kl < 1e-3`.
  case compares(Quantity, Comparison, Double)
  /// Which token is the likeliest: `argmax == "7"`.
  case says(NamedToken, isThat: Bool)
  /// The likeliest token is another than one iteration before, from the second on.
  case argmaxChanges
  /// The likeliest token has been the same for so many iterations, this one included.
  case argmaxStable(Int)
  /// A number is so many times, or one so-manieth of, what it was one iteration before.
  case jumps(Quantity, Double)
  /// An exit rule fires, asked of this token alone; nil for its published threshold.
  case exits(rule: String, threshold: Float?)
  /// The state, the gate or the prediction holds NaN or infinity.
  case notFinite
  /// It is so of some token, or of every one.
  case any(Condition)
  case every(Condition)
  case not(Condition)
  case both(Condition, Condition)
  case either(Condition, Condition)

  /// Something that has a value.
  public enum Quantity: Sendable, Hashable {
    /// A row of the table of metrics, by its name.
    case metric(String)
    case iteration
    /// As of `Standing`: 1 is the likeliest.
    case rank(NamedToken)
    case probability(NamedToken)
  }

  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case equal = "=="
    case different = "!="
  }

  /// A token of the vocabulary, as it was typed: `"7"`, or `#55`.
  public struct NamedToken: Sendable, Hashable {
    public let id: Int
    public let words: String

    public init(id: Int, words: String) {
      self.id = id
      self.words = words
    }
  }
}

extension Condition: CustomStringConvertible {
  /// In the words it is read from.
  public var description: String { words(inside: 0) }

  /// - Parameter level: 0 among `||`, 1 among `&&`, 2 after `!`.
  private func words(inside level: Int) -> String {
    switch self {
    case .compares(let quantity, let comparison, let number):
      "\(quantity.words) \(comparison.rawValue) \(Self.words(number))"
    case .says(let token, let isThat): "argmax \(isThat ? "==" : "!=") \(token.words)"
    case .argmaxChanges: "argmax changes"
    case .argmaxStable(let count): "argmax stable \(count)"
    case .jumps(let quantity, let factor): "\(quantity.words) jumps \(Self.words(factor))"
    case .exits(let rule, let threshold):
      "exit(\(rule)\(threshold.map { ", \($0)" } ?? ""))"
    case .notFinite: "nonfinite"
    case .any(let condition): "any(\(condition))"
    case .every(let condition): "all(\(condition))"
    case .not(let condition): "!\(condition.words(inside: 2))"
    case .both(let a, let b):
      grouped("\(a.words(inside: 1)) && \(b.words(inside: 1))", level > 1)
    case .either(let a, let b):
      grouped("\(a.words(inside: 0)) || \(b.words(inside: 0))", level > 0)
    }
  }

  private func grouped(_ words: String, _ isGrouped: Bool) -> String {
    isGrouped ? "(\(words))" : words
  }

  private static func words(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
  }
}

extension Condition.Quantity {
  var words: String {
    switch self {
    case .metric(let name): name
    case .iteration: "iteration"
    case .rank(let token): "rank(\(token.words))"
    case .probability(let token): "p(\(token.words))"
    }
  }
}
