import ParallelScaling

/// What a sampler at a strength came to in a setting: every number that tables and plots have.
public struct StudySummary: Sendable {
  /// A way to choose: accuracy by number of copies, and what it is better by than the majority of all.
  public struct Row: Sendable {
    public let aggregator: String
    public let judge: String?
    public let accuracy: [StudyInterval?]  // [counts]
    public let beyondMajority: StudyInterval?
    public let beyondGreedy: StudyInterval?
  }

  /// How well a judge tells right from wrong among copies of one question.
  public struct JudgeRow: Sendable {
    public let judge: String
    public let area: StudyInterval?
    public let recall: StudyInterval?
  }

  /// Judges together.
  public struct BlendRow: Sendable {
    public let name: String
    public let parts: [String]
    public let weights: [Double]
    public let accuracy: [StudyInterval?]  // [counts]
    public let beyondMajority: StudyInterval?
  }

  public let setting: String
  public let sampler: String
  public let kind: String
  public let strength: Double
  /// Whether judges learned at this strength.
  public let isLearned: Bool
  public let counts: [Int]
  public let questions: Int
  /// Questions of which some copies are right and some are wrong, in some draw.
  public let mixed: Int
  public let greedy: StudyInterval?
  public let coverage: [StudyInterval?]  // [counts]
  public let guessing: Guessing
  /// What coverage of all copies is above that of copies of another question.
  public let beyondGuessing: StudyInterval?
  public let distinct: Double
  public let unreadable: Double
  public let diversity: Double
  public let cosineDistance: [Double?]  // [steps]
  public let driftRatio: [Double?]  // [steps]
  public let largestShare: [Double?]  // [steps]
  public let rows: [Row]
  public let judges: [JudgeRow]
  /// Recall of a copy drawn at random, on the questions that judges are measured on.
  public let random: StudyInterval?
  public let blends: [BlendRow]

  /// The drift ratio of isotropic noise around the run without it, for so many copies.
  public static func driftRatioOfNoise(_ copies: Int) -> Double {
    1 / (1 + Double(copies).squareRoot())
  }

  /// - Parameter blends: names, and what each is made of.
  public init(
    _ sample: StudySample, setting: String, sampler: StudySampler, strength: Double,
    blends: [(name: String, parts: [String])]
  ) {
    self.setting = setting
    self.sampler = sampler.name
    kind = sampler.kind.name
    self.strength = strength
    isLearned = sampler.learning?.strength == strength
    counts = sample.counts
    questions = sample.questions
    let greedy = sample.greedy
    self.greedy = StudyInterval(greedy)
    coverage = sample.counts.map { StudyInterval(sample.coverage($0)) }
    let guessing = Guessing(sample)
    self.guessing = guessing
    let guessed = guessing.other.last ?? 0
    beyondGuessing = StudyInterval(
      differences: sample.coverage(sample.copies).map { $0 - guessed })
    (distinct, unreadable) = (sample.distinct, sample.unreadable)
    diversity = StudySample.mean(sample.diversity)
    cosineDistance = sample.spread(\.cosineDistance)
    driftRatio = sample.spread(\.driftRatio)
    largestShare = sample.spread(\.largestShare)
    let choices = sample.choices()
    let majority = choices.first { $0.aggregator == "majority" }?.right.last ?? greedy
    func beyond(_ right: [[Double]], _ other: [Double]) -> StudyInterval? {
      StudyInterval(differences: zip(right.last ?? [], other).map { $0 - $1 })
    }
    rows = choices.map { choice in
      Row(
        aggregator: choice.aggregator, judge: choice.judge,
        accuracy: choice.right.map { StudyInterval($0) },
        beyondMajority: choice.name == "majority" ? nil : beyond(choice.right, majority),
        beyondGreedy: beyond(choice.right, greedy))
    }
    let all = Discrimination.all(sample)
    mixed = all.first?.area.count ?? 0
    judges = all.map {
      JudgeRow(
        judge: $0.judge, area: StudyInterval($0.area), recall: StudyInterval($0.recall))
    }
    random = StudyInterval(Discrimination.random(sample))
    self.blends = blends.map { name, parts in
      let blend = Blend(name, of: parts, in: sample)
      return BlendRow(
        name: name, parts: blend.parts, weights: blend.weights,
        accuracy: blend.right.map { StudyInterval($0) },
        beyondMajority: beyond(blend.right, majority))
    }
  }

  /// The row of a way to choose.
  public func row(_ aggregator: String, _ judge: String? = nil) -> Row? {
    rows.first { $0.aggregator == aggregator && $0.judge == judge }
  }
}
