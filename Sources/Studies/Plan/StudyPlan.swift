import ParallelScaling
import Rewards

/// A study of parallel scaling: which models, problems and perturbations, which judges are trained for
/// them, and how often everything is drawn.
public struct StudyPlan: Sendable {
  public var name: String
  /// Of noise, masks and the training of judges: everything is done once for each.
  public var seeds: [UInt64]
  /// Numbers of copies that are reported, ascending; each divides the last, which are drawn.
  public var counts: [Int]
  /// Of the problems that are measured on; those that judges learn from have the next.
  public var problemSeed: UInt64
  public var judges: [StudyJudge]
  public var settings: [StudySetting]
  /// What `--quick` does less of.
  public var quick: StudyQuick?

  public init(
    name: String, seeds: [UInt64], counts: [Int], problemSeed: UInt64 = 1, judges: [StudyJudge],
    settings: [StudySetting], quick: StudyQuick? = nil
  ) {
    (self.name, self.seeds, self.counts) = (name, seeds, counts)
    (self.problemSeed, self.judges, self.settings) = (problemSeed, judges, settings)
    self.quick = quick
  }

  /// Copies of every problem.
  public var copies: Int { counts.last ?? 1 }

  /// The plan with less of everything, where it says how much.
  public var quickened: StudyPlan {
    guard let quick else { return self }
    var plan = self
    plan.seeds = Array(seeds.prefix(quick.seeds))
    func short(_ judges: [StudyJudge]) -> [StudyJudge] {
      judges.map { judge in
        var judge = judge
        judge.epochs = min(judge.epochs, quick.epochs)
        return judge
      }
    }
    plan.judges = short(judges)
    for index in plan.settings.indices {
      plan.settings[index].judges = plan.settings[index].judges.map(short)
      plan.settings[index].questions = min(plan.settings[index].questions, quick.questions)
      for place in plan.settings[index].samplers.indices {
        guard var learning = plan.settings[index].samplers[place].learning else { continue }
        learning.questions = min(learning.questions, quick.learning)
        learning.completions = min(learning.completions, quick.completions)
        plan.settings[index].samplers[place].learning = learning
      }
    }
    return plan
  }
}

/// How much is left of a plan for a quick look.
public struct StudyQuick: Sendable, Equatable {
  public var seeds: Int
  /// To measure on, and for judges to learn from.
  public var questions: Int
  public var learning: Int
  public var completions: Int
  public var epochs: Int

  public init(seeds: Int, questions: Int, learning: Int, completions: Int, epochs: Int) {
    (self.seeds, self.questions, self.learning) = (seeds, questions, learning)
    (self.completions, self.epochs) = (completions, epochs)
  }
}

/// A model on problems of one kind, thinking for so many steps.
public struct StudySetting: Sendable {
  /// Of files and tables: `embedded-arith-8`.
  public var name: String
  /// Where the model is; nil for the embedded one.
  public var model: String?
  public var task: String
  public var levels: [Int]
  /// Iterations or thoughts.
  public var steps: Int
  /// Tokens of a prompt that perturbations act on.
  public var positions: EnsemblePlan.Positions
  /// Problems that are measured on.
  public var questions: Int
  /// Tokens written at most, where texts are.
  public var tokens: Int
  /// Beams of a search by the judges that say so, each going on in as many ways; nil for no search.
  public var beams: Int?
  public var samplers: [StudySampler]
  /// In place of those of the plan; nil for those.
  public var judges: [StudyJudge]?

  public init(
    name: String, model: String? = nil, task: String, levels: [Int], steps: Int,
    positions: EnsemblePlan.Positions = .all, questions: Int, tokens: Int = 16, beams: Int? = nil,
    samplers: [StudySampler], judges: [StudyJudge]? = nil
  ) {
    self.judges = judges
    (self.name, self.model, self.task, self.levels) = (name, model, task, levels)
    (self.steps, self.positions, self.questions) = (steps, positions, questions)
    (self.tokens, self.beams, self.samplers) = (tokens, beams, samplers)
  }
}

/// A perturbation at several strengths, and the one at which judges learn.
public struct StudySampler: Sendable {
  /// `noise`, `dropout`.
  public var name: String
  public var kind: PerturbationKind
  public var strengths: [Double]
  /// nil where no judge is trained.
  public var learning: StudyLearning?

  public init(
    name: String, kind: PerturbationKind, strengths: [Double], learning: StudyLearning? = nil
  ) {
    (self.name, self.kind, self.strengths, self.learning) = (name, kind, strengths, learning)
  }
}

/// The rollouts that judges learn from.
public struct StudyLearning: Sendable, Equatable {
  public var strength: Double
  public var questions: Int
  public var rollouts: Int
  /// Of every prefix of a rollout.
  public var completions: Int

  public init(strength: Double, questions: Int, rollouts: Int, completions: Int) {
    (self.strength, self.questions) = (strength, questions)
    (self.rollouts, self.completions) = (rollouts, completions)
  }
}

/// A judge that is trained for every sampler of every setting.
public struct StudyJudge: Sendable, Equatable {
  /// What it is made of.
  public enum Backbone: String, Sendable, CaseIterable {
    /// A copy of the model where that is a GPT-2 with thoughts, as published, else small.
    case usual
    case small
    case probe
  }

  /// What it learns from.
  public enum Labels: String, Sendable, CaseIterable {
    /// Shares of completions that come out right.
    case completions
    /// Whether the rollout itself came out right, at every step: no completions are needed.
    case outcomes
  }

  public var name: String
  public var backbone: Backbone
  public var objective: RewardObjective
  public var labels: Labels
  /// 0: it stays as it was drawn.
  public var epochs: Int
  /// nil for the usual one of its backbone.
  public var rate: Double?
  /// Share of the questions that were collected.
  public var share: Double
  /// Trained with the first seed alone.
  public var isOnce: Bool
  /// Blocks of a small one.
  public var layers: Int
  /// Whether beams are searched by it.
  public var searches: Bool

  public init(
    name: String, backbone: Backbone = .usual, objective: RewardObjective = .contrastive,
    labels: Labels = .completions, epochs: Int, rate: Double? = nil, share: Double = 1,
    isOnce: Bool = false, layers: Int = 1, searches: Bool = false
  ) {
    self.layers = layers
    (self.name, self.backbone, self.objective) = (name, backbone, objective)
    (self.labels, self.epochs, self.rate, self.share) = (labels, epochs, rate, share)
    (self.isOnce, self.searches) = (isOnce, searches)
  }

  /// The seed it is trained with, for copies of a seed.
  public func seed(_ seed: UInt64, of plan: StudyPlan) -> UInt64 {
    isOnce ? plan.seeds.first ?? seed : seed
  }
}

extension StudyPlan {
  /// The judges of a setting.
  public func judges(of setting: StudySetting) -> [StudyJudge] { setting.judges ?? judges }

  /// Judges that are blended with the vote, and with each other: what they know that it does not.
  public func blends(of setting: StudySetting) -> [(name: String, parts: [String])] {
    let judges = judges(of: setting)
    let agreement = PathJudge.agreement.name
    let paths = PathJudge.all.map(\.name).filter { $0 != agreement }
    return judges.filter { $0.epochs > 0 && !$0.isOnce }.map {
      ("vote and \($0.name)", [agreement, $0.name])
    }
      + [
        ("vote and scores without training", [agreement] + paths),
        ("everything", [agreement] + paths + judges.map(\.name)),
      ]
  }
}
