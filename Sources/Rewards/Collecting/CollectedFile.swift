import Checkpoints
import Evaluation

/// A file of rollouts: those of a plan, or of a shard of it, with what became of the other problems.
public struct CollectedFile: Sendable {
  public static let schema = "muninn.reward.data/1"
  /// The name its document has in the metadata.
  static let key = "muninn"
  /// Of the document, for tokens that the model knows.
  static let vocabularyKey = "vocabulary"

  /// Of the plan.
  public let document: JSONValue
  /// Completions of every prefix.
  public let completions: Int
  public let shard: Shard
  /// Problems of the whole plan.
  public let problems: Int
  /// Tokens that the model knows; nil of files from before that was written down.
  public let vocabulary: Int?
  /// By number, ascending.
  public let records: [CollectedRecord]

  /// - Parameters:
  ///   - problems: of the whole plan.
  ///   - vocabulary: tokens that the model knows.
  ///   - records: of the shard, in any order.
  public init(
    _ plan: CollectionPlan, shard: Shard, problems: Int, vocabulary: Int?,
    records: [CollectedRecord]
  ) {
    self.init(
      document: plan.document, completions: plan.completions, shard: shard, problems: problems,
      vocabulary: vocabulary, records: records)
  }

  init(
    document: JSONValue, completions: Int, shard: Shard, problems: Int, vocabulary: Int?,
    records: [CollectedRecord]
  ) {
    (self.document, self.completions) = (document, completions)
    (self.shard, self.problems, self.vocabulary) = (shard, problems, vocabulary)
    self.records = records.sorted { $0.number < $1.number }
  }

  /// The problems that were kept.
  public var kept: [(number: Int, rollouts: CollectedRecord.Rollouts)] {
    records.compactMap { record in
      if case .kept(let rollouts) = record.outcome { (record.number, rollouts) } else { nil }
    }
  }

  /// How many problems had that outcome.
  public func count(_ outcome: CollectedRecord.Outcome) -> Int {
    records.filter { $0.outcome == outcome }.count
  }

  public var leftOut: Int { records.filter { $0.leftOut != nil }.count }

  /// Writes it, the bits being a matter of the records alone.
  /// - Throws: `CheckpointError`.
  public func write(_ file: OutputFile) throws(CheckpointError) {
    let kept = kept
    var entries: [SafetensorsWriter.Entry] = []
    for (index, (_, one)) in kept.enumerated() {
      let (rollouts, steps) = (one.correct.count, one.steps)
      entries += [
        .init("\(index).input_ids", shape: [one.ids.count], type: .int32),
        .init("\(index).latent_embeds", shape: [rollouts, steps, one.width]),
        .init("\(index).estimations", shape: [rollouts, steps]),
        .init("\(index).corrects", shape: [rollouts], type: .int32),
      ]
    }
    let writer = try SafetensorsWriter(
      file, entries: entries, metadata: [Self.key: metadata.serialized()])
    for (_, one) in kept {
      try writer.append(integers: one.ids.map(Int32.init))
      try writer.append(one.states)
      try writer.append(one.hits.joined().map { Float($0) / Float(completions) })
      try writer.append(integers: one.correct.map { $0 ? 1 : 0 })
    }
    // The journal goes when this is there.
    try writer.finish(isDurable: true)
  }

  /// Outcomes that say the same of all their problems, with their names in the metadata.
  static let plain: [(name: String, outcome: CollectedRecord.Outcome)] = [
    ("all_right", .unanimous(right: true)), ("none_right", .unanimous(right: false)),
    ("diverged", .diverged),
  ]

  private var metadata: JSONValue {
    let leftOut = records.compactMap { record in
      record.leftOut.map {
        JSONValue.object([
          JSONMember("problem", .integer(record.number)), JSONMember("reason", .string($0)),
        ])
      }
    }
    return .object(
      [
        JSONMember("schema", .string(Self.schema)), JSONMember("plan", document),
        JSONMember("shard", .string(shard.description)),
        JSONMember("problems", .integer(problems)),
      ] + [vocabulary].compactMap(\.self).map { JSONMember(Self.vocabularyKey, .integer($0)) } + [
        JSONMember("kept", .array(kept.map { .integer($0.number) }))
      ]
        + Self.plain.map { name, outcome in
          JSONMember(
            name, .array(records.filter { $0.outcome == outcome }.map { .integer($0.number) }))
        } + [JSONMember("left_out", .array(leftOut))])
  }
}
