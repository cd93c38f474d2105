import Checkpoints
import ParallelScaling
import Training

/// What a judge is worth on questions that it did not learn from.
public struct RewardMeasures: Sendable, Equatable {
  public var loss: Double
  /// Share of the questions whose rollout of the highest score is right; of equal scores the share that
  /// is.
  public var recall: Double
  /// The same for a rollout drawn at random.
  public var random: Double
  /// Expected calibration error of the scores of all steps, for losses that compare after a shift that
  /// fits the mean.
  public var calibration: Double

  /// - Parameters:
  ///   - scores: of the questions, in their order.  // [questions, rollouts, steps]
  ///   - questions: at least one.
  init(_ scores: StepTable, of questions: [RewardData.Question], objective: RewardObjective) {
    precondition(scores.questions == questions.count && !questions.isEmpty, "scores of questions")
    var labels = StepTable(like: scores)
    labels.values = questions.flatMap { $0.labels.map(Double.init) }
    loss = objective.loss.value(scores, labels: labels).value
    var (right, chance) = (0.0, 0.0)
    for (number, question) in questions.enumerated() {
      let sums = (0..<scores.candidates).map { rollout in
        objective.reduction.score(
          (0..<scores.steps).map { scores[number, rollout, $0] }) ?? 0
      }
      let most = sums.max() ?? 0
      let best = sums.indices.filter { sums[$0] == most }
      right += Self.share(best.map { question.correct[$0] })
      chance += Self.share(question.correct)
    }
    recall = right / Double(questions.count)
    random = chance / Double(questions.count)
    let shift =
      objective.hasAbsoluteScores
      ? 0 : Calibration.shift(scores.values, labels: labels.values)
    calibration = Calibration.error(scores.values.map { $0 + shift }, labels: labels.values)
  }

  private static func share(_ all: [Bool]) -> Double {
    Double(all.count { $0 }) / Double(max(1, all.count))
  }

  /// Whether it is better than another: by recall, and of equal ones by loss.
  func isBetter(than other: RewardMeasures) -> Bool {
    recall == other.recall ? loss < other.loss : recall > other.recall
  }
}

/// One epoch, or what there was before the first.
public struct RewardRecord: Sendable, Equatable {
  /// 0 before anything was learned.
  public var epoch: Int
  /// Mean over the epoch; nil before the first.
  public var trainingLoss: Double?
  /// Learning rate at its end.
  public var rate: Double
  /// On the questions held back.
  public var measures: RewardMeasures

  public var json: JSONValue {
    .members([
      ("epoch", .integer(epoch)), ("training_loss", trainingLoss.map(JSONValue.number) ?? .null),
      ("rate", .number(rate)), ("validation_loss", .number(measures.loss)),
      ("recall_at_1", .number(measures.recall)), ("random", .number(measures.random)),
      ("calibration_error", .number(measures.calibration)),
    ])
  }

  init(epoch: Int, trainingLoss: Double?, rate: Double, measures: RewardMeasures) {
    (self.epoch, self.trainingLoss) = (epoch, trainingLoss)
    (self.rate, self.measures) = (rate, measures)
  }

  /// - Returns: nil for what is no record.
  init?(_ json: JSONValue) {
    guard let epoch = json["epoch"]?.integer, let rate = json["rate"]?.number,
      let loss = json["validation_loss"]?.number, let recall = json["recall_at_1"]?.number,
      let random = json["random"]?.number, let calibration = json["calibration_error"]?.number
    else { return nil }
    self.init(
      epoch: epoch, trainingLoss: json["training_loss"]?.number, rate: rate,
      measures: RewardMeasures(
        loss: loss, recall: recall, random: random, calibration: calibration))
  }
}

extension RewardMeasures {
  init(loss: Double, recall: Double, random: Double, calibration: Double) {
    (self.loss, self.recall) = (loss, recall)
    (self.random, self.calibration) = (random, calibration)
  }
}
