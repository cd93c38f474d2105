import ArgumentParser
import Checkpoints
import Exports
import RunFiles
import Trajectories

/// Records of a run file, for which nothing is run.
extension TraceCommand {
  /// What goes with `--run`.
  func validateSaved() throws {
    let isPlain =
      prompt.given == 0 && save == nil && saveRun == nil && steps == nil && several.seeds == nil
      && start.start() == .usual && !inside.blocks && edit.isEmpty && model.model == nil
      && watching.watch.isEmpty && until.until == nil
    guard isPlain else {
      throw ValidationError(
        "--run writes the records of what was run before; it goes with --jsonl and nothing else.")
    }
    guard jsonl != nil else {
      throw ValidationError("Nothing to write: give --jsonl FILE (or -).")
    }
  }

  func writeRecords(of path: String) throws {
    let file = try RunFile.open(path)
    var outputs = OutputSet()
    guard let output = try outputs.open(jsonl, option: "--jsonl") else { return }
    let nodes = file.tree.nodes.map(\.id)
    let runs = nodes.compactMap { node in file.trajectories[node].map { (node, $0) } }
    var records = runs.enumerated().map { number, run in
      RunRecords(
        run: number, vocabulary: TokenTexts(file.codec), texts: file.texts(of: run.0),
        watched: file.watched(in: run.0), most: top)
    }
    let last = runs.map(\.1.lastIteration).max() ?? 0
    for iteration in 0...last {
      for (index, run) in runs.enumerated() where iteration <= run.1.lastIteration {
        for line in records[index].take(run.1.steps[iteration], of: run.1) {
          try output.write(line: line)
        }
      }
    }
    try output.finish()
  }
}
