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
  /// Bytes of the history when the state was taken.
  var historyBytes: Int

  private static let format = "muninn.training/1"

  /// Bytes of the file for a model of so many parameters, about.
  static func size(parameters: Int) -> Int { 4 * 4 * parameters + 1 << 16 }

  private var tensors: [(name: String, values: [Float])] {
    [
      ("weights", state.weights), ("average", state.average),
      ("momentum", state.optimizer.momentum), ("second_moment", state.optimizer.secondMoment),
    ]
  }

  func write(to path: String) throws {
    let progress = JSONValue.members([
      ("step", .integer(state.step)), ("optimizer_steps", .integer(state.optimizer.steps)),
      ("seconds", .number(state.seconds)), ("tokens", .integer(state.tokens)),
      ("history_bytes", .integer(historyBytes)),
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
    let writer = try SafetensorsWriter(
      path: path,
      entries: tensors.map { .init($0.name, shape: [$0.values.count]) },
      metadata: [
        "format": Self.format, "recipe": recipe.json.serialized(),
        "text": String(textFingerprint, radix: 16), "progress": progress.serialized(),
      ])
    for tensor in tensors { try writer.append(tensor.values) }
    try writer.finish(isDurable: true)
  }

  /// - Parameter count: parameters of the model the recipe makes.
  static func read(_ path: String) throws -> TrainingCheckpoint {
    func damaged(_ problem: String) -> TrainingError {
      .damagedCheckpoint(file: path, problem: problem)
    }
    let file = try SafetensorsFile.open(path)
    guard file.metadata["format"] == format else {
      throw damaged("it is not of the format \(format)")
    }
    guard let recipeText = file.metadata["recipe"], let progressText = file.metadata["progress"],
      let text = file.metadata["text"].flatMap({ UInt64($0, radix: 16) })
    else { throw damaged("it says neither recipe nor progress") }
    let recipe = try TrainingRecipe(JSONValue(parsing: recipeText))
    let progress = try JSONValue(parsing: progressText)
    func whole(_ json: JSONValue?, _ name: String) throws -> Int {
      guard let value = json?[name]?.integer, value >= 0 else {
        throw damaged("its progress does not say \(name)")
      }
      return value
    }
    func number(_ json: JSONValue?, _ name: String) throws -> Double {
      guard let value = json?[name]?.number else {
        throw damaged("its progress does not say \(name)")
      }
      return value
    }
    func values(_ name: String) throws -> [Float] { try file.tensor(name).floats() }
    let weights = try values("weights")
    let (average, momentum) = (try values("average"), try values("momentum"))
    let second = try values("second_moment")
    guard [average, momentum, second].allSatisfy({ $0.count == weights.count }) else {
      throw damaged("its tensors differ in size")
    }
    var state = TrainingState(
      weights: weights, average: average,
      optimizer: OptimizerState(
        steps: try whole(progress, "optimizer_steps"), momentum: momentum, secondMoment: second))
    state.step = try whole(progress, "step")
    state.seconds = try number(progress, "seconds")
    state.tokens = try whole(progress, "tokens")
    for member in progress["limits"]?.members ?? [] {
      state.limits[member.name] = try whole(progress["limits"], member.name)
    }
    let window = progress["window"]
    state.window.loss = try number(window, "loss")
    state.window.gradientNorm = try number(window, "norm")
    state.window.iterations = try whole(window, "iterations")
    state.window.steps = try whole(window, "steps")
    return TrainingCheckpoint(
      recipe: recipe, textFingerprint: text, state: state,
      historyBytes: try whole(progress, "history_bytes"))
  }
}

/// FNV-1a (Fowler, Noll and Vo): tells two texts apart, no defence against forgery.
enum Fingerprint {
  static func of(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
