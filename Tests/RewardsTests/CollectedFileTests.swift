import Checkpoints
import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Rewards

/// Files of rollouts: written, read, put together, and those of strangers.
@Suite struct CollectedFileTests {
  private static let problems = 7

  /// Two rollouts of three steps of width two, of problems that are kept or not.
  private func file(
    _ shard: Shard = .whole, vocabulary: Int? = 300
  ) throws -> CollectedFile {
    let set = ProblemSet(kind: .exact, problems: [])
    let plan = CollectionPlan(
      SampledPlan(model: "m", problems: set, samples: 2, iterations: 3, start: .seed(0)),
      completions: 3)
    func kept(_ number: Int) -> CollectedRecord.Outcome {
      .kept(
        CollectedRecord.Rollouts(
          ids: [5, number], states: (0..<12).map { Float($0) / 3 + Float(number) },
          hits: [[0, 1, 3], [2, number % 3, 0]], correct: [true, false]))
    }
    let outcomes: [CollectedRecord.Outcome] = [
      kept(0), .unanimous(right: true), .leftOut("it is \"long\""), kept(3), .diverged,
      .unanimous(right: false), kept(6),
    ]
    let records = outcomes.enumerated().filter { shard.contains($0.offset) }.map {
      CollectedRecord(number: $0.offset, outcome: $0.element)
    }
    return CollectedFile(
      plan, shard: shard, problems: Self.problems, vocabulary: vocabulary,
      records: records.reversed())
  }

  @discardableResult
  private func write(_ file: CollectedFile, _ path: String) throws -> [UInt8] {
    try file.write(OutputFile(path))
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func aWholeCollectionWithoutQuestionsSaysSo() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("empty.safetensors")
    let full = try file()
    try write(
      CollectedFile(
        document: full.document, completions: 3, shard: .whole, problems: full.problems,
        vocabulary: 300,
        records: (0..<full.problems).map {
          CollectedRecord(number: $0, outcome: .unanimous(right: $0 == 0))
        }), path)
    #expect(try CollectedFile(path: path).kept.isEmpty)
    let error = try #require(throws: RewardDataError.self) { try RewardData(path: path) }
    #expect(error.description.contains("is whole and has no question"), "\(error)")
    #expect(error.description.contains("Collect at a level"))
    #expect(!error.description.contains("Give a"))
  }

  @Test func aFileIsReadAsItWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.safetensors")
    let bytes = try write(file(), path)
    let read = try CollectedFile(path: path)
    #expect(try read.records == file().records && read.problems == Self.problems)
    #expect(try write(read, folder.file("b.safetensors")) == bytes)
    let data = try RewardData(path: path)
    #expect((data.rollouts, data.steps, data.width) == (2, 3, 2) && data.questions.count == 3)
    #expect(data.questions[1].ids == [5, 3] && data.questions[1].correct == [true, false])
    let third = Float(1) / 3
    #expect(data.questions[1].labels == [0, third, 1, 2 * third, 0, 0])
    #expect(Array(data.state(1, 1, 2)) == Array(data.questions[1].states.suffix(2)))
    #expect(data.questions[1].states == (0..<12).map { Float($0) / 3 + 3 })
    #expect(data.selecting([2]).questions == [data.questions[2]])
    let lines = CollectedReport(read).lines
    #expect(lines.first == "kept                  3 of 7 problems")
    #expect(lines.contains("rollouts              6, 3 right"))
  }

  /// How many tokens the model knows makes a small judge of it without the model; files of before, which do not
  /// say, are read as they were.
  @Test func vocabularyIsWrittenDown() throws {
    let folder = try TemporaryFolder()
    let (path, old) = (folder.file("a.safetensors"), folder.file("old.safetensors"))
    try write(file(), path)
    try write(file(vocabulary: nil), old)
    #expect(try RewardData(path: path).vocabulary == 300)
    #expect(try CollectedFile(path: path).vocabulary == 300)
    #expect(try RewardData(path: old).vocabulary == nil)
    #expect(try CollectedFile(path: old).records == file().records)
    #expect(try RewardData(paths: [old, path]).vocabulary == 300)
    func tokens(_ path: String, _ vocabulary: Int? = nil) throws -> Int? {
      try JudgeDesign.small(
        layers: 1, heads: 1, vocabulary: vocabulary, for: RewardData(path: path), seed: 1
      ).configuration["vocab_size"]?.integer
    }
    #expect(try tokens(path) == 300 && tokens(old) == 256 && tokens(path, 512) == 512)
  }

  @Test(arguments: [1, 2, 3, 9])
  func shardsMakeTheBytesOfTheWhole(count: Int) throws {
    let folder = try TemporaryFolder()
    let whole = try write(file(), folder.file("whole"))
    let parts = try (0..<count).map { index -> (name: String, file: CollectedFile) in
      let path = folder.file("part-\(index)")
      try write(file(try #require(Shard("\(index)/\(count)"))), path)
      return (path, try CollectedFile(path: path))
    }
    #expect(try write(.merging(parts.reversed()), folder.file("merged")) == whole)
    guard count > 1 else { return }
    func complaint(_ parts: [(name: String, file: CollectedFile)]) -> String {
      do { return "\(try CollectedFile.merging(parts).problems)" } catch { return "\(error)" }
    }
    #expect(complaint(Array(parts.dropFirst())).contains("lacks the results of shard 0/\(count)"))
    #expect(complaint([parts[0], parts[0]]).contains("holds already"))
    #expect(try complaint([parts[0], ("w", file())]).contains("of \(count) shards"))
    #expect(complaint([]).contains("was given no files"))
    let other = CollectedFile(
      document: .object([JSONMember("samples", .integer(3))]), completions: 3,
      shard: parts[1].file.shard, problems: Self.problems, vocabulary: 300,
      records: parts[1].file.records)
    #expect(complaint([parts[0], ("o", other)]).contains("is of another collection"))
  }

  /// What a tensor of a stranger's file may be; the message names it.
  @Test(arguments: [
    ("0.latent_embeds", "F", [2, 3], "has the shape"), ("0.latent_embeds", "F", [1, 3, 2], "two"),
    ("0.latent_embeds", "I", [2, 3, 2], "I32"), ("0.latent_embeds", "N", [2, 3, 2], "not finite"),
    ("1.latent_embeds", "F", [2, 2, 2], "has the shape"), ("0.latent_embeds", "", [], "is missing"),
    ("0.estimations", "F", [3, 2], "has the shape"), ("0.estimations", "N", [2, 3], "no share"),
    ("0.estimations", "", [], "is missing"), ("0.input_ids", "F", [2], "F32"),
    ("0.input_ids", "I", [0], "is empty"), ("0.input_ids", "M", [2], "no token"),
    ("0.corrects", "I", [3], "0 or 1"), ("0.corrects", "M", [2], "0 or 1"),
    ("1.corrects", "", [], "is missing"), ("7.corrects", "I", [2], "belongs to none"),
    ("x.estimations", "F", [2, 3], "belongs to none"),
  ])
  func wrongTensorsAreRefused(name: String, type: String, shape: [Int], words: String) throws {
    let folder = try TemporaryFolder()
    var tensors: [(name: String, type: String, shape: [Int])] = (0..<2).flatMap {
      [
        ("\($0).input_ids", "I", [2]), ("\($0).latent_embeds", "F", [2, 3, 2]),
        ("\($0).estimations", "F", [2, 3]), ("\($0).corrects", "I", [2]),
      ]
    }
    tensors.removeAll { $0.name == name }
    if !type.isEmpty { tensors.append((name, type, shape)) }
    let path = folder.file("a.safetensors")
    let writer = try SafetensorsWriter(
      path: path,
      entries: tensors.map {
        .init($0.name, shape: $0.shape, type: "IM".contains($0.type) ? .int32 : .float32)
      })
    for tensor in tensors {
      let count = tensor.shape.reduce(1, *)
      switch tensor.type {
      case "I": try writer.append(integers: .init(repeating: 1, count: count))
      case "M": try writer.append(integers: .init(repeating: -1, count: count))
      case "N": try writer.append([Float](repeating: .nan, count: count))
      default: try writer.append([Float](repeating: 0.5, count: count))
      }
    }
    try writer.finish()
    do {
      _ = try RewardData(path: path)
      Issue.record("\(name) was taken")
    } catch {
      #expect("\(error)".contains(name) && "\(error)".contains(words), "\(error)")
    }
  }

  /// Metadata that say something else, and no metadata.
  @Test func wrongMetadataAreRefusedOrHarmless() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.safetensors")
    try write(file(), path)
    let text = try #require(SafetensorsFile.open(path).metadata["muninn"])
    var refused = 0
    for damaged in try JSONDamage.all(of: JSONValue(parsing: text)) {
      let other = folder.file("b.safetensors")
      try copy(path, to: other, metadata: ["muninn": damaged.serialized()])
      do {
        _ = try CollectedFile(path: other)
      } catch {
        refused += 1
        #expect("\(error)".contains("b.safetensors") && !"\(error)".contains("\u{1B}"))
      }
    }
    #expect(refused > 100)
    try copy(path, to: folder.file("c"), metadata: [:])
    #expect(throws: RewardDataError.self) { try CollectedFile(path: folder.file("c")) }
    #expect(try RewardData(path: folder.file("c")).questions.count == 3)
    #expect(throws: CheckpointError.self) {
      try CollectedFile(path: folder.write("d", "no tensors"))
    }
    #expect(throws: CheckpointError.self) { try RewardData(path: folder.file("none")) }
  }

  private func copy(_ path: String, to other: String, metadata: [String: String]) throws {
    let data = try RewardData(path: path)
    let writer = try SafetensorsWriter(
      path: other,
      entries: data.questions.indices.flatMap { index -> [SafetensorsWriter.Entry] in
        [
          .init("\(index).input_ids", shape: [2], type: .int32),
          .init("\(index).latent_embeds", shape: [2, 3, 2]),
          .init("\(index).estimations", shape: [2, 3]),
          .init("\(index).corrects", shape: [2], type: .int32),
        ]
      }, metadata: metadata)
    for question in data.questions {
      try writer.append(integers: question.ids.map(Int32.init))
      try writer.append(question.states)
      try writer.append(question.labels)
      try writer.append(integers: question.correct.map { $0 ? 1 : 0 })
    }
    try writer.finish()
  }
}
