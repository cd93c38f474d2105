import Checkpoints
import Training

/// The state of training a judge in one file, `checkpoint/state.safetensors`: written beside and then
/// renamed, so that there is always one whole state.
struct RewardCheckpoint {
  let settings: RewardSettings
  /// Tells data and first weights apart.
  let data: UInt64
  let design: UInt64

  static let format = "muninn.reward/1"
  static let tensorNames = ["weights", "best", "momentum", "second_moment"]

  func write(_ state: RewardState, to path: String) throws {
    let tensors = [
      state.weights, state.best, state.optimizer.momentum, state.optimizer.secondMoment,
    ]
    var metadata = own
    metadata["progress"] =
      JSONValue.members([
        ("optimizer_steps", .integer(state.optimizer.steps)),
        ("best_epoch", .integer(state.bestEpoch)),
        ("records", .array(state.records.map(\.json))),
      ]).serialized()
    metadata["checksum"] = Self.checksum(metadata, tensors)
    let writer = try SafetensorsWriter(
      path: path, entries: zip(Self.tensorNames, tensors).map { .init($0, shape: [$1.count]) },
      metadata: metadata)
    for tensor in tensors { try writer.append(tensor) }
    try writer.finish(isDurable: true)
  }

  private var own: [String: String] {
    [
      "format": Self.format, "settings": settings.json.serialized(),
      "data": String(data, radix: 16), "design": String(design, radix: 16),
    ]
  }

  /// Changes when anything in the file does.
  private static func checksum(_ metadata: [String: String], _ tensors: [[Float]]) -> String {
    var print = Fingerprint()
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) where name != "checksum" {
      print.add(name)
      print.add(value)
    }
    for tensor in tensors { print.add(tensor) }
    return print.text
  }

  /// Reads a state of this run and trusts nothing in it.
  /// - Throws: `TrainingError.damagedCheckpoint`, `.otherRecipe` for that of another run, and what the
  ///   system says.
  func read(_ path: String, directory: String, parameters: Int) throws -> RewardState {
    let file = try SafetensorsFile.open(path)
    func damaged(_ problem: String) -> TrainingError {
      .damagedCheckpoint(file: path, problem: problem)
    }
    guard file.metadata["format"] == Self.format else {
      throw damaged("its metadata does not say the format \(Self.format)")
    }
    let tensors = try Self.tensorNames.map { name in
      guard let tensor = file.tensors[name], tensor.elementType == .float32 else {
        throw damaged("there is no tensor \(name) of 32-bit numbers")
      }
      return tensor.floats()
    }
    guard file.metadata["checksum"] == Self.checksum(file.metadata, tensors) else {
      throw damaged("checksum says that it was changed after it was written")
    }
    let settings = (try? JSONValue(parsing: file.metadata["settings"] ?? "")) ?? .null
    if let difference = self.settings.difference(from: settings) {
      throw TrainingError.otherRecipe(directory: directory, difference: difference)
    }
    for (key, what) in [("data", "data"), ("design", "judge to begin with")]
    where file.metadata[key] != own[key] {
      throw TrainingError.otherRecipe(directory: directory, difference: "the \(what) is another")
    }
    let progress = (try? JSONValue(parsing: file.metadata["progress"] ?? "")) ?? .null
    let records = (progress["records"]?.array ?? []).compactMap { RewardRecord($0) }
    guard let steps = progress["optimizer_steps"]?.integer, steps >= 0,
      let best = progress["best_epoch"]?.integer, records.map(\.epoch) == Array(records.indices),
      records.indices.contains(best), records.count <= self.settings.epochs + 1,
      tensors.allSatisfy({ $0.count == parameters && $0.allSatisfy(\.isFinite) })
    else { throw damaged("its numbers are none that this run can come to") }
    var state = RewardState(weights: tensors[0])
    state.best = tensors[1]
    state.optimizer = OptimizerState(
      steps: steps, momentum: tensors[2], secondMoment: tensors[3])
    (state.bestEpoch, state.records) = (best, records)
    return state
  }
}
