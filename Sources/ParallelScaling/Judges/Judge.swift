import LatentModels
import Tensors

/// What a judge looks at: a copy, and the way it went.
public struct JudgedCopy: Sendable {
  /// What it came to.
  public let rollout: Rollout
  /// Of each iteration what it is judged by, which earlier iterations alone decide: the thoughts that were
  /// fed back, with the noise on them, or where iterations read states those of the prompt's last token
  /// from the first iteration on.  // [steps] of [width]
  public let steps: [[Float]]
  /// The chain from the start: the thoughts, or the states from s₀ on.  // of [width]
  public let chain: [[Float]]

  /// - Parameter copy: finite; of one that is not nothing is judged.
  public init(_ copy: EnsembleRunner.Copy, _ rollout: Rollout) {
    self.rollout = rollout
    guard copy.isFinite else {
      (steps, chain) = ([], [])
      return
    }
    steps = copy.thoughts.isEmpty ? Array(copy.path.dropFirst()) : copy.thoughts
    chain = copy.thoughts.isEmpty ? copy.path : copy.thoughts
  }

  /// A copy of which what it came to is known, and not its way.
  public init(_ rollout: Rollout) { (self.rollout, steps, chain) = (rollout, [], []) }
}

/// What a judge says of a copy.
public struct Verdict: Sendable, Equatable {
  /// One number, larger is better; nil where it cannot say.
  public let score: Double?
  /// Of every step; empty where it has one number for the whole.
  public let steps: [Double]

  /// A number for the whole.
  public init(score: Double?) {
    (self.score, steps) = (score.flatMap { $0.isFinite ? $0 : nil }, [])
  }

  /// Numbers for the steps, whose sum is the score; none of a step that is not finite.
  public init(steps: [Double]) {
    self.steps = steps.allSatisfy(\.isFinite) ? steps : []
    score = ScoreReduction.sum.score(self.steps)
  }
}

/// Somebody who says how good copies are, one against another.
public protocol Judge: Sendable {
  var name: String { get }
  var explanation: String { get }
  /// Whether a copy's score depends on the others, so that all of them have to be there first.
  var needsAll: Bool { get }

  /// - Throws: `JudgeError` for a model whose copies it cannot judge.
  func check(_ facts: ModelFacts) throws(JudgeError)

  /// - Parameter ids: of the prompt.
  /// - Returns: one verdict a copy.
  /// - Throws: as `StepJudge.begin`.
  func verdicts(
    on copies: [JudgedCopy], of ids: [Int], control: StepControl
  ) throws -> [Verdict]
}

/// A judge that scores every step as it comes: of a step it is told that and those before it alone, so
/// that ways can be judged while they are still open.
public protocol StepJudge: Judge {
  /// Numbers of every step it reads.
  var width: Int { get }

  /// One way, with the prompt behind it.
  /// - Throws: `JudgeError` for a prompt it cannot read, `CancellationRequested`.
  func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays
}

/// Ways that are judged side by side. A value: those who keep it can go back, and forks are free.
public protocol JudgedWays: Sendable {
  /// Some of the ways, in this order; one may be taken more than once.
  func selecting(_ ways: [Int]) -> Self

  /// Scores of the next step of each, larger is better.
  /// - Parameter steps: one row a way.  // [ways, width]
  /// - Throws: `JudgeError`, `CancellationRequested`.
  mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double]
}

extension StepJudge {
  public var needsAll: Bool { false }

  /// All copies side by side; those with fewer steps go when theirs are over.
  public func verdicts(
    on copies: [JudgedCopy], of ids: [Int], control: StepControl = .uninterrupted
  ) throws -> [Verdict] {
    var scores = [[Double]](repeating: [], count: copies.count)
    var active = copies.indices.filter { !copies[$0].steps.isEmpty }
    guard !active.isEmpty else { return scores.map(Verdict.init(steps:)) }
    var ways = try begin(ids, control: control).selecting(active.map { _ in 0 })
    for step in 0..<(copies.map(\.steps.count).max() ?? 0) {
      let kept = active.indices.filter { copies[active[$0]].steps.count > step }
      if kept.count < active.count {
        (ways, active) = (ways.selecting(kept), kept.map { active[$0] })
      }
      let rows = Matrix(
        rows: active.count, columns: copies[active[0]].steps[step].count,
        values: active.flatMap { copies[$0].steps[step] })
      for (index, score) in zip(active, try ways.next(rows, control: control)) {
        scores[index].append(score)
      }
    }
    return scores.map(Verdict.init(steps:))
  }
}

/// Why somebody cannot judge.
public enum JudgeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A name that stands for nobody.
  case unknown(String)
  case width(judge: Int, model: Int)
  case vocabulary(judge: Int, model: Int)
  /// It judges thoughts, and the model has none.
  case noThoughts(judge: String, family: String)
  /// It has one number for a whole way, and steps were to be judged.
  case noSteps(judge: String)
  /// It knows fewer steps than there are.
  case steps(judge: String, known: Int)
  /// It cannot read a prompt and its thoughts, such as one that is too long for it.
  case reading(judge: String, ModelError)

  public var description: String {
    switch self {
    case .unknown(let name):
      "A judge is a reward model's directory or file, or one of "
        + PathJudge.all.map(\.name).joined(separator: ", ") + "; there is no \"\(name)\"."
    case .width(let judge, let model):
      "The judge reads thoughts of width \(judge), and this model's have \(model). Give the judge that was "
        + "trained on this model."
    case .vocabulary(let judge, let model):
      "The judge knows \(judge) tokens, and this model's prompts are made of \(model). Give the judge that "
        + "was trained on this model."
    case .noThoughts(let judge, let family):
      "\(judge) judges continuous thoughts, and this model has none (\(family)). Give one of "
        + PathJudge.all.map(\.name).joined(separator: ", ") + "."
    case .noSteps(let judge):
      "\(judge) has one score for a whole way and none for its steps, by which beams are kept. Give a "
        + "reward model."
    case .steps(let judge, let known):
      "\(judge) judges the first \(known) steps, and there are more. Give -r \(known), as it was trained "
        + "with."
    case .reading(let judge, let error): "The judge \(judge) cannot read this: \(error)"
    }
  }
}

extension JudgeError {
  /// Does what a judge's model does, and says whose limits they are where it cannot.
  /// - Throws: `JudgeError.reading` for a `ModelError`; everything else as it comes.
  static func reading<Result>(
    by judge: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as ModelError {
      throw JudgeError.reading(judge: judge, error)
    }
  }
}
