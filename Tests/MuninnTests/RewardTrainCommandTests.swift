import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import muninn

/// `muninn reward train`, as a person runs it.
@Suite struct RewardTrainCommandTests {
  /// Rollouts of 64 numbers a step, of which the first decides.
  private static func write(
    _ path: String, questions: Int = 20, rollouts: Int = 4, steps: Int = 3, width: Int = 64,
    label: Float = 0.75
  ) throws {
    let random = PlacedRandom(seed: 5)
    let entries = (0..<questions).flatMap { question -> [SafetensorsWriter.Entry] in
      [
        .init("\(question).input_ids", shape: [3], type: .int32),
        .init("\(question).latent_embeds", shape: [rollouts, steps, width]),
        .init("\(question).estimations", shape: [rollouts, steps]),
        .init("\(question).corrects", shape: [rollouts], type: .int32),
      ]
    }
    let writer = try SafetensorsWriter(path: path, entries: entries)
    for question in 0..<questions {
      var states = random.at(UInt64(question)).normal(rollouts * steps * width)
      for row in 0..<rollouts * steps { states[row * width] += row / steps % 2 == 0 ? 4 : -4 }
      try writer.append(integers: [1, 2, Int32(question)])
      try writer.append(states)
      try writer.append((0..<rollouts * steps).map { $0 / steps % 2 == 0 ? label : 0.1 })
      try writer.append(integers: (0..<rollouts).map { $0 % 2 == 0 ? 1 : 0 })
    }
    try writer.finish()
  }

  private func inFolder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("muninn-reward-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private static let sample = [
    "sample", "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", "3,7,5", "--noise", "0.5",
    "--tokens", "2", "--answer", "text", "-n", "3", "--jsonl", "-", "--threads", "1",
  ]

  /// A judge of states scores the copies of a model of recurrent depth.
  @Test(arguments: ["--small", "--probe"]) func trainsAndJudges(kind: String) throws {
    try inFolder { folder in
      let (file, out) = ("\(folder)/data.safetensors", "\(folder)/judge")
      try Self.write(file)
      let shape = kind == "--small" ? ["--vocabulary", "512"] : []
      let train =
        ["reward", "train", "--data", file, "--out", out, kind, "--epochs", "3", "--json"] + shape
      let (status, text, error) = try Program.run(train)
      #expect(status == 0 && error.contains("muninn sample --judge"), "\(error)")
      let records = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      #expect(records.map { $0["epoch"]?.integer } == [0, 1, 2, 3])
      #expect(records[3]["recall_at_1"]?.number == 1 && records[3]["random"]?.number == 0.5)
      // Once more is somebody's mistake; going on finds nothing to do.
      #expect(try Program.run(train).status != 0)
      #expect(try Program.run(train + ["--resume"]).status == 0)
      let judged = try Program.run(Self.sample + ["--judge", out, "-r", "3"])
      #expect(judged.status == 0, "\(judged.error)")
      let copies = try judged.out.split(separator: "\n").dropLast()
        .map { try JSONValue(parsing: String($0)) }
      #expect(copies.count == 3 && copies.allSatisfy { $0["step_scores"]?.array?.count == 3 })
      #expect(Set(copies.compactMap { $0["score"]?.number }).count == 3)
      let longer = try Program.run(Self.sample + ["--judge", out, "-r", "4"])
      #expect((longer.status == 0) == (kind == "--small"))
      if kind == "--probe" { #expect(longer.error.contains("Give -r 3"), "\(longer.error)") }
    }
  }

  @Test func refusesWhatCannotBe() throws {
    try inFolder { folder in
      let (file, out) = ("\(folder)/data.safetensors", "\(folder)/judge")
      try Self.write(file, questions: 4)
      try Self.write("\(folder)/other.safetensors", questions: 4, steps: 2)
      try Self.write("\(folder)/wrong.safetensors", questions: 4, label: 1.5)
      try Self.write("\(folder)/one.safetensors", questions: 1)
      func refused(_ arguments: [String], data: [String] = [file]) throws -> String {
        let (status, _, error) = try Program.run(
          ["reward", "train", "--out", out, "--data"] + data + arguments)
        #expect(status != 0 && !FileManager.default.fileExists(atPath: "\(out)/README.md"))
        return error
      }
      #expect(try refused([]).contains("one of --from DIR, --small and --probe"))
      #expect(try refused(["--small", "--probe"]).contains("one of --from DIR"))
      #expect(try refused(["--probe", "--layers", "2"]).contains("--layers goes with --small"))
      #expect(try refused(["--probe", "--validation", "1"]).contains("--validation takes"))
      #expect(try refused(["--probe", "--rate", "0"]).contains("--rate takes"))
      #expect(try refused(["--probe", "--epochs", "0"]).contains("--epochs takes"))
      #expect(try refused(["--probe", "--loss", "hope"]).contains("contrastive"))
      #expect(try refused(["--small", "--heads", "7"]).contains("does not divide into 7 heads"))
      #expect(try refused(["--small", "--vocabulary", "2"]).contains("--vocabulary is 2"))
      #expect(
        try refused(["--from", Fixtures.path("ouro-tiny")]).contains("give --small or --probe"))
      #expect(try refused(["--probe"], data: ["\(folder)/none.safetensors"]).contains("none"))
      #expect(
        try refused(["--probe"], data: [file, "\(folder)/other.safetensors"])
          .contains("has one size"))
      #expect(
        try refused(["--probe"], data: ["\(folder)/wrong.safetensors"]).contains("0.estimations"))
      #expect(
        try refused(["--probe"], data: ["\(folder)/one.safetensors"])
          .contains("1 different prompts"))
      #expect(try refused(["--probe", "--resume"]).contains("no checkpoint to resume"))
    }
  }
}
