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
  /// Reads a line of a history; nil when it is none.
  init?(_ json: JSONValue) {
    guard let step = json["step"]?.integer, let stage = json["stage"]?.string,
      let loss = json["loss"]?.number, let gradientNorm = json["gradient_norm"]?.number,
      let iterations = json["iterations"]?.number, let rate = json["rate"]?.number,
      let seconds = json["seconds"]?.number, let tokens = json["tokens"]?.integer
    else { return nil }
    var limits: [String: Int] = [:]
    for member in json["limits"]?.members ?? [] { limits[member.name] = member.value.integer }
    self.init(
      step: step, stage: stage, loss: loss, gradientNorm: gradientNorm, iterations: iterations,
      rate: rate, limits: limits, seconds: seconds, tokens: tokens,
      accuracy: json["accuracy"].flatMap(AccuracyTable.init))
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
  /// Reads the accuracy of a line of a history; nil when it is none.
  init?(_ json: JSONValue) {
    guard let readouts = json["r"]?.array?.compactMap(\.integer),
      let problems = json["problems"]?.integer, let tasks = json["tasks"]?.members
    else { return nil }
    var shares: [String: [Double]] = [:]
    for task in tasks {
      guard let numbers = task.value.array?.compactMap(\.number), numbers.count == readouts.count
      else { return nil }
      shares[task.name] = numbers
    }
    self.init(readouts: readouts, shares: shares, problems: problems)
  }
}
