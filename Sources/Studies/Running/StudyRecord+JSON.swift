import Checkpoints
import Evaluation
import ParallelScaling

extension StudyRecord {
  public func line(file: String) -> String {
    var members = [JSONMember("problem", .integer(number))]
    switch outcome {
    case .leftOut(let reason): members.append(JSONMember("left_out", .string(reason)))
    case .diverged: members.append(JSONMember("diverged", .bool(true)))
    case .answered(let copies): members += copies.members
    }
    return CheckedLine.seal(members, file: file)
  }

  /// Out of a line; nil for what this program would not write.
  init?(_ document: JSONValue, work: StudyWork) {
    guard let number = document["problem"]?.integer else { return nil }
    if let reason = document["left_out"] {
      guard let reason = reason.string else { return nil }
      self.init(number: number, outcome: .leftOut(reason))
    } else if document["diverged"]?.bool == true {
      self.init(number: number, outcome: .diverged)
    } else {
      guard let copies = Copies(document, work: work) else { return nil }
      self.init(number: number, outcome: .answered(copies))
    }
  }
}

extension StudyRecord.Copies {
  fileprivate var members: [JSONMember] {
    func numbers(_ values: [Double?]) -> JSONValue {
      .array(values.map { $0.map { .number($0) } ?? .null })
    }
    return [
      JSONMember("key", key.json), JSONMember("greedy", greedy?.json ?? .null),
      JSONMember("answers", .array(answers.map { $0?.json ?? .null })),
      JSONMember("path_scores", .array(pathScores.map(numbers))),
      JSONMember(
        "step_scores",
        .array(stepScores.map { .array($0.map { numbers($0) }) })),
      JSONMember(
        "spreads",
        .array(
          spreads.map { spread in
            spread.map {
              numbers([$0.cosineDistance, $0.drift, $0.dispersion, $0.largestShare])
            } ?? .null
          })),
      JSONMember("searched", .array(searched.map { $0?.json ?? .null })),
    ]
  }

  fileprivate init?(_ document: JSONValue, work: StudyWork) {
    let count = work.plan.samples
    func numbers(_ value: JSONValue, _ count: Int) -> [Double?]? {
      guard let values = value.array, values.count == count,
        values.allSatisfy({ $0.isNull || $0.number != nil })
      else { return nil }
      return values.map(\.number)
    }
    func answers(_ name: String, _ count: Int) -> [Rollout.Answer?]? {
      guard let values = document[name]?.array, values.count == count,
        values.allSatisfy({ $0.isNull || Rollout.Answer($0) != nil })
      else { return nil }
      return values.map { Rollout.Answer($0) }
    }
    guard let key = Rollout.Answer(document["key"]), let given = answers("answers", count),
      let searched = answers("searched", work.searching.count),
      let paths = document["path_scores"]?.array, paths.count == StudyWork.pathJudges.count,
      let steps = document["step_scores"]?.array, steps.count == work.judges.count,
      let places = document["spreads"]?.array, places.count <= work.steps
    else { return nil }
    let pathScores = paths.compactMap { numbers($0, count) }
    var stepScores: [[[Double]]] = []
    for judge in steps {
      guard let copies = judge.array, copies.count == count else { return nil }
      let scores = copies.compactMap { $0.array?.compactMap(\.number) }
      guard scores.count == count, scores.allSatisfy({ $0.isEmpty || $0.count == work.steps })
      else { return nil }
      stepScores.append(scores)
    }
    guard pathScores.count == paths.count else { return nil }
    var spreads: [StudyRecord.Spread?] = []
    for place in places {
      if place.isNull {
        spreads.append(nil)
        continue
      }
      guard let values = numbers(place, 4), let cosine = values[0], let drift = values[1],
        let dispersion = values[2]
      else { return nil }
      spreads.append(
        StudyRecord.Spread(
          cosineDistance: cosine, drift: drift, dispersion: dispersion, largestShare: values[3]))
    }
    self.init(
      key: key, greedy: Rollout.Answer(document["greedy"]), answers: given,
      pathScores: pathScores, stepScores: stepScores, spreads: spreads, searched: searched)
  }
}
