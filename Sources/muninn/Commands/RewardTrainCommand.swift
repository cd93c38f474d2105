import ArgumentParser
import Checkpoints
import Foundation
import Rewards
import Tensors

extension RewardObjective: ExpressibleByArgument {}

/// `muninn reward train`: a judge of steps, learned from rollouts with labels.
struct RewardTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a judge of steps on rollouts.",
    discussion: """
      Learns which steps of a latent way lead to right answers, and writes a directory that --judge of \
      sample opens:

        muninn reward train --data rollouts.safetensors --small --out judge
        muninn sample --judge judge --prompt … -n 16

      One of three judges: --from copies the model that thought (GPT-2 with continuous thoughts, or recurrent \
      depth, which reads states behind the prompt with as many iterations as it was trained with) and gives \
      it a linear head; --small makes a small causal transformer over the steps, --probe a linear probe of \
      each step: both for states of recurrent depth.

      After every epoch it is measured on questions held back: recall@1 is the share of them whose rollout \
      of the highest score is right, beside that of a rollout drawn at random. The best epoch is kept. Ctrl-C \
      keeps the epochs done; go on with --resume and the same options. The same data, options and seed give \
      the same bytes.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Files of rollouts (safetensors, as published).", valueName: "file"))
  var data: [String]

  @Option(help: ArgumentHelp("The folder to train in.", valueName: "dir"))
  var out: String

  @Option(
    help: ArgumentHelp("The judge is a copy of this model with a linear head.", valueName: "dir"))
  var from: String?

  @Flag(help: "The judge is a small causal transformer over the steps.")
  var small = false

  @Flag(help: "The judge is a linear probe of each step.")
  var probe = false

  @Option(help: ArgumentHelp("With --small: blocks (default: 1).", valueName: "n"))
  var layers: Int?

  @Option(help: ArgumentHelp("With --small: attention heads (default: 4).", valueName: "n"))
  var heads: Int?

  @Option(
    help: ArgumentHelp(
      "With --small: tokens of the model that is judged (default: as the data say; of files that do not, 256, or "
        + "as many as prompts have).",
      valueName: "n"))
  var vocabulary: Int?

  @Option(
    help: ArgumentHelp(
      "What is made small: "
        + RewardObjective.allCases.map(\.rawValue).joined(separator: ", ")
        + ". The first three hold rollouts against each other, by labels as they are, divided by their "
        + "sum, or of the best alone; bce takes every score for the logit of a chance.",
      valueName: "name"))
  var loss = RewardObjective.contrastive

  @Option(help: ArgumentHelp("Times to go over the data.", valueName: "n"))
  var epochs = 10

  @Option(
    help: ArgumentHelp(
      "Largest learning rate of AdamW; it rises over a tenth of the steps and falls along a cosine "
        + "(default: 1e-4 of a copy, 1e-3 of a small one, 1e-2 of a probe).", valueName: "rate"))
  var rate: Double?

  @Option(help: ArgumentHelp("Questions of a step, all their rollouts together.", valueName: "n"))
  var batch = 16

  @Option(help: "Seed of first weights, split and order.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Share of the questions to measure on; they are not learned from.", valueName: "share"))
  var validation = 0.2

  @Flag(help: "Go on with the run in the folder.")
  var resume = false

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  @Flag(help: "Print each epoch as a line of JSON.")
  var json = false

  func validate() throws {
    guard [from != nil, small, probe].count(where: { $0 }) == 1 else {
      throw ValidationError(
        "Give one of --from DIR, --small and --probe: what the judge is made of.")
    }
    for (option, path) in [("out", out), ("from", from ?? "-")] + data.map({ ("data", $0) })
    where path.isEmpty {
      throw ValidationError("--\(option) takes a path; it is empty.")
    }
    if data.isEmpty { throw ValidationError("--data takes a file or more.") }
    for (name, value, range) in [
      ("layers", layers, 1...64), ("heads", heads, 1...256),
      ("vocabulary", vocabulary, 1...JudgeDesign.largestVocabulary),
    ] {
      guard let value else { continue }
      if !small { throw ValidationError("--\(name) goes with --small.") }
      try NumberOption.check(value, name, range)
    }
    try NumberOption.check(epochs, "epochs", 1...100_000)
    try NumberOption.check(batch, "batch", 1...100_000)
    if let threads { try NumberOption.check(threads, "threads", 1...1024) }
    if let rate, !(rate > 0 && rate <= 1) {
      throw ValidationError("--rate takes a number above 0 and up to 1, not \(rate).")
    }
    guard validation > 0, validation < 1 else {
      throw ValidationError("--validation takes a share between 0 and 1, not \(validation).")
    }
  }

  func run() throws {
    let rollouts = try RewardData(paths: data)
    let run = try RewardRun(
      data: rollouts, design: try design(for: rollouts), settings: settings, directory: out,
      resumes: resume, team: threads.map { ThreadTeam(count: $0) } ?? ThreadTeam())
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    var bar = ProgressBar(
      total: run.batches, before: run.trainer.state.epoch * run.trainer.batches, unit: "batches")
    let ending = try run.run(isCancelled: Interruption.control.isCancelled) { event in
      switch event {
      case .batch(let done): bar.show(done)
      case .epoch(let record):
        bar.clear()
        StandardOutput.offer((json ? record.json.serialized() : line(record)) + "\n")
      }
    }
    bar.clear()
    try finish(ending, run.trainer.state)
  }

  private var settings: RewardSettings {
    var settings = RewardSettings()
    settings.objective = loss
    settings.epochs = epochs
    settings.rate = rate ?? (from != nil ? 1e-4 : small ? 1e-3 : 1e-2)
    (settings.batch, settings.seed, settings.validation) = (batch, seed, validation)
    return settings
  }

  private func design(for rollouts: RewardData) throws -> JudgeDesign {
    if let from {
      let checkpoint = try Checkpoint.open(from)
      checkpoint.warnings.forEach(StandardError.say)
      return try .copy(of: checkpoint, for: rollouts, seed: seed)
    }
    if probe { return .probe(for: rollouts) }
    return try .small(
      layers: layers ?? 1, heads: heads ?? 4, vocabulary: vocabulary, for: rollouts, seed: seed)
  }

  private func line(_ record: RewardRecord) -> String {
    let measures = record.measures
    let learned = record.trainingLoss.map { String(format: "loss %.4f  ", $0) } ?? ""
    return "epoch \(record.epoch)/\(epochs)  " + learned
      + String(
        format: "held back: loss %.4f  recall@1 %.3f (at random %.3f)  calibration error %.3f",
        measures.loss, measures.recall, measures.random, measures.calibration)
  }

  private func finish(_ ending: RewardRun.Ending, _ state: RewardState) throws {
    switch ending {
    case .finished:
      StandardError.say(
        "\(out) holds the judge of epoch \(state.bestEpoch): muninn sample --judge \(out)")
    case .interrupted:
      StandardError.say(
        "stopped after epoch \(state.epoch) of \(epochs), saved; go on with the same options and --resume"
      )
      throw ExitCode(Interruption.exitStatus)
    }
  }
}
