import Checkpoints
import Foundation

/// A training state in one file, `state.safetensors`: written beside and then renamed, so that there
/// is always one whole state whenever the process ends.
struct TrainingCheckpoint {
  /// What was trained how; a state goes on only under the same.
  var recipe: TrainingRecipe
  /// Tells texts apart.
  var textFingerprint: UInt64
  var state: TrainingState
  /// What the history held when the state was taken.
  var history = HistoryMark()

  /// Where a history stood.
  struct HistoryMark: Equatable {
    var bytes = 0
    /// Of these bytes; nil in files of the first format, which do not say.
    var fingerprint: UInt64?
  }

  /// Says in `checksum` that it is whole.
  static let format = "muninn.training/2"
  /// The same without a checksum: read with every other check, no longer written.
  static let firstFormat = "muninn.training/1"
  static let tensorNames = ["weights", "average", "momentum", "second_moment"]

  /// Bytes of the file for a model of so many parameters, about.
  static func size(parameters: Int) -> Int { 4 * 4 * parameters + 1 << 16 }

  private var tensors: [[Float]] {
    [state.weights, state.average, state.optimizer.momentum, state.optimizer.secondMoment]
  }

  func write(to path: String) throws {
    let (recipe, progress) = (recipe.json.serialized(), progress.serialized())
    let text = String(textFingerprint, radix: 16)
    let checksum = Self.checksum(
      recipe: recipe, progress: progress, text: text, tensors: tensors)
    let writer = try SafetensorsWriter(
      path: path,
      entries: zip(Self.tensorNames, tensors).map { .init($0, shape: [$1.count]) },
      metadata: [
        "format": Self.format, "recipe": recipe, "text": text, "progress": progress,
        "checksum": checksum,
      ])
    for tensor in tensors { try writer.append(tensor) }
    try writer.finish(isDurable: true)
  }

  /// Changes when anything in the file does.
  static func checksum(
    recipe: String, progress: String, text: String, tensors: [[Float]]
  ) -> String {
    var print = Fingerprint()
    for part in [format, recipe, progress, text] { print.add(part.utf8 + [0]) }
    for tensor in tensors { print.add(tensor) }
    return String(print.value, radix: 16)
  }

  private var progress: JSONValue {
    .members([
      ("step", .integer(state.step)), ("optimizer_steps", .integer(state.optimizer.steps)),
      ("seconds", .number(state.seconds)), ("tokens", .integer(state.tokens)),
      ("history_bytes", .integer(history.bytes)),
      ("history_checksum", .string(String(history.fingerprint ?? 0, radix: 16))),
      (
        "limits",
        .members(state.limits.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
      ),
      (
        "window",
        .members([
          ("loss", .number(state.window.loss)), ("norm", .number(state.window.gradientNorm)),
          ("iterations", .integer(state.window.iterations)),
          ("steps", .integer(state.window.steps)),
        ])
      ),
    ])
  }
}
