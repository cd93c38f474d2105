import Checkpoints
import Foundation
import LatentModels
import Tensors

/// Times the parts of a model in several precisions, in turns, so that what a shared machine does
/// meanwhile falls on all of them alike.
struct ModelBenchmark {
  /// What was measured for one precision and one number of tokens, medians over all rounds.
  struct Row {
    /// A precision, or `beside` for the program that ran between.
    var name: String
    var tokens: Int
    /// Milliseconds of each part: iteration, prelude, coda, head.
    var parts: [(name: String, milliseconds: Double)]
    /// The longer of reading the loop's weights and of computing its products, in milliseconds.
    var ceiling: Double?
    var error: Double
  }

  let checkpoint: Checkpoint
  let plan: ModelPlan
  let precisions: [Precision]
  let tokens: [Int]
  var repetitions = 15
  var rounds = 1
  /// A command that prints one JSON object a line with `tokens` and `iteration_ms`.
  var beside: String?
  let team: ThreadTeam
  /// Told what is going on.
  var note: (String) throws -> Void = { _ in }

  /// Runs everything and gathers rows, a precision after the other.
  func run() throws -> [Row] {
    var samples: [Key: [String: [Double]]] = [:]
    var errors: [Precision: Double] = [:]
    for round in 0..<rounds {
      for precision in precisions {
        let opened = ContinuousClock().now
        let model = try plan.open(WeightPacking(precision: precision, team: team))
        let loading = (ContinuousClock().now - opened) / .milliseconds(1)
        if round == 0 {
          try note(
            "\(checkpoint.name), \(precision.rawValue): "
              + "\(Quantity.bytes(model.facts.packedBytes)) packed in "
              + String(format: "%.0f ms", loading))
          if precision != .exact {
            let error = try MeasuredError(plan, precision, team: team)
            errors[precision] = error.worst
            try note(error.text)
          }
        }
        for count in tokens {
          let figures = try time(model, tokens: count)
          let ceiling = try ceiling(plan, precision, tokens: count)
          let key = Key(name: precision.rawValue, tokens: count)
          for (name, value) in figures {
            samples[key, default: [:]][name, default: []].append(value)
          }
          if let ceiling { samples[key, default: [:]]["ceiling", default: []].append(ceiling) }
        }
      }
      if let beside {
        for line in try OtherProgram(command: beside).figures() {
          let key = Key(name: "beside", tokens: line.tokens)
          for (name, value) in line.parts {
            samples[key, default: [:]][name, default: []].append(value)
          }
        }
      }
    }
    let names = precisions.map(\.rawValue) + (beside == nil ? [] : ["beside"])
    return names.flatMap { name in
      samples.keys.filter { $0.name == name }.sorted { $0.tokens < $1.tokens }.compactMap { key in
        guard let figures = samples[key] else { return nil }
        let medians = figures.mapValues { $0.sorted()[$0.count / 2] }
        return Row(
          name: name, tokens: key.tokens,
          parts: Self.parts.compactMap { part in medians[part].map { (part, $0) } },
          ceiling: medians["ceiling"],
          error: Precision(rawValue: name).flatMap { errors[$0] } ?? 0)
      }
    }
  }

  private struct Key: Hashable {
    let name: String
    let tokens: Int
  }

  private static let parts = ["iteration", "prelude", "coda", "head"]

  private func time(
    _ model: any LatentModel, tokens: Int
  ) throws -> [(String, Double)] {
    let vocabulary = model.facts.vocabularySize
    let ids = (0..<tokens).map { ($0 * 7919 + 13) % vocabulary }
    let context = try model.begin(ids)
    let state = try model.initialState(model.facts.usualStart, in: context)
    let decoded = try model.decode(state, in: context, .plain)
    return [
      ("iteration", try median { _ = try model.step(state, in: context, .plain) }),
      ("prelude", try median { _ = try model.begin(ids) }),
      ("coda", try median { _ = try model.decode(state, in: context, .plain) }),
      ("head", median { _ = model.logits(decoded.hidden, positions: tokens - 1..<tokens) }),
    ]
  }

  /// How long the loop's products must take: its packed weights at the speed of a plain read of a
  /// large weight, its multiply-adds at the speed of register-only products. nil for models so small
  /// that their weights stay in the caches.
  private func ceiling(_ plan: ModelPlan, _ precision: Precision, tokens: Int) throws -> Double? {
    let weights = plan.facts.multiplyAdds.iteration
    guard
      weights >= 100_000_000,
      let largest = plan.tensors.values.filter({ $0.shape.count == 2 }).max(by: {
        $0.count < $1.count
      })
    else { return nil }
    let rows = min(largest.shape[0], 60_000_000 / largest.shape[1])
    let sample = RandomWeights.tensor(
      outputs: rows, inputs: largest.shape[1], type: largest.elementType, deviation: 0.02)
    let linear = try Linear(sample, precision: precision, team: team)
    let figure = KernelTiming(linear, team: team).measure(tokens: 1, seconds: 0.3)
    let share = Double(weights) / Double(figure.multiplyAdds)
    return max(
      figure.readMilliseconds * share, figure.arithmeticMilliseconds * share * Double(tokens))
  }

  private func median(_ body: () throws -> Void) rethrows -> Double {
    try body()
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<repetitions { times.append(try clock.measure(body) / .milliseconds(1)) }
    return times.sorted()[repetitions / 2]
  }
}

extension ModelBenchmark.Row {
  /// One JSON object.
  var json: String {
    var line = JSONLine()
    line.add("tokens", tokens)
    line.add("precision", name)
    line.add("relative_error", Float(error))
    for part in parts { line.add("\(part.name)_ms", raw: Self.decimal(part.milliseconds)) }
    if let ceiling {
      line.add("ceiling_ms", raw: Self.decimal(ceiling))
      line.add("share_of_ceiling", raw: Self.decimal(ceiling / iteration))
    }
    return line.line
  }

  /// Milliseconds of one iteration.
  var iteration: Double { parts.first { $0.name == "iteration" }?.milliseconds ?? .nan }

  /// For people.
  /// - Parameter reference: the row of the same number of tokens to compare with.
  func text(against reference: ModelBenchmark.Row?) -> String {
    var text =
      name.padding(toLength: 7, withPad: " ", startingAt: 0)
      + String(format: "%5d tokens: ", tokens)
      + parts.map { "\($0.name) \(Self.decimal($0.milliseconds)) ms" }.joined(separator: ", ")
    if let ceiling {
      text += String(
        format: "; iteration at %.0f %% of its ceiling of %.1f ms", ceiling / iteration * 100,
        ceiling)
    }
    if let reference, reference.name != name {
      text += String(
        format: "; %.2f times as fast as %@", reference.iteration / iteration, reference.name)
    }
    return text
  }

  private static func decimal(_ value: Double) -> String { String(format: "%.3f", value) }
}
