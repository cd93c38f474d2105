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
