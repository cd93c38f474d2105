import ArgumentParser
import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn diff` as a script sees it.
@Suite struct DiffTests {
  /// The objects of a kind in what was written.
  private func records(_ out: String, _ kind: String) throws -> [JSONValue] {
    try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }.filter {
      #expect($0["schema"]?.string == "muninn.diff/1")
      return $0["kind"]?.string == kind
    }
  }

  @Test(arguments: [
    ["--prompt", "3+4-2?", "--seed", "3", "--seed", "3"],
    ["--prompt", "3+4-2?", "--prompt", "3+4-2?"],
    ["--prompt", "3+4-2?", "--precision", "exact", "--precision", "exact"],
  ])
  func theSameIsTheSame(arguments: [String]) throws {
    let (status, out, error) = try Program.run(["diff", "-r", "6"] + arguments)
    #expect(status == 0, "\(error)")
    #expect(out.contains("the same to the last bit, 7 tokens, 6 iterations"))
  }

  @Test func anotherSeedDiffersFromTheStartAndComesTogether() throws {
    let (status, out, error) = try Program.run([
      "diff", "--prompt", "3+4-2?", "--seed", "1", "--seed", "2", "--jsonl", "-",
    ])
    #expect(status == 1, "\(error)")
    let whole = try #require(try records(out, "diff").first)
    #expect(whole["a"]?.string == "seed 1" && whole["b"]?.string == "seed 2")
    #expect(whole["first"]?.string == "0:0" && whole["same"]?.bool == false)
    #expect(whole["same_from"]?.integer ?? 99 < 12)
    #expect(whole["answer_a"]?.string == "5" && whole["answer_b"]?.string == "5")
    let metrics = try records(out, "metric")
    #expect(metrics.first?["metric"]?.string == "kl_ab")
    let norm = try #require(metrics.first { $0["metric"]?.string == "norm" })
    #expect(norm["places"]?.integer == 7 * 13 && norm["differing"]?.integer ?? 0 > 0)
    #expect(try records(out, "token").count == 7)
    let tolerant = try Program.run([
      "diff", "--prompt", "3+4-2?", "--seed", "1", "--seed", "2", "-r", "0", "--tolerance", "100",
    ])
    #expect(tolerant.status == 0, "s0 says nothing, and its numbers are within the tolerance")
  }

  /// Tokens before the one that differs cannot know of it.
  @Test func anotherTokenDiffersFromThereOn() throws {
    let (status, out, error) = try Program.run([
      "diff", "--prompt", "3+4-2?", "--prompt", "3+5-2?", "--jsonl", "-",
    ])
    #expect(status == 1, "\(error)")
    let whole = try #require(try records(out, "diff").first)
    #expect(whole["first"]?.string == "3:1", "they start from the same state")
    #expect(whole["answer_a"]?.string == "5" && whole["answer_b"]?.string == "6")
    let tokens = try records(out, "token")
    #expect(tokens[3]["text_a"]?.string == "4" && tokens[3]["text_b"]?.string == "5")
    #expect(tokens.prefix(3).allSatisfy { $0["first"]?.isNull == true })
    let answers = try records(out, "answer")
    #expect(answers.last?["token"]?.integer == 6 && answers.last?["iteration"]?.integer == 12)
  }

  @Test func oneWeightOfAModelIsSeen() throws {
    let copy = try ModelCopy(of: "raven-tiny-a")
    let arguments = [
      "diff", Fixtures.path("raven-tiny-a"), copy.path, "--prompt-ids", "1,2,3", "-r", "4",
    ]
    let same = try Program.run(arguments)
    #expect(same.status == 0, "\(same.error)")
    try copy.scale("transformer.core_block.0.mlp.proj.weight", element: 5, by: 1.5)
    let (status, out, error) = try Program.run(arguments + ["--jsonl", "-"])
    #expect(status == 1, "\(error)")
    let whole = try #require(try records(out, "diff").first)
    // s0 is the same, and read out by the same coda.
    #expect(whole["first"]?.string?.hasSuffix(":1") == true)
  }

  /// Of a checkpoint whose thoughts are broken it is said what the other one learned.
  @Test func whatOneGetsRightAloneIsTold() throws {
    let demo = Fixtures.repository.appendingPathComponent("Assets/demo").path
    let folder = try TemporaryFolder()
    let broken = folder.file("broken")
    try FileManager.default.copyItem(atPath: demo, toPath: broken)
    let file = URL(fileURLWithPath: "\(broken)/model.safetensors")
    let name = "transformer.core_block.0.mlp.proj.weight"
    let tensor = try #require(try SafetensorsFile.open(file.path).tensors[name])
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(
      tensor.offset..<tensor.offset + 4 * tensor.count, with: Data(count: 4 * tensor.count))
    try bytes.write(to: file)
    let arguments = ["diff", broken, demo, "--prompt", "3+4-2+9?"]
    let (status, out, error) = try Program.run(arguments + ["--jsonl", "-"])
    #expect(status == 1, "\(error)")
    let tokens = try records(out, "token")
    #expect(tokens.last?["right_b"]?.bool == true && tokens.last?["right_a"]?.bool == false)
    #expect(tokens.first?["right_b"]?.isNull == true, "nothing is asked of the first token")
    let text = try Program.run(arguments).out
    #expect(text.contains("right in B alone:") && text.contains("8 '?' since r"), "\(text)")
  }

  @Test func anEditDiffersWhereItIsMade() throws {
    let (status, out, error) = try Program.run([
      "diff", "--prompt", "3+4?", "--edit", "2:3 := 0", "--jsonl", "-",
    ])
    #expect(status == 1, "\(error)")
    #expect(try records(out, "diff").first?["first"]?.string == "2:3")
  }

  /// 1 would say that they differ.
  @Test(arguments: [
    (["--prompt", "3+4?", "/nowhere", "/nowhere/else"], "no such file"),
    (["--prompt", "3+4?"], "nothing to compare"),
    (["--seed", "1", "--seed", "2"], "Give --prompt"),
    (["--prompt-file", "/nowhere.txt", "--seed", "1", "--seed", "2"], "/nowhere.txt"),
    (["--prompt", "3+4?", "--edit", "99:3 := 0"], "--edit"),
  ])
  func whatCannotBeComparedIsTwo(arguments: [String], message: String) throws {
    let (status, out, error) = try Program.run(["diff"] + arguments)
    #expect(status == 2 && out.isEmpty)
    #expect(error.lowercased().contains(message.lowercased()), "\(error)")
  }

  @Test func twoVocabulariesAreNotCompared() throws {
    let (status, _, error) = try Program.run([
      "diff", Fixtures.path("raven-tiny-a"), Fixtures.path("ouro-tiny"), "--prompt-ids", "1,2",
    ])
    #expect(status == 2)
    #expect(error.contains("vocabulary"), "\(error)")
  }

  @Test(arguments: [
    (["a", "b", "c", "--prompt", "x"], "3 models"),
    (["--prompt", "x", "--seed", "1", "--seed", "2", "--zero-state"], "3 starts"),
    (["--prompt", "x", "--tolerance", "nan"], "--tolerance"),
    (["--prompt", "x", "-r", "1000001"], "--steps"),
  ])
  func usageErrorsSayWhatIsWrong(arguments: [String], message: String) {
    #expect {
      let command = try DiffCommand.parse(arguments)
      _ = try command.options.sides(command.sides)
    } throws: {
      DiffCommand.message(for: $0).contains(message)
    }
  }

  /// What was saved is compared without a model, and a run with itself is the same.
  @Test func runFilesAreCompared() throws {
    let folder = try TemporaryFolder()
    func saved(_ name: String, _ prompt: String) throws -> String {
      let path = folder.file(name)
      let made = try Program.run(["trace", "--prompt", prompt, "-r", "6", "--save-run", path])
      #expect(made.status == 0, "\(made.error)")
      return path
    }
    let (a, b) = (try saved("a.muninn", "3+4-2?"), try saved("b.muninn", "3+5-2?"))
    let again = try saved("again.muninn", "3+4-2?")
    #expect(try Program.run(["diff", a, again]).status == 0)
    let (status, out, _) = try Program.run(["diff", a, b, "--jsonl", "-"])
    #expect(status == 1)
    let whole = try #require(try records(out, "diff").first)
    #expect(whole["first"]?.string == "3:1", "\(out.prefix(300))")
    #expect(try records(out, "metric").contains { $0["metric"]?.string == "norm" })
    for wrong in [[a], [a, b, "-r", "3"], [a, b, "--prompt", "1"], [a, a, a]] {
      let refused = try Program.run(["diff"] + wrong)
      #expect(refused.status == 2 && refused.error.contains("run file"), "\(refused.error)")
    }
  }

  /// A run file beside a model, which runs the same causes: every kind of them.
  @Test func aRunFileIsComparedWithAModel() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let made = try Program.run([
      "trace", "--prompt", "3+4-2?", "--seed", "3", "-r", "6", "--edit", "2:3 := 0.5*(1:2)",
      "--save-run", path,
    ])
    #expect(made.status == 0, "\(made.error)")
    let same = try Program.run(["diff", path, "embedded"])
    #expect(same.status == 0, "\(same.error)\(same.out)")
    #expect(same.out.contains("the same to the last bit, 7 tokens, 6 iterations"), "\(same.out)")
    #expect(same.out.contains("embedded"))
    let other = folder.file("other")
    try FileManager.default.copyItem(
      atPath: Fixtures.repository.appendingPathComponent("Assets/demo").path, toPath: other)
    #expect(try Program.run(["diff", other, path]).status == 0)
    // One weight.
    let file = URL(fileURLWithPath: "\(other)/model.safetensors")
    let tensor = try #require(
      try SafetensorsFile.open(file.path).tensors["transformer.core_block.0.mlp.proj.weight"])
    var bytes = try Data(contentsOf: file)
    bytes.replaceSubrange(tensor.offset..<tensor.offset + 4, with: [0, 0, 128, 63])
    try bytes.write(to: file)
    let (status, out, error) = try Program.run(["diff", path, other, "--jsonl", "-"])
    #expect(status == 1, "\(error)")
    #expect(try records(out, "diff").first?["first"]?.string?.hasSuffix(":1") == true)
    let rounded = try Program.run(["diff", path, "embedded", "--precision", "int8"])
    #expect(rounded.status == 1, "\(rounded.error)")
    for wrong in [
      ["/nowhere"], [Fixtures.path("ouro-tiny")], ["embedded", "-r", "3"],
      ["embedded", "--seed", "3"],
    ] {
      let refused = try Program.run(["diff", path] + wrong)
      #expect(refused.status == 2 && refused.out.isEmpty, "\(wrong): \(refused.error)")
    }
  }

  /// The table of --initial-state is in the file, so that the run goes on where the table is not.
  @Test func aTableOfInitialStatesGoesAlong() throws {
    let folder = try TemporaryFolder()
    let (table, path) = (folder.file("s0.safetensors"), folder.file("a.muninn"))
    let first = try Program.run([
      "trace", "--prompt", "3+4-2?", "--seed", "9", "-r", "1", "--save", table,
    ])
    #expect(first.status == 0, "\(first.error)")
    let name = try #require(
      try SafetensorsFile.open(table).tensors.first { $0.value.shape.count == 3 }?.key)
    let state = folder.file("table.safetensors")
    let tensor = try #require(try SafetensorsFile.open(table).tensors[name])
    let writer = try SafetensorsWriter(
      try OutputFile(state),
      entries: [.init("s0", shape: Array(tensor.shape.suffix(2)))], metadata: [:])
    try writer.append(Array(tensor.floats().prefix(tensor.shape.suffix(2).reduce(1, *))))
    try writer.finish()
    let made = try Program.run([
      "trace", "--prompt", "3+4-2?", "--initial-state", state, "-r", "4", "--save-run", path,
    ])
    #expect(made.status == 0, "\(made.error)")
    try FileManager.default.removeItem(atPath: state)
    let same = try Program.run(["diff", path, "embedded"])
    #expect(same.status == 0, "\(same.error)\(same.out)")
  }
}
