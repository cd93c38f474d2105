import LatentModels

/// A score that nobody was trained for: one number for the whole way of a copy. To add one: a file with its
/// row beside this, and the row in `all`.
public struct PathJudge: Judge {
  public let name: String
  public let explanation: String
  public var needsAll = false
  /// Of every copy; nil where it is undefined.
  let compute: @Sendable ([JudgedCopy]) -> [Double?]

  /// The table.
  public static let all: [PathJudge] = [
    .chainReal, .chainComplex, .residual, .entropy, .agreement,
  ]

  /// The judge of a name; nil if there is none.
  public static func named(_ name: String) -> PathJudge? { all.first { $0.name == name } }

  public func check(_ facts: ModelFacts) throws(JudgeError) {}

  public func verdicts(
    on copies: [JudgedCopy], of ids: [Int] = [], control: StepControl = .uninterrupted
  ) -> [Verdict] {
    compute(copies).map(Verdict.init(score:))
  }
}
