import Checkpoints
import Foundation
import Training

/// Writes a judge as a directory that `--judge` opens: config.json, model.safetensors in the published
/// layout, and a card.
struct JudgeExport {
  let design: JudgeDesign
  let settings: RewardSettings
  let split: RewardSplit
  let data: RewardData
  let state: RewardState

  func write(to directory: TrainingDirectory) throws {
    try design.write(state.best, to: directory.path)
    try directory.write(design.configuration.serialized() + "\n", name: "config.json")
    try directory.write(card, name: "README.md")
  }

  /// What it is, and what was measured.
  var card: String {
    var lines = [
      "# A judge of latent reasoning", "",
      "\(design.explanation.prefix(1).uppercased())\(design.explanation.dropFirst()), trained by "
        + "`muninn reward train`. Open it with `muninn sample --judge` and this folder, for the model "
        + "that the data came from.", "",
      "| | |", "|---|---|",
      "| parameters | \(design.layout.count) |",
      "| loss | \(settings.objective.rawValue) |",
      "| learned from | \(RewardWords.count(split.training.count, "question")), \(data.rollouts) rollouts of "
        + "\(RewardWords.count(data.steps, "step")) each |",
      "| measured on | \(RewardWords.count(split.validation.count, "other question")) |",
      "| rate, batch, seed | \(settings.rate), \(RewardWords.count(settings.batch, "question")), \(settings.seed) |",
      "| kept | epoch \(state.bestEpoch) of \(state.epoch) done, \(settings.epochs) planned |", "",
      "| epoch | training loss | validation loss | recall@1 | at random | calibration error |",
      "|---|---|---|---|---|---|",
    ]
    for record in state.records {
      let measures = record.measures
      lines.append(
        "| "
          + [
            record.epoch == state.bestEpoch ? "\(record.epoch) (kept)" : "\(record.epoch)",
            record.trainingLoss.map(Self.number) ?? "–", Self.number(measures.loss),
            Self.number(measures.recall), Self.number(measures.random),
            Self.number(measures.calibration),
          ].joined(separator: " | ") + " |")
    }
    lines += [
      "",
      "Recall@1 is the share of questions whose rollout of the highest score is right. Epoch 0 is the "
        + "judge before it learned anything. The kept epoch is chosen by the recall shown here, which "
        + "therefore flatters it a little.", "",
    ]
    lines.append(
      settings.objective.hasAbsoluteScores
        ? "A score r is the logit of a chance; the score of a rollout is Σ ln σ(r) over its steps: "
          + "choose by `best-of-n-bce`."
        : "Scores compare rollouts of one question at the same step and say nothing alone: the "
          + "calibration error is that after a shift of all scores that fits the mean of labels.")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }
}

extension JudgeDesign {
  /// Writes the judge as it is before it has learned anything, as a directory that `--judge` opens: what
  /// trained ones are held against.
  /// - Throws: `CheckpointError`, `OutputError`.
  public func writeUntrained(to folder: String) throws {
    try OutputFolder.make(folder)
    try write(weights, to: folder)
    try OutputFile.write(
      Array((configuration.serialized() + "\n").utf8), to: "\(folder)/config.json")
  }

  /// Writes model.safetensors in the published layout.
  fileprivate func write(_ weights: [Float], to folder: String) throws {
    let entries = layout.entries.sorted { $0.name < $1.name }
    let writer = try SafetensorsWriter(
      path: "\(folder)/model.safetensors",
      entries: entries.map {
        .init($0.name, shape: $0.isInputsFirstInFiles ? $0.shape.reversed() : $0.shape)
      }, metadata: ["format": "pt"])
    for entry in entries { try writer.append(entry.asInFiles(weights)) }
    try writer.finish(isDurable: true)
  }
}
