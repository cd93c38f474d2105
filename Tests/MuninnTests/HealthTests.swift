import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// Models that are ill: a planted NaN and planted wrong weights, as a person looks for them.
@Suite struct HealthTests {
  private func sick(
    _ tensor: String, _ change: (Int, Float) -> Float
  ) throws -> ModelCopy {
    let copy = try ModelCopy(of: "raven-tiny-a")
    try copy.transform("transformer.\(tensor).weight", change)
    return copy
  }

  /// The block is named by every command, which end with status 1, and nothing looks like an answer.
  @Test(arguments: [
    ("core_block.1.mlp.proj", "in the feed-forward network of core block 2 (0:1.2)"),
    ("prelude.0.attn.proj", "in the attention of prelude block 1 ("),
    ("coda.0.mlp.proj", "in the feed-forward network of coda block 1 (0:"),
  ]) func theBlockIsSaid(tensor: String, words: String) throws {
    let copy = try sick(tensor) { $1 * 1e38 }
    let model = ["--model", copy.path, "--prompt-ids", "1,2,3", "--steps", "3", "--seed", "1"]
    let traced = try Program.run(["trace", "--jsonl", "-"] + model)
    #expect(traced.status == 1 && traced.error.contains(words), "\(traced.error)")
    for line in traced.out.split(separator: "\n").dropFirst(3) {
      #expect(line.contains("\"argmax\":null") && line.contains("\"top\":[]"))
    }
    for options in [[], ["--exit", "latent-diff"], ["--exit", "kl"]] {
      let written = try Program.run(["generate", "-n", "2"] + model + options)
      #expect(written.status == 1 && written.out.isEmpty && written.error.contains(words))
    }
    let moved = try Program.run(["motion"] + model)
    #expect(moved.status == 1 && moved.error.contains(words), "\(moved.error)")
    let folder = try TemporaryFolder()
    let problems = try folder.write("p.jsonl", #"{"prompt": "abc", "answer": "d"}"#)
    for options in [[], ["--exit", "kl"]] {
      let judged = try Program.run(
        ["eval", "--model", copy.path, "--problems", problems, "--r", "1,3", "--jsonl", "-"]
          + options)
      #expect(judged.status == 1, "\(judged.error)")
      #expect(judged.error.contains("1 of 1 problems diverged"))
      #expect(judged.error.contains("problem 0 diverged: "))
      #expect(judged.error.contains(words.prefix(30)), "\(judged.error)")
    }
  }

  @Test func aPlantedNaNIsFound() throws {
    let copy = try sick("core_block.1.mlp.proj") { $0 == 179 ? .nan : $1 }
    let (status, out, _) = try Program.run(["inspect", copy.path, "--weights"])
    #expect(status == 0)
    #expect(
      out.contains(
        "not finite   transformer.core_block.1.mlp.proj.weight: 1 NaN, 0 infinite, the first at "
          + "[1, 3]"), "\(out)")
    #expect(out.contains("transformer.wte.weight"))
    let traced = try Program.run(
      ["trace", "--model", copy.path, "--prompt-ids", "1", "--jsonl", "-"])
    #expect(traced.status == 1 && traced.error.contains("core_block.1.mlp.proj.weight"))
  }

  @Test func aScaledTensorStandsOut() throws {
    let copy = try sick("core_block.1.mlp.proj") { $1 * 40 }
    let (_, out, _) = try Program.run(["inspect", copy.path, "--weights"])
    let first = out.split(separator: "\n").first { $0.hasPrefix("differs") }
    #expect(first?.contains("core_block.1.mlp.proj.weight: rms 1.35") == true, "\(out)")
    let healthy = try Program.run(["inspect", Fixtures.path("raven-tiny-a"), "--weights"])
    #expect(healthy.out.contains("nothing stands out"), "\(healthy.out)")
  }

  /// A wrong weight is named by the place in the order of computing where it tells first.
  @Test(arguments: [
    ("core_block.1.mlp.proj", "iteration 1, in the feed-forward network of core block 2"),
    ("core_block.1.attn.proj", "iteration 1, in the attention of core block 2"),
    ("core_block.0.norm_2", "iteration 1, in the feed-forward network of core block 1"),
    ("adapter", "iteration 1, in the adapter"),
    ("prelude.0.mlp.proj", "at the end of prelude block 1"),
    ("coda.0.mlp.proj", "iteration 16, at the end of coda block 1"),
  ]) func verifyNamesTheFirstBlockThatIsOff(tensor: String, words: String) throws {
    let copy = try sick(tensor) { $1 * ($0 % 7 == 0 ? 1.3 : 1) }
    let (status, out, _) = try Program.run([
      "verify", "--model", copy.path, "--reference", Fixtures.path("inside-tiny-a"), "--brief",
    ])
    #expect(status == 1)
    let first = out.split(separator: "\n").first { $0.hasPrefix("first off: ") }
    let wanted = "first off: prompt 0 (short), \(words) (token "
    #expect(first?.hasPrefix(wanted) == true, "\(first ?? "nothing")")
  }

  /// A reference that has states alone says the iteration.
  @Test func verifyNamesTheFirstIterationThatIsOff() throws {
    let copy = try sick("core_block.1.mlp.proj") { $1 * 1.3 }
    let (status, out, _) = try Program.run([
      "verify", "--model", copy.path, "--reference", Fixtures.path("raven-tiny-a"), "--brief",
    ])
    #expect(status == 1 && out.contains("first off: prompt 0 (short), iteration 1, the state"))
  }
}
