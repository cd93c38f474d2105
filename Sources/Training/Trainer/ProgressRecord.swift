import Checkpoints

/// One line of `history.jsonl`.
public struct ProgressRecord: Sendable, Equatable {
  /// Steps done.
  public var step: Int
  public var stage: String
  /// Mean over the steps since the last line, nats.
  public var loss: Double
  /// Mean Euclidean norm of the gradients before they were shortened.
  public var gradientNorm: Double
  /// Mean iterations of a step.
  public var iterations: Double
  /// Factor on the learning rates at the last of these steps.
  public var rate: Double
  /// The hardest difficulty each task is drawn at.
  public var limits: [String: Int]
  /// Seconds of training so far.
  public var seconds: Double
  /// Training tokens so far.
  public var tokens: Int
  /// Accuracy of the averaged weights, when it was measured here.
  public var accuracy: AccuracyTable?

  /// The record as an object.
  public var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("step", .integer(step)), ("stage", .string(stage)), ("loss", .number(loss)),
      ("gradient_norm", .number(gradientNorm)), ("iterations", .number(iterations)),
      ("rate", .number(rate)),
      ("limits", .members(limits.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
      ("seconds", .number((seconds * 1000).rounded() / 1000)), ("tokens", .integer(tokens)),
    ]
    if let accuracy { members.append(("accuracy", accuracy.json)) }
    return .members(members)
  }
}

extension ProgressRecord {
  /// Reads a line of a history.
  /// - Parameters:
  ///   - recipe: what was followed.
  ///   - before: the line before.
  ///   - reach: limits that the tasks can have come to at the end of the history.
  ///   - last: steps done at its end.
  init(
    _ json: JSONValue, of recipe: TrainingRecipe, after before: ProgressRecord?,
    reach: [String: ClosedRange<Int>], last: Int
  ) throws(RecipeError) {
    var fields = try RecipeFields(json, address: "")
    let first = (before?.step ?? 0) + 1
    guard first <= last else { throw RecipeError("step", "is after step \(last), the last done") }
    step = try fields.needed("step", try fields.whole("step", first...last))
    stage = try fields.needed("stage", try fields.text("stage"))
    loss = try fields.needed("loss", try fields.double("loss", -1...1e300))
    gradientNorm = try fields.needed(
      "gradient_norm", try fields.double("gradient_norm", 0...1e300))
    let longest = Double(max(1, recipe.stages.map(\.mostIterations).max() ?? 1))
    iterations = try fields.needed("iterations", try fields.double("iterations", 0...longest))
    rate = try fields.needed("rate", try fields.double("rate", 0...1))
    limits = [:]
    if var object = try fields.object("limits") {
      for (name, range) in reach.sorted(by: { $0.key < $1.key }) {
        limits[name] = try object.whole(name, 1...range.upperBound)
      }
      try object.finish()
    }
    seconds = try fields.needed(
      "seconds", try fields.double("seconds", (before?.seconds ?? 0)...1e15))
    let seen = recipe.tokens(after: step)
    tokens = try fields.needed("tokens", try fields.whole("tokens", seen...seen))
    if let object = try fields.object("accuracy") {
      accuracy = try AccuracyTable(object, limits: limits)
    }
    try fields.finish()
  }
}

/// Accuracy of each task at its limit, by number of iterations.
public struct AccuracyTable: Sendable, Equatable {
  /// Numbers of iterations, ascending.
  public var readouts: [Int]
  /// In the order of `readouts`, for each task.
  public var shares: [String: [Double]]
  /// Problems of each task.
  public var problems: Int
  /// The difficulty each task was measured at.
  public var limits: [String: Int]

  /// Mean over the tasks, in the order of `readouts`.
  public var means: [Double] {
    readouts.indices.map { index in
      shares.isEmpty ? 0 : shares.values.reduce(0) { $0 + $1[index] } / Double(shares.count)
    }
  }

  var json: JSONValue {
    .members([
      ("r", .array(readouts.map(JSONValue.integer))), ("problems", .integer(problems)),
      (
        "tasks",
        .members(
          shares.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map(JSONValue.number))) }
        )
      ),
    ])
  }
}

extension AccuracyTable {
  /// Reads the accuracy of a line of a history.
  fileprivate init(_ object: RecipeFields, limits: [String: Int]) throws(RecipeError) {
    var fields = object
    self.limits = limits
    readouts = try fields.needed("r", try fields.wholes("r", 0...1_000_000))
    guard !readouts.isEmpty, zip(readouts, readouts.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw RecipeError(fields.address("r"), "does not ascend")
    }
    problems = try fields.needed("problems", try fields.whole("problems", 1...1_000_000))
    shares = [:]
    guard var tasks = try fields.object("tasks") else {
      throw RecipeError(fields.address("tasks"), "is missing")
    }
    for name in tasks.names {
      guard limits[name] != nil else {
        throw RecipeError(tasks.address(name), "is no task with a limit")
      }
      let values = try tasks.doubles(name, 0...1)
      guard let values, values.count == readouts.count else {
        throw RecipeError(
          tasks.address(name), "has not one share for each of \(readouts.count) iterations")
      }
      shares[name] = values
    }
    try fields.finish()
  }
}
