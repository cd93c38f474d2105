import ArgumentParser
import Engine
import LatentModels
import Trajectories

/// Edits on the command line.
enum EditOption {
  /// Reads one.
  /// - Throws: `ValidationError` with the place marked.
  static func parse(_ text: String, within limits: EditLimits = EditLimits()) throws -> Edit {
    do {
      return try Edit(parsing: text, within: limits)
    } catch {
      throw ValidationError("--edit, column \(error.column): \(error.problem).\n\(error.marked)")
    }
  }

  /// Makes edits in turn, the first on the first run.
  /// - Parameter runs: all runs, which edits call by their numbers.
  /// - Throws: `ValidationError`, `EditDoesNotFit`, and as `Engine.edit`.
  static func make(
    _ texts: [String], _ engine: Engine, _ runs: [Lineage]
  ) throws -> (lineage: Lineage, trajectory: Trajectory) {
    let tokens = 0..<runs[0].ids.count
    let limits = EditLimits(
      tokens: tokens, layers: engine.workbench.model.facts.layers,
      passes: engine.workbench.model.facts.passes,
      runs: runs.indices.map(String.init))
    var made: (lineage: Lineage, trajectory: Trajectory)?
    for text in texts {
      let edit = try parse(text, within: limits)
      let cause = try EditCause(edit) { name in
        guard let number = Int(name), runs.indices.contains(number) else {
          throw ValidationError("--edit: there is no run \(name).")
        }
        return runs[number]
      }
      made = try engine.edit(made?.lineage ?? runs[0], cause)
    }
    guard let made else { throw ValidationError("--edit: there is no edit.") }
    return made
  }
}
