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

  /// A family that is known and not read: its name, what is missing, and a status that says so, whatever
  /// was asked for.
  @Test(arguments: [
    ("iquestloopcoder", "LoopCoder", "second loop"), ("iquestpltcoder", "LoopCoder", "second loop"),
    ("loopie", "Loopie", "what its loop computes"),
    ("sensenova_loop", "SenseNova-Loop", "what its loop computes"),
    ("loopformer", "LoopFormer", "told the time"),
    ("mixture_of_recursions", "Mixture-of-Recursions", "routers"),
    ("loopedlm_p2", "LoopedLM", "its files"), ("hrm", "HRM", "puzzles"),
  ])
  func knownFamiliesAreRefusedByNameInEveryCommand(
    type: String, family: String, missing: String
  ) throws {
    let copy = try ModelCopy(of: "nanbeige-tiny")
    try copy.configure("model_type", type)
    for arguments in [
      ["inspect", copy.path], ["trace", "-m", copy.path, "-p", "x", "--jsonl", "-"],
      ["explore", "-m", copy.path, "x"], ["--plain", "-m", copy.path, "x"],
    ] {
      let run = try Program.run(arguments, input: Data())
      #expect(run.status == 1, "\(arguments[0])")
      #expect(
        run.error.contains(family) && run.error.contains("what is missing is"), "\(run.error)")
      #expect(run.error.contains(missing), "\(run.error)")
    }
  }

  /// Prompts that look back alone are the model with that in its configuration, and say so.
  @Test func promptsLookBackWhereThatIsAskedFor() throws {
    let model = Fixtures.path("hrm-text-tiny")
    let configured = try ModelCopy(of: "hrm-text-tiny")
    try configured.configure("prefix_lm", false)
    func records(_ arguments: [String]) throws -> String {
      let run = try Program.run(
        ["trace", "--prompt-ids", "58,271,436", "--jsonl", "-"] + arguments)
      #expect(run.status == 0, "\(run.error)")
      return run.out
    }
    let causal = try records(["-m", model, "--causal"])
    #expect(try causal == records(["-m", configured.path]))
    #expect(try causal != records(["-m", model]))
    let options = try ModelOptions.parse(["-m", model, "--causal"])
    let checkpoint = try options.openCheckpoint()
    #expect(checkpoint.name == "hrm-text-tiny (causal)" && options.words.last == "--causal")
    #expect(try ModelPlan(checkpoint).facts.looksBothWays == false)
    #expect(try workbench("hrm-text-tiny").summary.looksBothWays)
    let refused = try Program.run([
      "trace", "-m", Fixtures.path("ouro-tiny"), "-p", "x", "--causal", "--jsonl", "-",
    ])
    #expect(refused.status == 64 && refused.error.contains("look back anyway"), "\(refused.error)")
    // A run of it is gone on with as it was made.
    let folder = try TemporaryFolder()
    let saved = folder.file("a.muninn")
    let made = try Program.run([
      "trace", "-m", model, "--causal", "-p", "hello", "--save-run", saved,
    ])
    #expect(made.status == 0, "\(made.error)")
    let again = try Program.run(["trace", "--run", saved, "--jsonl", "-"])
    #expect(again.status == 0 && !again.error.contains("another"), "\(again.error)")
  }

  /// What blocks did says both clocks, and what tokens ahead were seen.
  @Test func recordsOfTwoClocksNamePassesAndSeeAhead() throws {
    let run = try Program.run([
      "trace", "-m", Fixtures.path("hrm-text-tiny"), "--prompt-ids", "58,271,436", "--blocks",
      "--attention", "--steps", "1", "--jsonl", "-",
    ])
    #expect(run.status == 0, "\(run.error)")
    let records = try run.out.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    let passes = records.filter { $0["token"]?.integer == 0 && $0["attention"] != nil }
      .compactMap { $0["pass"]?.string }
    #expect(passes == ["L1.1", "L1.2", "L2.1", "L2.2", "L3.1", "L3.2", "H.1", "H.2"])
    for record in records {
      for head in record["attention"]?.array ?? [] {
        let weights = (head.array ?? []).compactMap(\.number)
        #expect(weights.count == 3 && abs(weights.reduce(0, +) - 1) < 1e-5)
      }
    }
    let last = try #require(records.last { $0["low_residual"] != nil })
    #expect(last["low_residual"]?.number != nil && last["prenorm"]?.number != nil)
  }

  @Test func theContractionIsListedChannelByChannel() throws {
    let run = try Program.run(["inspect", Fixtures.path("parcae-tiny"), "--contraction"])
    let lines = run.out.split(separator: "\n").filter { $0.hasPrefix("contraction") }
    #expect(run.status == 0 && lines.count == 1 + 48)
    #expect(lines[0].hasSuffix("left-after-8"))
    let keeps = lines.dropFirst().compactMap { Double($0.split(separator: " ")[2]) }
    #expect(keeps == keeps.sorted(by: >) && keeps.count == 48 && keeps[0] < 1)
    let other = try Program.run(["inspect", Fixtures.path("ouro-tiny"), "--contraction"])
    #expect(other.status == 64 && other.error.contains("no diagonal injection"), "\(other.error)")
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
