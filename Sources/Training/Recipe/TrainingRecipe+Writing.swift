import Checkpoints

extension TrainingRecipe {
  /// The recipe with every setting written out; reading it gives the same recipe.
  public var json: JSONValue {
    var members: [JSONMember] = [JSONMember("name", .string(name))]
    if !notes.isEmpty { members.append(JSONMember("notes", .array(notes.map(JSONValue.string)))) }
    members.append(JSONMember("seed", .integer(Int(clamping: seed))))
    if let textFile { members.append(JSONMember("text", .string(textFile))) }
    members += [
      JSONMember("architecture", architecture.json),
      JSONMember(
        "computation",
        .members([
          ("precision", .string(computation.precision.rawValue)),
          ("shards", .integer(computation.shards)),
        ])),
      JSONMember("optimizer", optimizer.json),
      JSONMember("loss_weights", lossWeights.json),
      JSONMember("stages", .array(stages.map(\.json))),
    ]
    return .object(members)
  }

  /// Address of the first setting that two recipes differ in, with both values; nil when they
  /// compute the same. Names and notes do not count.
  public func difference(from other: TrainingRecipe) -> String? {
    func bare(_ recipe: TrainingRecipe) -> JSONValue {
      var copy = recipe
      copy.name = ""
      copy.notes = []
      copy.textFile = recipe.textFile == nil ? nil : ""
      return copy.json
    }
    return Self.difference(bare(self), bare(other), address: "")
  }

  private static func difference(_ a: JSONValue, _ b: JSONValue, address: String) -> String? {
    let names = (a.members ?? []).map(\.name) + (b.members ?? []).map(\.name)
    if !names.isEmpty {
      for name in names {
        let place = address.isEmpty ? name : "\(address).\(name)"
        if let found = difference(a[name] ?? .null, b[name] ?? .null, address: place) {
          return found
        }
      }
      return nil
    }
    if let first = a.array, let second = b.array, first.count == second.count {
      for (index, pair) in zip(first, second).enumerated() {
        if let found = difference(pair.0, pair.1, address: "\(address)[\(index)]") { return found }
      }
      return nil
    }
    let (first, second) = (a.serialized(), b.serialized())
    return first == second ? nil : "\(address): \(first), there \(second)"
  }
}

extension JSONValue {
  package static func members(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { JSONMember($0.0, $0.1) })
  }

  fileprivate static func sorted(_ values: [String: JSONValue]) -> JSONValue {
    members(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }
}

extension TrainingRecipe.Architecture {
  fileprivate var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("width", .integer(width)), ("heads", .integer(heads)),
      ("feed_forward", .integer(feedForward)),
    ]
    switch kind {
    case .recurrentDepth:
      // The kind is left out, so that runs from before it was there are gone on with.
      members += [
        ("prelude", .integer(prelude)), ("core", .integer(core)), ("coda", .integer(coda)),
        ("mean_recurrence", .integer(meanRecurrence)), ("rotary_base", .number(rotaryBase)),
      ]
    case .continuousThought:
      members.insert(("kind", .string(kind.rawValue)), at: 0)
      members.append(("layers", .integer(layers)))
    }
    return .members(members + [("context", .integer(context))])
  }
}

extension OptimizerSettings {
  fileprivate var json: JSONValue {
    .members([
      ("clip", .number(clip)), ("averaging", .number(averaging)),
      (
        "muon",
        .members([
          ("learning_rate", .number(muon.learningRate)), ("momentum", .number(muon.momentum)),
          ("weight_decay", .number(muon.weightDecay)),
        ])
      ),
      (
        "adamw",
        .members([
          ("learning_rate", .number(adamW.learningRate)), ("beta1", .number(adamW.beta1)),
          ("beta2", .number(adamW.beta2)), ("epsilon", .number(adamW.epsilon)),
          ("weight_decay", .number(adamW.weightDecay)),
        ])
      ),
    ])
  }
}

extension TrainingRecipe.LossWeights {
  fileprivate var json: JSONValue {
    .members([
      ("answer", .number(answer)), ("newline", .number(newline)), ("prompt", .number(prompt)),
      ("text", .number(text)), ("partial_result", .number(partialResult)),
    ])
  }
}

extension TrainingStage {
  fileprivate var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("name", .string(name)), ("steps", .integer(steps)), ("rows", .integer(rows)),
      ("length", .integer(length)), ("mix", .sorted(mix.mapValues(JSONValue.number))),
    ]
    if thoughts == nil { members.append(("verbal_share", .number(verbalShare))) }
    members += [
      ("hardest_share", .number(hardestShare)),
      ("start", .sorted(start.mapValues(JSONValue.integer))),
      ("cap", .sorted(cap.mapValues(JSONValue.integer))),
      thoughts.map { ("thoughts", $0.json) } ?? ("recurrence", recurrence.json),
      (
        "learning_rate",
        .members([
          ("warmup", .integer(learningRate.warmup)),
          ("decay_from", .number(learningRate.decayFrom)), ("final", .number(learningRate.final)),
        ])
      ),
      ("curriculum", curriculum.json(withReadouts: thoughts == nil)),
    ]
    return .members(members)
  }
}

extension CurriculumRule {
  fileprivate func json(withReadouts: Bool) -> JSONValue {
    .members(
      [
        ("every", .integer(every)), ("problems", .integer(problems)),
        ("threshold", .number(threshold)),
      ] + (withReadouts ? [("readouts", .array(readouts.map(JSONValue.integer)))] : []))
  }
}

extension ThoughtRule {
  fileprivate var json: JSONValue {
    .members([
      ("replaced_steps", .integer(replacedSteps)), ("per_step", .integer(perStep)),
      ("earlier_share", .number(earlierShare)),
    ])
  }
}

extension RecurrenceLaw {
  fileprivate var json: JSONValue {
    .members([
      ("mean", .array([.number(mean.lowerBound), .number(mean.upperBound)])),
      ("deviation", .number(deviation)), ("cap", .integer(cap)),
      ("shallow_share", .number(shallowShare)), ("shallow_limit", .integer(shallowLimit)),
      ("differentiated", .integer(differentiated)),
    ])
  }
}
