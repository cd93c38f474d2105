import Checkpoints
import Engine
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
    let (trajectory, state) = try begin(looped, usual)
    #expect(trajectory.start == "embedded prompt")
    #expect(state == (try looped.model.begin([7, 8, 9]).embedded))
    #expect(looped.summary.hasFixedStart && looped.summary.trainedDepth == 4)
    let retrofit = try workbench("retrofit-llama-tiny")
    let (drawn, seeded) = (try begin(retrofit, usual), try begin(retrofit, .seed(0)))
    #expect(drawn.0.start == "seed 0")
    #expect(drawn.1 == seeded.1)
    #expect(!retrofit.summary.hasFixedStart && retrofit.summary.trainedDepth == nil)
  }

  /// A run as it begins, and s₀.
  private func begin(_ bench: Workbench, _ start: Start) throws -> (Trajectory, Matrix) {
    let engine = Engine(bench, candidates: 2)
    let (cause, trajectory) = try engine.begin([.source(.ids([7, 8, 9]), start)])[0]
    return (trajectory, try engine.state(Lineage(cause), 0))
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
      #expect(String(describing: error).contains("starts from its prompt"))
    }
  }

  /// The reference's p0.lambda and p0.exit_cdf, whose last row takes the remainder and is not ours.
  @Test func recordsOfAGatedModelCarryTheGate() throws {
    let folder = try TemporaryFolder()
    let model = Fixtures.path("ouro-tiny")
    let golden = try SafetensorsFile.open("\(model)/golden.safetensors")
    let ids = try golden.integers("p0.ids")
    let command = try TraceCommand.parse([
      "--model", model, "--prompt-ids", ids.map(String.init).joined(separator: ","), "--jsonl",
      folder.file("t"),
    ])
    try command.run()
    let records = try String(contentsOfFile: folder.file("t"), encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    #expect(records.count == 5 * ids.count && records[0]["exit_lambda"] == nil)
    for (key, name, rows) in [("exit_lambda", "p0.lambda", 4), ("exit_cdf", "p0.exit_cdf", 3)] {
      let expected = try #require(golden.tensors[name]).floats()
      for index in 0..<rows * ids.count {
        let value = try #require(records[ids.count + index][key]?.number)
        #expect(abs(value - Double(expected[index])) < 1e-5, "\(key) at \(index)")
      }
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

  /// What fits is said before anything is read.
  @Test func inspectSaysWhatFits() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("raven-tiny-a"))
    let plan = try ModelPlan(checkpoint)
    func lines(_ available: Int?) -> String {
      InspectionReport(checkpoint: checkpoint, available: available)
        .lines(plan: plan, listTensors: false).joined(separator: "\n")
    }
    #expect(lines(plan.packedBytes(.exact)).contains("are available: it fits"))
    let between = lines(plan.packedBytes(.int8))
    #expect(between.contains("it does not fit; with --precision int8 ("))
    #expect(between.contains("int4 (") && !between.contains("fast ("))
    let none = lines(1000)
    #expect(none.contains("are available: it does not fit") && !none.contains("--precision"))
    #expect(!lines(nil).contains("are available"))
    let cache = Quantity.bytes(plan.facts.cacheBytes(iterations: plan.facts.defaultIterations))
    #expect(lines(nil).contains("keys and values \(cache) a token"))
  }

  @Test func thePromptIsTakenOnceInEitherForm() throws {
    #expect(try ExploreCommand.parse(["--prompt", "1+1?"]).promptOption == "1+1?")
    #expect(try ExploreCommand.parse(["1+1?"]).prompt == "1+1?")
    for twice in [["x", "--prompt", "y"], ["--prompt", "y", "--prompt-ids", "1"]] {
      #expect(throws: (any Error).self) { try ExploreCommand.parse(twice) }
    }
  }
}
