import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import ParallelScaling
import Rewards
import Tensors

/// Holds a judge of thoughts against rollouts whose answers are known.
struct RewardScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Score the rollouts of a file, and say how well the scores choose.",
    discussion: """
      FILE is what muninn reward collect writes. recall@1 is the share of questions of which the rollout \
      with the highest score is right: by the sum of the scores of its steps, their mean, and so on, and \
      by every step alone. random is a rollout drawn at random, in the mean; best possible the share of \
      questions of which some rollout is right. 95 % intervals are Wilson's, over questions; that of \
      random is Agresti and Coull's of a mean over questions, as in muninn eval --samples. Problems on \
      which all rollouts were right, or none, are not in such files.

      --jsonl writes one object for every rollout: schema muninn.reward.score/1, question, rollout, \
      correct, labels and step_scores (of every step), score (the sum; null where a score is not finite).
      """)

  static let schema = "muninn.reward.score/1"

  @Option(
    help: ArgumentHelp("The judge: a directory, or a file.", valueName: "judge"))
  var judge: String

  @Argument(help: ArgumentHelp("Rollouts.", valueName: "file"))
  var file: String

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Write every rollout's scores here; - for standard output.", valueName: "file"))
  var jsonl: String?

  func validate() throws { try NumberOption.check(threads, "threads", 1...1024) }

  func run() throws {
    var outputs = OutputSet()
    let output = try outputs.open(jsonl, option: "--jsonl")
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    let data = try RewardData(path: file)
    let checkpoint = try Checkpoint.open(judge)
    checkpoint.warnings.forEach(StandardError.say)
    let team = threads.map { ThreadTeam(count: $0) } ?? ThreadTeam()
    let judge = try TrainedJudge.open(checkpoint, packing: WeightPacking(team: team))
    var bar = ProgressBar(total: data.questions.count, before: 0, unit: "questions")
    let scores: RewardScores
    do {
      scores = try RewardScores(data, by: judge, control: Interruption.control) { bar.show($0) }
      bar.clear()
    } catch {
      bar.clear()
      guard error is CancellationRequested else { throw error }
      throw ExitCode(Interruption.exitStatus)
    }
    if let output {
      for (number, rollouts) in scores.steps.enumerated() {
        for rollout in rollouts.indices {
          try output.write(line: Self.record(scores, number, rollout).serialized())
        }
      }
      try output.finish()
    }
    if output?.isStandardOutput != true {
      for line in RewardScoreReport(scores).lines { try StandardOutput.say(line) }
    }
    let lost = scores.steps.joined().filter(\.isEmpty).count
    if lost > 0 {
      StandardError.say(
        "\(lost) rollouts have scores that are not finite (NaN or infinity), and are never chosen")
      throw ExitCode(1)
    }
  }

  private static func record(_ scores: RewardScores, _ number: Int, _ rollout: Int) -> JSONValue {
    let (data, steps) = (scores.data, scores.steps[number][rollout])
    let question = data.questions[number]
    let labels = question.labels[rollout * data.steps..<(rollout + 1) * data.steps]
    return .object([
      JSONMember("schema", .string(schema)), JSONMember("question", .integer(number)),
      JSONMember("rollout", .integer(rollout)),
      JSONMember("correct", .bool(question.correct[rollout])),
      JSONMember("labels", .array(labels.map { .number(Double($0)) })),
      JSONMember("step_scores", .array(steps.map { .number($0) })),
      JSONMember("score", ScoreReduction.sum.score(steps).map { .number($0) } ?? .null),
    ])
  }
}
