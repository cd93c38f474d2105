import Checkpoints
import Evaluation

extension CollectedFile {
  /// Reads what `write` wrote, to put shards together.
  /// - Throws: `RewardDataError`, `CheckpointError`.
  public init(path: String) throws {
    func refuse(_ problem: String) -> RewardDataError {
      RewardDataError(path: path, tensor: "its metadata", problem: problem)
    }
    let file = try SafetensorsFile.open(path)
    guard let text = file.metadata[Self.key], let metadata = try? JSONValue(parsing: text),
      let schema = metadata["schema"]?.string
    else { throw refuse("says nothing of a collection, so that it cannot be merged") }
    guard schema == Self.schema else {
      throw refuse("is of schema \(DisplayText.escape(schema)), not \(Self.schema)")
    }
    guard let plan = metadata["plan"], let completions = plan["completions"]?.integer,
      (1...CollectionPlan.mostCompletions).contains(completions),
      let shard = metadata["shard"]?.string.flatMap(Shard.init),
      let problems = metadata["problems"]?.integer, problems >= 0
    else { throw refuse("lacks plan, shard or problems") }
    func numbers(_ name: String) throws -> [Int] {
      guard let all = metadata[name]?.array else { throw refuse("lacks \(name)") }
      return try all.map {
        guard let number = $0.integer, (0..<problems).contains(number) else {
          throw refuse("has problems under \(name) that there are not")
        }
        return number
      }
    }
    let kept = try numbers("kept")
    guard kept == kept.sorted() else { throw refuse("has kept problems out of their order") }
    var records: [CollectedRecord] = []
    if !kept.isEmpty {
      let data = try RewardData(file)
      guard data.questions.count == kept.count else {
        throw refuse(
          "names \(RewardWords.count(kept.count, "question")), and there are \(data.questions.count)"
        )
      }
      guard plan["samples"]?.integer == data.rollouts, plan["r"]?.integer == data.steps else {
        throw refuse(
          "is of another number of rollouts or steps than the \(data.rollouts) and \(data.steps) "
            + "that there are")
      }
      records = try zip(kept, data.questions).enumerated().map { index, one in
        guard let rollouts = CollectedRecord.Rollouts(one.1, data.steps, completions) else {
          throw RewardDataError(
            path: path, tensor: "\(index).estimations",
            problem: "has shares that are none of \(completions) completions")
        }
        return CollectedRecord(number: one.0, outcome: .kept(rollouts))
      }
    }
    for (name, outcome) in Self.plain {
      records += try numbers(name).map { CollectedRecord(number: $0, outcome: outcome) }
    }
    guard let leftOut = metadata["left_out"]?.array else { throw refuse("lacks left_out") }
    for one in leftOut {
      guard let number = one["problem"]?.integer, let reason = one["reason"]?.string else {
        throw refuse("has something else than problems under left_out")
      }
      records.append(CollectedRecord(number: number, outcome: .leftOut(reason)))
    }
    let own = records.map(\.number).filter { (0..<problems).contains($0) && shard.contains($0) }
    guard own.count == records.count, Set(own).count == own.count,
      own.count == problems / shard.count + (shard.index < problems % shard.count ? 1 : 0)
    else { throw refuse("does not say of every problem of its shard once what became of it") }
    self.init(
      document: plan, completions: completions, shard: shard, problems: problems,
      vocabulary: RewardData.vocabulary(of: file), records: records)
  }

  /// Puts shards together.
  /// - Parameter files: with what they are called.
  /// - Throws: `ResultFailure` where they are not of one collection, or not all of it.
  public static func merging(
    _ files: [(name: String, file: CollectedFile)]
  ) throws -> CollectedFile {
    var shards = MergedShards()
    for (name, file) in files {
      func refuse(_ problem: String) -> ResultFailure {
        ResultFailure(name: name, line: nil, problem: problem)
      }
      let first = files[0]
      let differences = PlanDifference.words(file.document, beside: first.file.document)
      guard differences.isEmpty, file.problems == first.file.problems,
        file.vocabulary == first.file.vocabulary
      else {
        throw refuse(
          "is of another collection than \(DisplayText.escape(first.name))"
            + (differences.isEmpty ? "" : " (\(differences))"))
      }
      try shards.check(file.shard, refuse)
      shards.add(file.shard, name: name)
    }
    try shards.checkComplete()
    let whole = CollectedFile(
      document: files[0].file.document, completions: files[0].file.completions, shard: .whole,
      problems: files[0].file.problems, vocabulary: files[0].file.vocabulary,
      records: files.flatMap(\.file.records))
    // Of one plan, and still not of one model.
    if Set(whole.kept.map(\.rollouts.width)).count > 1 {
      throw ResultFailure(
        name: "--merge", line: nil, problem: "was given files with states of different widths")
    }
    return whole
  }
}

extension CollectedRecord.Rollouts {
  /// nil where shares are none of so many completions.
  fileprivate init?(_ question: RewardData.Question, _ steps: Int, _ completions: Int) {
    let hits = question.labels.map { Int(($0 * Float(completions)).rounded()) }
    guard zip(hits, question.labels).allSatisfy({ Float($0) / Float(completions) == $1 }) else {
      return nil
    }
    self.init(
      ids: question.ids, states: question.states,
      hits: stride(from: 0, to: hits.count, by: steps).map { Array(hits[$0..<$0 + steps]) },
      correct: question.correct)
  }
}
