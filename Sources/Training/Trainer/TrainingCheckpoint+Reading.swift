import Checkpoints

extension TrainingCheckpoint {
  /// Reads a state and trusts nothing in it: every number must be one that its recipe can come to.
  /// - Throws: `TrainingError.damagedCheckpoint` with the key, or what the system says.
  /// - Parameter parameters: of the model.
  static func read(_ path: String, parameters: Int) throws -> TrainingCheckpoint {
    let file = try StateFile(path)
    let recipe = try file.recipe()
    let progress = try file.progress(of: recipe)
    let tensors = try file.tensors(count: parameters)
    try file.checkWhole(tensors)
    var state = TrainingState(
      weights: tensors[0], average: tensors[1],
      optimizer: OptimizerState(
        steps: progress.state.step, momentum: tensors[2], secondMoment: tensors[3]))
    state.step = progress.state.step
    state.seconds = progress.state.seconds
    state.tokens = progress.state.tokens
    state.limits = progress.state.limits
    state.window = progress.state.window
    return TrainingCheckpoint(
      recipe: recipe, textFingerprint: try file.text(), state: state, history: progress.history)
  }

  /// The recipe of a state alone.
  static func readRecipe(_ path: String) throws -> TrainingRecipe { try StateFile(path).recipe() }
}

/// The parts of a state file, each checked on its own.
private struct StateFile {
  let file: SafetensorsFile
  let isFirstFormat: Bool

  init(_ path: String) throws {
    file = try SafetensorsFile.open(path)
    let format = file.metadata["format"]
    isFirstFormat = format == TrainingCheckpoint.firstFormat
    guard isFirstFormat || format == TrainingCheckpoint.format else {
      throw damaged("its metadata does not say the format \(TrainingCheckpoint.format)")
    }
    let known = ["format", "recipe", "text", "progress"] + (isFirstFormat ? [] : ["checksum"])
    for name in file.metadata.keys.sorted() where !known.contains(name) {
      throw damaged("\(name) is not known in the metadata")
    }
    for name in (Array(file.tensors.keys) + file.skipped.keys).sorted()
    where !TrainingCheckpoint.tensorNames.contains(name) {
      throw damaged("there is a tensor \(name) too many")
    }
  }

  func damaged(_ problem: String) -> TrainingError {
    .damagedCheckpoint(file: file.path, problem: problem)
  }

  private func metadata(_ name: String) throws -> String {
    guard let text = file.metadata[name] else { throw damaged("\(name) is missing") }
    return text
  }

  private func json(_ name: String) throws -> JSONValue {
    let text = try metadata(name)
    do {
      return try JSONValue(parsing: text)
    } catch {
      throw damaged("\(name) is \(error)")
    }
  }

  func recipe() throws -> TrainingRecipe {
    do {
      return try TrainingRecipe(json("recipe"))
    } catch let error as RecipeError {
      throw damaged("recipe.\(error.address) \(error.problem)")
    }
  }

  func text() throws -> UInt64 {
    guard let value = UInt64(try metadata("text"), radix: 16) else {
      throw damaged("text is no fingerprint")
    }
    return value
  }

  /// How far the run had come: all but the tensors.
  func progress(
    of recipe: TrainingRecipe
  ) throws -> (state: TrainingState, history: TrainingCheckpoint.HistoryMark) {
    do {
      var fields = try RecipeFields(json("progress"), address: "progress")
      return try Self.progress(&fields, of: recipe, hasChecksums: !isFirstFormat)
    } catch let error as RecipeError {
      throw damaged("\(error.address) \(error.problem)")
    }
  }

  private static func progress(
    _ fields: inout RecipeFields, of recipe: TrainingRecipe, hasChecksums: Bool
  ) throws(RecipeError) -> (state: TrainingState, history: TrainingCheckpoint.HistoryMark) {
    var state = TrainingState(weights: [])
    state.step = try fields.needed("step", try fields.whole("step", 0...recipe.steps))
    let steps = try fields.whole("optimizer_steps", state.step...state.step)
    state.optimizer.steps = try fields.needed("optimizer_steps", steps)
    state.seconds = try fields.needed("seconds", try fields.double("seconds", 0...1e15))
    let tokens = recipe.tokens(after: state.step)
    state.tokens = try fields.needed("tokens", try fields.whole("tokens", tokens...tokens))
    state.limits = try fields.limits(CurriculumReach.limits(recipe, after: state.step))
    var history = TrainingCheckpoint.HistoryMark()
    history.bytes = try fields.needed(
      "history_bytes", try fields.whole("history_bytes", 0...1 << 32))
    if hasChecksums {
      let text = try fields.needed("history_checksum", try fields.text("history_checksum"))
      guard let value = UInt64(text, radix: 16) else {
        throw RecipeError(fields.address("history_checksum"), "is no checksum")
      }
      history.fingerprint = value
    }
    guard var window = try fields.object("window") else {
      throw RecipeError(fields.address("window"), "is missing")
    }
    let longest = max(1, recipe.stages.map(\.mostIterations).max() ?? 1)
    // Thoughts may be none.
    let least = recipe.architecture.kind == .continuousThought ? 0 : 1
    let count = try window.needed("steps", try window.whole("steps", 0...state.step))
    state.window.steps = count
    let loss = try window.double("loss", -1...1e300)
    state.window.loss = try window.needed("loss", loss)
    state.window.gradientNorm = try window.needed("norm", try window.double("norm", 0...1e300))
    state.window.iterations = try window.needed(
      "iterations", try window.whole("iterations", count * least...count * longest))
    try window.finish()
    try fields.finish()
    return (state, history)
  }

  /// All tensors, of the size of the model and finite.
  func tensors(count: Int) throws -> [[Float]] {
    for name in TrainingCheckpoint.tensorNames {
      guard let tensor = file.tensors[name] else {
        throw damaged("there is no tensor \(name) of 32-bit numbers")
      }
      guard tensor.elementType == .float32, tensor.shape == [count] else {
        throw damaged(
          "tensor \(name) is \(tensor.elementType.rawValue) of shape \(tensor.shape); the model "
            + "has F32 of [\(count)]")
      }
    }
    return try TrainingCheckpoint.tensorNames.map { name in
      let values = try file.tensor(name).floats()
      let least: Float = name == "second_moment" ? 0 : -.greatestFiniteMagnitude
      if let index = values.firstIndex(where: { !($0.isFinite && $0 >= least) }) {
        throw damaged("tensor \(name) holds \(values[index]) at \(index)")
      }
      return values
    }
  }

  /// What no check of one number sees.
  func checkWhole(_ tensors: [[Float]]) throws {
    guard !isFirstFormat else { return }
    let found = TrainingCheckpoint.checksum(
      recipe: try metadata("recipe"), progress: try metadata("progress"),
      text: try metadata("text"), tensors: tensors)
    guard try metadata("checksum") == found else {
      throw damaged("checksum says that it was changed after it was written")
    }
  }
}

extension RecipeFields {
  /// A value that may not be left out.
  func needed<Value>(_ name: String, _ value: Value?) throws(RecipeError) -> Value {
    guard let value else { throw RecipeError(address(name), "is missing") }
    return value
  }

  /// The `limits` of a run whose curriculum can have come so far.
  mutating func limits(
    _ reach: [String: ClosedRange<Int>]
  ) throws(RecipeError) -> [String: Int] {
    guard var fields = try object("limits") else {
      throw RecipeError(address("limits"), "is missing")
    }
    var limits: [String: Int] = [:]
    for (name, range) in reach.sorted(by: { $0.key < $1.key }) {
      limits[name] = try fields.needed(name, try fields.whole(name, range))
    }
    try fields.finish()
    return limits
  }
}

extension TrainingRecipe {
  /// Tokens seen in so many steps.
  func tokens(after steps: Int) -> Int {
    var (rest, tokens) = (steps, 0)
    for stage in stages where rest > 0 {
      tokens += min(rest, stage.steps) * stage.rows * stage.length
      rest -= stage.steps
    }
    return tokens
  }
}
