import ArgumentParser
import Checkpoints
import Engine
import Trajectories

/// A condition on the command line, which ends a run.
struct UntilOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Iterate until this is so of the last token; --steps is the most (see trace --help).",
      discussion:
        "\"entropy < 0.5 && iteration > 4\", \"argmax stable 5\", \"rank('7') == 1\", "
        + "\"any(nonfinite)\", \"exit(kl)\".", valueName: "condition"))
  var until: String?

  /// Reads it against a model's words.
  /// - Throws: `ValidationError` that shows where it goes wrong.
  /// - Parameter parts: what the steps that are looked at tell of; nil for all that the model has.
  func condition(_ workbench: Workbench, _ parts: MetricParts? = nil) throws -> Condition? {
    guard let until else { return nil }
    let codec = workbench.codec
    do throws(ConditionError) {
      return try ConditionParser.parse(
        until, parts ?? workbench.summary.parts,
        token: { codec.plainIDs(of: $0) })
    } catch {
      throw ValidationError("--until: \(error)\n\(error.picture)")
    }
  }
}
