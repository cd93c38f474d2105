import Foundation

/// The README of a trained model: how it was made, and what was measured on the way.
struct ModelCard {
  let recipe: TrainingRecipe
  let state: TrainingState
  let accuracy: AccuracyTable?
  let parameters: Int
  var precision = ModelExport.Precision.float32

  var text: String {
    var lines = [
      "# \(recipe.name)", "",
      "\(kind) over bytes, trained by `muninn train`. Open it with"
        + " `muninn --model` and this folder.", "",
      "| | |", "|---|---|",
      "| parameters | \(parameters) |",
      "| layers | \(layers) |",
      "| trained | \(state.step) of \(recipe.steps) steps, \(state.tokens) tokens, "
        + "\(Int((state.seconds / 60).rounded())) minutes |",
      "| recipe | `recipe.json`, seed \(recipe.seed) |",
      "| weights | running average, decay \(recipe.optimizer.averaging), "
        + "stored as \(precision.rawValue) |", "",
    ]
    if !recipe.notes.isEmpty {
      lines += recipe.notes.map { "- \($0)" } + [""]
    }
    if let accuracy {
      lines += [
        "Share of whole answers right at the hardest difficulty reached, \(accuracy.problems) fresh "
          + "problems of each task, by number of \(unit) r, measured while training:", "",
        "| task | difficulty | " + accuracy.readouts.map { "r = \($0)" }.joined(separator: " | ")
          + " |", "|---|---|" + accuracy.readouts.map { _ in "---|" }.joined(),
      ]
      for (task, shares) in accuracy.shares.sorted(by: { $0.key < $1.key }) {
        let cells = shares.map { String(format: "%.2f", $0) }.joined(separator: " | ")
        lines.append("| \(task) | \(accuracy.limits[task] ?? 0) | \(cells) |")
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  private var thinks: Bool { recipe.architecture.kind == .continuousThought }
  private var unit: String { thinks ? "thoughts" : "iterations" }
  private var kind: String {
    thinks
      ? "A model of continuous thoughts (COCONUT on GPT-2)" : "A recurrent-depth language model"
  }

  private var layers: String {
    let sizes = recipe.architecture
    let blocks =
      thinks
      ? "\(sizes.layers)" : "prelude \(sizes.prelude), core \(sizes.core) × r, coda \(sizes.coda)"
    return "\(blocks); width \(sizes.width), \(sizes.heads) heads, "
      + "feed-forward \(sizes.feedForward)"
  }
}
