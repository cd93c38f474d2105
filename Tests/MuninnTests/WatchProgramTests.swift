import Foundation
import Glibc
import TestSupport
import Testing
import Training

@testable import muninn

/// `muninn train --watch` in a real terminal.
@Suite(.serialized, .hangingIsTold) struct WatchProgramTests {
  private func recipe(steps: Int, rows: Int = 4) -> String {
    """
    {"name": "tiny", "architecture": {"width": 16, "heads": 2, "feed_forward": 32,
      "mean_recurrence": 3},
     "stages": [{"steps": \(steps), "rows": \(rows), "length": 16, "mix": {"parity": 1, "copy": 1},
       "recurrence": {"mean": [1, 3]}, "curriculum": {"every": 20, "problems": 8}}]}
    """
  }

  private func start(_ arguments: [String]) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      ["train", "--threads", "1", "--watch"] + arguments, columns: 100, rows: 30)
    #expect(terminal.wait { $0.text.contains("latent path") }, "\(terminal.text)")
    return terminal
  }

  private func expectRestored(_ terminal: PseudoTerminal) {
    #expect(terminal.isCooked)
    #expect(terminal.text.contains("\u{1B}[?1049l") && terminal.text.contains("\u{1B}[?25h"))
  }

  private func model(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/model.safetensors"))
  }

  @Test func stoppedWhileWatchedAndResumedItGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    // Steps enough that the keys are read before the last of them, on a busy machine too.
    let recipe = try folder.write("recipe.json", recipe(steps: 1500))
    let (whole, watched) = (folder.file("whole"), folder.file("watched"))
    #expect(try TrainProgram.run(["--recipe", recipe, "--out", whole]).status == 0)
    let terminal = try start(["--recipe", recipe, "--out", watched])
    terminal.send("?x r l q")
    #expect(terminal.end(seconds: 30) == 0)
    expectRestored(terminal)
    #expect(terminal.text.contains("muninn train --out \(watched) --resume"), "\(terminal.text)")
    #expect(try TrainProgram.run(["--out", watched, "--resume"]).status == 0)
    #expect(try model(whole) == model(watched))
  }

  @Test func aRunThatIsDoneWaitsForAKey() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe(steps: 20))
    let terminal = try start(["--recipe", recipe, "--out", folder.file("out")])
    #expect(terminal.wait(seconds: 30) { $0.text.contains("finished, q leaves") })
    terminal.send("q")
    #expect(terminal.end() == 0)
    #expect(terminal.text.contains("muninn --model"))
  }

  @Test(arguments: [SIGTERM, SIGHUP]) func aSignalSavesAndRestores(number: Int32) throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe(steps: 100_000))
    let terminal = try start(["--recipe", recipe, "--out", folder.file("out")])
    terminal.signal(number)
    #expect(terminal.end(seconds: 30) == 128 + number)
    expectRestored(terminal)
    #expect(terminal.text.contains("--resume"))
  }

  @Test func controlCLeavesSaved() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe(steps: 100_000))
    let terminal = try start(["--recipe", recipe, "--out", folder.file("out")])
    terminal.send("\u{03}")
    #expect(terminal.end(seconds: 30) == 130)
    expectRestored(terminal)
    #expect(terminal.text.contains("--resume"))
  }

  /// How many steps are done, as the screen says once it is painted anew.
  private func steps(_ terminal: PseudoTerminal) throws -> Int {
    let before = terminal.output.count
    terminal.send("\u{0C}")
    var steps: Int?
    terminal.wait {
      let text = String(decoding: $0.output.dropFirst(before), as: UTF8.self)
      steps = text.firstMatch(of: #/([0-9]+)/100000 /#).flatMap { Int($0.1) }
      return steps != nil
    }
    return try #require(steps, "the key to paint anew had no answer")
  }

  /// Many keys are answered, one after another, in the time of a few steps: answered between steps,
  /// each would have waited for one.
  @Test func keysAreAnsweredWhileAStepRuns() throws {
    let folder = try TemporaryFolder()
    // Steps of a second or so.
    let long = recipe(steps: 100_000, rows: 4_096)
      .replacing("\"width\": 16", with: "\"width\": 32")
      .replacing("\"length\": 16", with: "\"length\": 48")
    let recipe = try folder.write("recipe.json", long)
    let terminal = try start(["--recipe", recipe, "--out", folder.file("out")])
    let before = try steps(terminal)
    var after = before
    for _ in 0..<20 { after = try steps(terminal) }
    #expect(after - before < 10)
    #expect(try terminal.wait { _ in try steps(terminal) > after }, "steps go on meanwhile")
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func withoutATerminalItSaysWhatWouldWorkAndBeginsNothing() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe(steps: 20))
    let out = folder.file("out")
    let result = try TrainProgram.run(["--recipe", recipe, "--out", out, "--watch"])
    #expect(result.status == 1)
    #expect(result.error.contains("--watch needs a terminal"), "\(result.error)")
    #expect(result.error.contains("`muninn train` without it"))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func aPromptThatDoesNotFitIsRefused() throws {
    let recipe = TrainingRecipe.simple(tasks: ["parity"], textFile: nil, steps: 5)
    #expect(throws: (any Error).self) { try TrainingWatch.prompt("", for: recipe) }
    #expect(throws: (any Error).self) {
      try TrainingWatch.prompt(String(repeating: "1", count: 256), for: recipe)
    }
    #expect(try TrainingWatch.prompt("7+8?", for: recipe) == "7+8?")
    #expect(try TrainingWatch.prompt(nil, for: recipe).hasPrefix("#"), "one of parity")
    var small = recipe
    small.architecture.context = 4
    #expect(try TrainingWatch.prompt(nil, for: small).utf8.count == 3)
  }
}
