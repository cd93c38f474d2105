import ArgumentParser
import Foundation
import TestSupport
import Testing
import Trajectories
import Verification

@testable import muninn

@Suite struct VerifyTests {
  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels + [Fixtures.hierarchicalModel])
  func theReferencesPass(name: String) throws {
    let directory = Fixtures.path(name)
    let command = try VerifyCommand.parse([
      "--model", directory, "--reference", directory, "--brief", "--threads", "1",
    ])
    try command.run()
  }

  @Test func anotherModelsReferenceFails() throws {
    let command = try VerifyCommand.parse([
      "--model", Fixtures.path("raven-tiny-a"), "--reference", Fixtures.path("raven-tiny-d"),
      "--brief", "--threads", "1",
    ])
    #expect(throws: (any Error).self) { try command.run() }
  }

  /// Neither family can be judged by the other's numbers, and neither passes by comparing nothing.
  @Test(arguments: [("ouro-tiny", "retrofit-llama-tiny"), ("retrofit-llama-tiny", "ouro-tiny")])
  func anotherFamilysReferenceFails(model: String, reference: String) throws {
    let command = try VerifyCommand.parse([
      "--model", Fixtures.path(model), "--reference", Fixtures.path(reference), "--threads", "1",
    ])
    #expect(throws: (any Error).self) { try command.run() }
  }

  @Test(arguments: [("raven-tiny-a", "inside-tiny-a"), ("raven-tiny-c", "inside-tiny-c")])
  func insideReferencesPass(model: String, reference: String) throws {
    let (status, out, _) = try Program.run([
      "verify", "--model", Fixtures.path(model), "--reference", Fixtures.path(reference), "--brief",
    ])
    #expect(status == 0)
    for kind in ["prelude_blocks", "blocks", "attention", "coda_lens.entropy", "logit_lens.argmax"]
    {
      #expect(out.contains("\n\(kind) "), "\(kind)")
    }
    #expect(out.contains("ok: "))
    let other = try Program.run([
      "verify", "--model", Fixtures.path("raven-tiny-d"), "--reference", Fixtures.path(reference),
    ])
    #expect(other.status == 1 && !other.out.contains("ok: "))
  }

  @Test func aFolderWithoutNumbersIsNamed() throws {
    let command = try VerifyCommand.parse(["--reference", "/nowhere"])
    #expect {
      try command.run()
    } throws: {
      String(describing: $0).contains("/nowhere/golden.json")
    }
  }

  @Test func theReportShowsTheWorstIterationAndTheVerdict() throws {
    let folder = try TemporaryFolder()
    try #"{"R": 1, "prompts": [{"name": "x"}], "tolerance": {}}"#
      .write(toFile: folder.file("golden.json"), atomically: true, encoding: .utf8)
    #expect(throws: (any Error).self) { try ReferenceCase(directory: folder.path) }
  }
}
