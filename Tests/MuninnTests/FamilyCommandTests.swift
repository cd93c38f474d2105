import Checkpoints
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import muninn

/// The commands on families other than Huginn.
@Suite struct FamilyCommandTests {
  private func workbench(_ name: String) throws -> Workbench {
    try Workbench.open(
      try Checkpoint.open(Fixtures.path(name)), team: ThreadTeam(count: 1),
      start: try StartOptions.parse([]))
  }

  @Test func runsBeginWhereTheFamilyBegins() throws {
    let usual = try StartOptions.parse([]).start()
    let looped = try workbench("ouro-tiny")
    let (recorder, trajectory) = try looped.begin(.ids([7, 8, 9]), start: usual, candidates: 2)
    #expect(trajectory.start == "embedded prompt")
    #expect(trajectory.steps[0].state == recorder.context.embedded)
    #expect(looped.summary.hasFixedStart && looped.summary.trainedDepth == 4)
    let retrofit = try workbench("retrofit-llama-tiny")
    let drawn = try retrofit.begin(.ids([7, 8, 9]), start: usual, candidates: 2)
    let seeded = try retrofit.begin(.ids([7, 8, 9]), start: .seed(0), candidates: 2)
    #expect(drawn.trajectory.start == "seed 0")
    #expect(drawn.trajectory.steps[0].state == seeded.trajectory.steps[0].state)
    #expect(!retrofit.summary.hasFixedStart && retrofit.summary.trainedDepth == nil)
  }

  @Test(arguments: [["--seed", "3"], ["--zero-state"]])
  func aStartTheFamilyDoesNotHaveIsRefusedInWords(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let command = try TraceCommand.parse(
      ["--model", Fixtures.path("ouro-tiny"), "-p", "x", "--jsonl", folder.file("t")] + arguments)
    do {
      try command.run()
      Issue.record("it ran")
    } catch {
      #expect(String(describing: error).contains("starts from the token embeddings"))
    }
  }

  @Test func depthIsWarnedOfOnlyWhereItEnds() throws {
    let summary = try workbench("ouro-tiny").summary
    #expect(summary.depthWarning(at: 4) == nil)
    #expect(summary.depthWarning(at: 5)?.contains("r = 4") == true)
    #expect(try workbench("retrofit-llama-tiny").summary.depthWarning(at: 500) == nil)
  }

  @Test func inspectSaysHowAModelIsUnderstood() throws {
    func lines(_ name: String) throws -> String {
      let checkpoint = try Checkpoint.open(Fixtures.path(name))
      return InspectionReport(checkpoint: checkpoint)
        .lines(plan: try ModelPlan(checkpoint), listTensors: false).joined(separator: "\n")
    }
    let looped = try lines("ouro-tiny")
    #expect(looped.contains("[3 layers → norm] × r → head"))
    #expect(looped.contains("note         trained to 4 iterations"))
    #expect(looped.contains("exit gate    learned"))
    let retrofit = try lines("retrofit-llama-tiny")
    #expect(retrofit.contains("Llama blocks") && retrofit.contains("2 of them for keys"))
    #expect(retrofit.contains("rotary base 10000.0, scaled as Llama 3 by 8.0 from 64 tokens"))
    let huginn = try lines("raven-tiny-a")
    #expect(huginn.contains("family       recurrent depth (Huginn): prelude 1"))
    #expect(huginn.contains("\nparameters   "))
  }
}
