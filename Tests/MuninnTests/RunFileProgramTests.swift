import Foundation
import Glibc
import RunFiles
import TestSupport
import Testing
import Trajectories

@testable import muninn

/// Run files as the program writes and opens them.
@Suite(.hangingIsTold) struct RunFileProgramTests {
  private func trace(_ folder: TemporaryFolder, _ arguments: [String]) throws -> String {
    let path = folder.file("a.muninn")
    let (status, _, error) = try Program.run(["trace", "--save-run", path] + arguments)
    #expect(status == 0, "\(error)")
    return path
  }

  @Test func recordsOfARunFileAreThoseOfTheTrace() throws {
    let folder = try TemporaryFolder()
    let (now, later) = (folder.file("now.jsonl"), folder.file("later.jsonl"))
    let path = try trace(
      folder,
      [
        "--prompt", "3+4?", "--prompt", "é\n", "--seeds", "0-1", "-r", "4", "--edit", "1:2 := 0",
        "--edit", "2:3 := 16*(1:1)", "--watch", "7", "--jsonl", now,
      ])
    // Runs of several prompts and seeds, two edits in turn.
    #expect(try RunFile.open(path).tree.count == 6)
    let (status, _, error) = try Program.run(["trace", "--run", path, "--jsonl", later])
    #expect(status == 0, "\(error)")
    func lines(_ file: String) throws -> [Substring] {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    }
    // Of edits in turn those before the last have their s₀ in the file too.
    let (first, second) = (try lines(now), try lines(later))
    let isBetween: (Substring) -> Bool = { $0.contains("\"run\":4,") }
    let edited = first.filter(isBetween).map {
      $0.replacingOccurrences(of: "\"run\":4,", with: "\"run\":5,")
    }
    let isLast: (Substring) -> Bool = { $0.contains("\"run\":5,") }
    #expect(first.filter { !isBetween($0) } == second.filter { !isBetween($0) && !isLast($0) })
    #expect(edited == second.filter(isLast).map(String.init))
  }

  @Test(arguments: [
    (["--run", "FILE"], "Nothing to write"),
    (["--run", "FILE", "--jsonl", "-", "--steps", "3"], "nothing else"),
    (["--run", "FILE", "--jsonl", "-", "-p", "1"], "nothing else"),
    (["--run", "/nowhere/a.muninn", "--jsonl", "-"], "cannot be opened"),
    (["-p", "1", "--bf16", "--jsonl", "-"], "--bf16 goes with"),
    (["--jsonl", "-"], "exactly one of --prompt"),
    (["-p", "1", "--save-run", "/nowhere/at/all.muninn"], "/nowhere/at/all.muninn"),
  ])
  func whatCannotBeIsSaid(arguments: [String], words: String) throws {
    let file = Fixtures.path("run-files/format-1.muninn")
    let (status, out, error) = try Program.run(
      ["trace"] + arguments.map { $0 == "FILE" ? file : $0 })
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  @Test func anotherModelIsRefusedWithWhatToDo() throws {
    let file = Fixtures.path("run-files/format-1.muninn")
    let other = Fixtures.path(Fixtures.ravenModels[0])
    let (status, _, error) = try Program.run(["explore", file, "--model", other])
    #expect(status == 1 && error.contains("weights are others") && error.contains("--anyway"))
    let absent = try Program.run(["explore", "/nowhere/a.muninn"])
    #expect(absent.status == 1 && absent.error.contains("/nowhere/a.muninn"))
    let both = try Program.run(["explore", "--last", "3+4?"])
    #expect(both.status != 0 && both.error.contains("--last"))
    let steps = try Program.run(["explore", file, "--steps", "3"])
    #expect(steps.status != 0 && steps.error.contains("where its runs start"))
  }

  /// A session that is left is there the next time, and goes on to what one session without a break has.
  @Test func theLastSessionGoesOn() throws {
    let folder = try TemporaryFolder()
    let environment = [
      "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": folder.file("state"),
      "XDG_CACHE_HOME": folder.file("cache"),
    ]
    func session(_ arguments: [String], _ acts: [(keys: String, until: String)]) throws {
      let terminal = try PseudoTerminal(
        arguments, columns: 100, rows: 30, environment: environment)
      #expect(terminal.wait { $0.text.contains("entropy") || $0.text.contains("arrival") })
      for (keys, word) in acts {
        terminal.send(keys)
        #expect(picture(terminal, until: word), "\(keys) leads to \(word)")
      }
      terminal.send("q")
      #expect(terminal.end() == 0)
    }
    let prompt = ["--speed", "1000", "--steps", "5", "--prompt", "3+4-2?"]
    let (broken, whole) = (folder.file("broken.muninn"), folder.file("whole.muninn"))
    try session(
      prompt, [("", "paused"), (":extend 2\r", "7 of 7"), (":note it turns\r", "written")])
    #expect(RunFile.isOne(folder.file("state/muninn/last.muninn")))
    try session(
      ["--last", "--speed", "1000"],
      [
        ("", "goes on"), (":note\r", "it turns"), (":extend 4\r", "11 of 11"),
        (":save \(broken)\r", "saved to"),
      ])
    try session(
      prompt,
      [
        ("", "paused"), (":extend 2\r", "7 of 7"), (":extend 4\r", "11 of 11"),
        (":save \(whole)\r", "saved to"),
      ])
    let (a, b) = (try RunFile.open(broken), try RunFile.open(whole))
    let one = try #require(a.trajectories[NodeID(1)])
    let other = try #require(b.trajectories[NodeID(1)])
    #expect(one.steps.count == 12 && one.steps.count == other.steps.count)
    for (step, twin) in zip(one.steps, other.steps) {
      #expect(step.measures == twin.measures && step.readings == twin.readings)
    }
    for iteration in 0...11 {
      let own = try #require(a.states(of: NodeID(1))?.rows(iteration))
      #expect(own == b.states(of: NodeID(1))?.rows(iteration), "\(iteration)")
    }
    var status = stat()
    #expect(stat(folder.file("state/muninn/last.muninn"), &status) == 0)
    #expect(status.st_mode & 0o077 == 0)
  }

  private func picture(_ terminal: PseudoTerminal, until word: String) -> Bool {
    for _ in 0..<100 {
      let before = terminal.output.count
      terminal.send("\u{0C}")
      let found = terminal.wait(seconds: 0.4) {
        String(decoding: $0.output.dropFirst(before), as: UTF8.self).contains(word)
      }
      if found { return true }
    }
    return false
  }

  /// A session that was only opened leaves the one before; another keeps it beside itself.
  @Test func onlyWhatWasDoneTakesThePlaceOfTheLastSession() throws {
    let folder = try TemporaryFolder()
    let environment = [
      "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": folder.file("state"),
    ]
    func session(_ prompt: String, _ keys: [(String, String)]) throws -> Data {
      let terminal = try PseudoTerminal(
        ["--speed", "1000", "--steps", "4", "--prompt", prompt], columns: 80, rows: 24,
        environment: environment)
      #expect(picture(terminal, until: "paused"))
      for (keys, word) in keys {
        terminal.send(keys)
        #expect(picture(terminal, until: word))
      }
      terminal.send("q")
      #expect(terminal.end() == 0)
      return try Data(contentsOf: URL(fileURLWithPath: folder.file("state/muninn/last.muninn")))
    }
    let first = try session("3+4?", [])
    #expect(try session("5+1?", [("h", "3 of 4")]) == first)
    #expect(try session("5+1?", [(":mark a\r", "is a now")]) != first)
    let before = URL(fileURLWithPath: folder.file("state/muninn/before.muninn"))
    #expect(try Data(contentsOf: before) == first)
    var status = stat()
    #expect(stat(before.path, &status) == 0 && status.st_mode & 0o077 == 0)
  }

  /// A program that is asked to end by a signal keeps the session too.
  @Test func aSignalKeepsTheSession() throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(
      ["--speed", "1000", "--steps", "4", "--prompt", "3+4?"], columns: 80, rows: 24,
      environment: [
        "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": folder.file("state"),
      ])
    #expect(picture(terminal, until: "paused"))
    terminal.signal(SIGTERM)
    #expect(terminal.end() == 128 + SIGTERM)
    let file = try RunFile.open(folder.file("state/muninn/last.muninn"))
    #expect(file.trajectories[NodeID(1)]?.steps.count == 5)
  }

  /// Killed while it saves over and over, it leaves a whole file: the one before or the one after.
  @Test func aKillLeavesAWholeFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let log =
      "muninn-log 1 size 80x24\nbegin \"3+4-2+9-5?\" r 30\n"
      + String(repeating: "save \(path)\n", count: 3000)
    let script = try folder.write("saves.log", log)
    var dice = Dice(seed: 41)
    var killed = 0
    for _ in 0..<Effort.times(10) {
      try? FileManager.default.removeItem(atPath: path)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
      process.arguments = ["replay", "--plain", script]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      // From the first file on it does nothing but save.
      Program.wait { FileManager.default.fileExists(atPath: path) || !process.isRunning }
      usleep(UInt32(dice.below(20_000)))
      if process.isRunning { killed += 1 }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let file = try RunFile.open(path)
      #expect(file.trajectories[NodeID(1)]?.steps.count == 31)
    }
    #expect(killed == Effort.times(10), "it was still saving every time")
  }

  @Test(
    .enabled(
      if: python != nil, "no python3 with numpy and safetensors is here to read the file with"))
  func pythonReadsBfloat16ByHand() throws {
    let folder = try TemporaryFolder()
    let path = try trace(folder, ["--prompt", "1+1?", "-r", "3", "--bf16"])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.currentDirectoryURL = Fixtures.repository.appendingPathComponent("Assets/python")
    process.environment = ["PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"]
      .merging(ProcessInfo.processInfo.environment) { $1 }
    process.arguments = Self.arguments([
      "-B", "-c",
      "import sys, read_run; t, m = read_run.load(sys.argv[1]); s = t['run.1.states']; "
        + "print(s.shape, s.dtype, *(v.hex() for v in s[2, 1, :4].tolist()))", path,
    ])
    let text = try Self.output(of: process)
    let file = try RunFile.open(path)
    let states = try #require(file.states(of: NodeID(1))?.rows(2))
    let words = text.split(separator: " ").suffix(4).map {
      Float($0.replacingOccurrences(of: "\n", with: ""))
    }
    #expect(file.manifest.isCompact && text.contains("float32"))
    #expect(words == states.row(1).prefix(4).map { Float($0) })
  }

  /// What a program prints that must end well.
  private static func output(of process: Process) throws -> String {
    let out = Pipe()
    process.standardOutput = out
    try process.run()
    let text = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text
  }

  private static let python: String? =
    ["/usr/bin/python3", "/usr/local/bin/python3"]
    .first { isUsable($0) } ?? (isUsable("/usr/bin/env") ? "/usr/bin/env" : nil)

  private static func arguments(_ rest: [String]) -> [String] {
    python == "/usr/bin/env" ? ["python3"] + rest : rest
  }

  private static func isUsable(_ program: String) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      (program == "/usr/bin/env" ? ["python3"] : []) + ["-c", "import numpy, safetensors.numpy"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test(
    .enabled(
      if: python != nil, "no python3 with numpy and safetensors is here to read the file with"))
  func pythonReadsIt() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    let script = Fixtures.repository.appendingPathComponent("Assets/python/read_run.py").path
    let file = Fixtures.path("run-files/format-1.muninn")
    process.arguments = Self.arguments([script, file])
    let text = try Self.output(of: process)
    let run = try RunFile.open(file)
    var wanted = ""
    for node in run.tree.nodes.map(\.id) {
      let trajectory = try #require(run.trajectories[node])
      let states = try #require(run.states(of: node)?.rows(0))
      wanted += "run.\(node) '\(trajectory.tokens.map(\.text).joined())' states "
      wanted += "(\(trajectory.steps.count), \(states.rows), \(states.columns)) float32\n"
      for step in trajectory.steps {
        let reading = try #require(step.readings.last)
        let entropy = String(format: "%.4f", reading.entropy ?? .nan)
        wanted += "  r \(step.iteration) '\(reading.best?.text ?? "-")' entropy \(entropy)\n"
      }
    }
    #expect(text == wanted)
  }
}
