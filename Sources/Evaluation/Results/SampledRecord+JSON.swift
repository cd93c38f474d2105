import Checkpoints
import ParallelScaling

extension SampledRecord {
  /// As members of a line.
  var members: [JSONMember] {
    let head =
      [
        JSONMember("schema", .string(SampledFile.schema)), JSONMember("problem", .integer(number)),
      ] + group.members
    switch outcome {
    case .leftOut(let reason): return head + [JSONMember("left_out", .string(reason))]
    case .diverged: return head + [JSONMember("diverged", .bool(true))]
    case .answered(let sample): return head + sample.members
    }
  }

  /// Out of a line; nil for what this program would not write.
  init?(_ document: JSONValue, samples: Int) {
    guard let number = document["problem"]?.integer, (0..<ResultRow.mostProblems).contains(number),
      let group = ProblemGroup(document)
    else { return nil }
    if let reason = document["left_out"] {
      guard let reason = reason.string, reason.count <= ProblemRecord.longestReason else {
        return nil
      }
      self.init(number: number, group: group, outcome: .leftOut(reason))
    } else if document["diverged"]?.bool == true {
      self.init(number: number, group: group, outcome: .diverged)
    } else {
      guard let sample = Sample(document, samples: samples) else { return nil }
      self.init(number: number, group: group, outcome: .answered(sample))
    }
  }
}

extension SampledRecord.Sample {
  fileprivate var members: [JSONMember] {
    func list(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
    var members = [
      JSONMember("key", key.json), JSONMember("sample_seed", .integer(Int(seed))),
      JSONMember("seed", firstSeed.map { .integer(Int($0)) } ?? .null),
      JSONMember("answers", .array(answers.map(\.json))),
      JSONMember("correct", .array(answers.map { .bool($0 == key) })),
      JSONMember("entropy", .array(entropies.map { $0.map { .number($0) } ?? .null })),
      JSONMember("residuals", .array(residuals.map(list))),
      JSONMember("exit", .array(exits.map { $0.map { .integer($0) } ?? .null })),
    ]
    if !scores.isEmpty {
      members.append(JSONMember("score", .array(scores.map { $0.map { .number($0) } ?? .null })))
    }
    if !stepScores.isEmpty {
      members.append(JSONMember("step_scores", .array(stepScores.map(list))))
    }
    if let beam {
      members.append(
        JSONMember(
          "beam",
          .object([
            JSONMember("answer", beam.answer.json),
            JSONMember("correct", .bool(beam.answer == key)),
            JSONMember("step_scores", list(beam.stepScores)),
          ])))
    }
    return members + [
      JSONMember("diverged_copies", .integer(lost)),
      JSONMember(
        "greedy",
        .object([
          JSONMember("answer", greedy.json), JSONMember("correct", .bool(greedy == key)),
        ])),
      JSONMember(
        "chosen",
        .object(
          choices.map { choice in
            JSONMember(
              choice.aggregator,
              .object([
                JSONMember("answer", choice.answer.json),
                JSONMember("correct", .bool(choice.answer == key)),
                JSONMember("correct_of_first", .array(choice.rightOfFirst.map { .bool($0) })),
              ]))
          })),
    ]
  }

  fileprivate init?(_ document: JSONValue, samples: Int) {
    let counts = Coverage.counts(upTo: samples).count
    func flags(_ value: JSONValue?, _ count: Int) -> [Bool]? {
      guard let values = value?.array, values.count == count else { return nil }
      let flags = values.compactMap(\.bool)
      return flags.count == count ? flags : nil
    }
    guard let key = Rollout.Answer(document["key"]),
      let seed = document["sample_seed"]?.integer, seed >= 0,
      let written = document["answers"]?.array, written.count == samples,
      written.allSatisfy({ $0.isNull || Rollout.Answer($0) != nil }),
      let correct = flags(document["correct"], samples),
      let entropy = document["entropy"]?.array, entropy.count == samples,
      let residual = document["residuals"]?.array, residual.count == samples,
      let lost = document["diverged_copies"]?.integer, (0...samples).contains(lost),
      let greedy = document["greedy"], let chosen = document["chosen"]?.members,
      chosen.count <= Aggregator.all.count
    else { return nil }
    let answers = written.map { Rollout.Answer($0) }
    // What is said to be right is so.
    guard zip(answers, correct).allSatisfy({ ($0 == key) == $1 }) else { return nil }
    var choices: [SampledRecord.Choice] = []
    for member in chosen {
      guard Aggregator.named(member.name) != nil,
        !choices.contains(where: { $0.aggregator == member.name }),
        let right = flags(member.value["correct_of_first"], counts)
      else { return nil }
      let answer = Rollout.Answer(member.value["answer"])
      guard right.last == (answer == key) else { return nil }
      choices.append(
        SampledRecord.Choice(aggregator: member.name, answer: answer, rightOfFirst: right))
    }
    guard let judged = Judged(document, samples: samples, key: key) else { return nil }
    var firstSeed: UInt64?
    if let first = document.present("seed") {
      guard let number = first.integer.flatMap({ UInt64(exactly: $0) }) else { return nil }
      firstSeed = number
    }
    self.init(
      key: key, seed: UInt64(seed), firstSeed: firstSeed, answers: answers,
      entropies: entropy.map(\.number),
      residuals: residual.map { ($0.array ?? []).compactMap(\.number) }, exits: judged.exits,
      scores: judged.scores, stepScores: judged.stepScores, lost: lost,
      greedy: Rollout.Answer(greedy["answer"]), beam: judged.beam, choices: choices)
  }

  /// What files of before do not have, or those of runs in which nobody judged.
  private struct Judged {
    var exits: [Int?]
    var scores: [Double?] = []
    var stepScores: [[Double]] = []
    var beam: SampledRecord.Beam?

    /// nil for what cannot be.
    init?(_ document: JSONValue, samples: Int, key: Rollout.Answer) {
      func lists(_ value: JSONValue) -> [JSONValue]? {
        value.array.flatMap { $0.count == samples ? $0 : nil }
      }
      func numbers(_ value: JSONValue) -> [Double]? {
        guard let values = value.array else { return nil }
        let numbers = values.compactMap(\.number)
        return numbers.count == values.count ? numbers : nil
      }
      exits = Array(repeating: nil, count: samples)
      if let value = document["exit"] {
        guard let written = lists(value), written.allSatisfy({ $0.isNull || $0.integer ?? 0 > 0 })
        else { return nil }
        exits = written.map(\.integer)
      }
      if let value = document["score"] {
        guard let written = lists(value), written.allSatisfy({ $0.isNull || $0.number != nil })
        else { return nil }
        scores = written.map(\.number)
      }
      if let value = document["step_scores"] {
        guard let written = lists(value) else { return nil }
        stepScores = written.compactMap(numbers)
        guard stepScores.count == samples else { return nil }
      }
      if let value = document["beam"] {
        let answer = Rollout.Answer(value["answer"])
        guard let scores = value["step_scores"].flatMap(numbers),
          value["correct"]?.bool == (answer == key)
        else { return nil }
        beam = SampledRecord.Beam(answer: answer, stepScores: scores)
      }
    }
  }
}

extension Rollout.Answer {
  /// As files have it: a number or a text.
  public var json: JSONValue {
    switch self {
    case .number(let value): .number(value)
    case .text(let text): .string(text)
    }
  }

  /// Out of a file; nil where there is none.
  public init?(_ value: JSONValue?) {
    if let text = value?.string {
      self = .text(text)
    } else if let number = value?.number {
      self = .number(number)
    } else {
      return nil
    }
  }
}

extension Rollout.Answer? {
  fileprivate var json: JSONValue { map(\.json) ?? .null }
}
