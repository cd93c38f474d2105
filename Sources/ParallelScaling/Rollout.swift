/// One of several copies of a run: what it came to, and what is known of its way there.
public struct Rollout: Sendable, Hashable {
  /// What a copy answers with. Numbers are equal as numbers are: 0 and −0 are one answer.
  public enum Answer: Sendable, Hashable, CustomStringConvertible {
    case number(Double)
    case text(String)

    public var description: String {
      switch self {
      case .number(let value): Int64(exactly: value).map { String($0) } ?? String(value)
      case .text(let text): text
      }
    }
  }

  /// Which copy, from 0.
  public let copy: Int
  /// nil where none could be read out of what it says.
  public var answer: Answer?
  /// What it wrote.
  public var text: String
  /// Of each step of its thinking, larger is better; empty where nobody judged.
  public var stepScores: [Double]
  /// One number of a judge that has none for the steps; nil where there is none.
  public var wholeScore: Double?
  /// How many iterations it was given.
  public var iterations: Int
  /// ‖sᵢ − sᵢ₋₁‖ / ‖sᵢ‖ of the last token, each iteration from the first.
  public var residuals: [Double]
  /// Of the prediction its answer begins with, nats; nil where it is not finite.
  public var entropy: Double?
  /// The iteration at which a rule would have stopped it; nil where none did.
  public var exit: Int?

  /// What a judge says of it: one number, or the sum of those of the steps; nil where nobody judged.
  public var score: Double? { wholeScore ?? ScoreReduction.sum.score(stepScores) }

  /// With what a judge says of it.
  public func judged(_ verdict: Verdict) -> Rollout {
    var rollout = self
    rollout.stepScores = verdict.steps
    rollout.wholeScore = verdict.steps.isEmpty ? verdict.score : nil
    return rollout
  }

  public init(
    copy: Int, answer: Answer?, text: String = "", stepScores: [Double] = [], iterations: Int = 0,
    residuals: [Double] = [], entropy: Double? = nil, exit: Int? = nil
  ) {
    self.copy = copy
    self.answer = answer
    self.text = text
    self.stepScores = stepScores
    self.iterations = iterations
    self.residuals = residuals
    self.entropy = entropy
    self.exit = exit
  }
}
