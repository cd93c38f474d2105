import ArgumentParser
import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn export` as a script sees it, on the embedded model.
@Suite struct ExportCommandTests {
  private static let prompt = "3+4-2+9-5+1+8-6?"

  private func run(_ arguments: [String]) throws { try ExportCommand.parse(arguments).run() }

  /// Several files at once, of the same run; the records are those of `trace`.
  @Test func severalFormatsAreOfOneRun() throws {
    let folder = try TemporaryFolder()
    let (records, table, page) = (
      folder.file("a.jsonl"), folder.file("a.csv"), folder.file("a.html")
    )
    try run(["-p", Self.prompt, "--jsonl", records, "--csv", table, "--html", page])
    let traced = folder.file("t.jsonl")
    try TraceCommand.parse(["-p", Self.prompt, "--to-last", "--top", "16", "--jsonl", traced]).run()
    let lines = try String(contentsOfFile: records, encoding: .utf8)
    #expect(lines == (try String(contentsOfFile: traced, encoding: .utf8)))
    #expect(lines.split(separator: "\n").count == 13 * 17)
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\r\n")
    #expect(rows.count == 1 + 13 * 17)
    // The page of the opening run is small enough to be mailed.
    let size = try Data(contentsOf: URL(fileURLWithPath: page)).count
    #expect(size < 2_000_000 && size > 50_000, "\(size) bytes")
  }

  /// A record that comes on the way has all that it had, and whatever needs no end.
  @Test func recordsOnTheWayLackTheEndAlone() throws {
    let folder = try TemporaryFolder()
    let (plain, whole) = (folder.file("a.jsonl"), folder.file("b.jsonl"))
    let arguments = ["-p", "1+2?", "-r", "4", "--jsonl"]
    try TraceCommand.parse(arguments + [plain]).run()
    try TraceCommand.parse(arguments + [whole, "--to-last", "--seeds", "0"]).run()
    func read(_ path: String) throws -> [JSONValue] {
      try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        .map { try JSONValue(parsing: Array($0.utf8)) }
    }
    let (a, b) = (try read(plain), try read(whole))
    #expect(a.count == 25 && b.count == 25)
    for (a, b) in zip(a, b) {
      guard case .object(let members) = a else { continue }
      for member in members {
        #expect(b[member.name]?.serialized() == member.value.serialized(), "\(member.name)")
      }
      #expect(a["arrival"] == nil && b["arrival"]?.number != nil)
      #expect(a["distance_to_last"] == nil && b["distance_to_last"]?.number != nil)
      #expect(a["angle"] != nil && a["filtered_kl"] != nil && a["stable_for"] != nil)
    }
    #expect(b.last?["arrival"]?.number == 0 && b.last?["distance_to_last"]?.number == 0)
    #expect(b.last?["exits"]?["kl"]?["scope"]?.string == "last")
  }

  @Test func normedStatesAreSaved() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("s.safetensors")
    try TraceCommand.parse(["-p", "1+2?", "-r", "3", "--save", path, "--normed"]).run()
    let file = try SafetensorsFile.open(path)
    #expect(file.tensors["normed"]?.shape == [4, 5, 128])
    #expect(file.tensors["states"]?.shape == [4, 5, 128])
  }

  /// Pictures are what the explorer shows after the same acts.
  @Test func picturesAreTheScreen() throws {
    let folder = try TemporaryFolder()
    let (text, svg, cast) = (folder.file("a.txt"), folder.file("a.svg"), folder.file("a.cast"))
    try run([
      "-p", Self.prompt, "--size", "100x30", "--theme", "light", "--do", "goto 16:4", "--do",
      "metric entropy", "--text", text, "--svg", svg, "--cast", cast,
    ])
    let log = try folder.write(
      "s.log",
      "muninn-log 1 size 100x30 theme light\nbegin \"\(Self.prompt)\"\ngoto 16:4\nmetric entropy\n")
    let replayed = try Program.run(["replay", log])
    let shown = try String(contentsOfFile: text, encoding: .utf8)
    // What was said last is no part of a picture.
    #expect(
      shown.split(separator: "\n").dropLast() == replayed.out.split(separator: "\n").dropLast())
    let drawing = try String(contentsOfFile: svg, encoding: .utf8)
    #expect(drawing.contains("fill=\"#ffffff\"") && drawing.contains("viewing 4 of 12"))
    let film = try String(contentsOfFile: cast, encoding: .utf8).split(separator: "\n")
    #expect(film.filter { $0.contains(", \"m\", ") }.count == 1)
    let session = folder.file("s.cast")
    try run(["--log", log, "--cast", session])
    let events = try String(contentsOfFile: session, encoding: .utf8).split(separator: "\n")
    #expect(events[0].contains("\"width\":100,\"height\":30") && events.count > 14)
  }

  @Test(arguments: [
    (["-p", "x"], "Nothing to write"),
    (["--csv", "-"], "exactly one"),
    (["-p", "x", "-p", "y", "--svg", "-"], "these are 2"),
    (["-p", "x", "--seeds", "0-3", "--cast", "-"], "these are 4"),
    (["-p", "x", "--svg", "-", "--size", "10x2"], "--size"),
    (["-p", "x", "--svg", "-", "--pane", "sofa"], "--pane takes one of heat"),
    (["-p", "x", "--csv", "-", "--pane", "heat"], "go with pictures"),
    (["-p", "x", "--svg", "-", "--do", "dance"], "no command dance"),
    (["-p", "x", "--svg", "-", "--edit", "1:1 := 0"], "--do \"edit 1:1 := 0\""),
    (["-p", "x", "--log", "l", "--svg", "-"], "A log says itself"),
    (["-p", "x", "--steps", "0", "--csv", "-"], "--steps"),
  ])
  func usageErrorsSayWhatIsWrong(arguments: [String], message: String) {
    #expect {
      try ExportCommand.parse(arguments)
    } throws: {
      ExportCommand.message(for: $0).contains(message)
    }
  }

  @Test func aFileThatIsThereStaysUnlessItIsForced() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", "mine")
    let arguments = ["export", "-p", "1?", "-r", "1", "--csv", path]
    let refused = try Program.run(arguments)
    #expect(refused.status == 1 && refused.error.contains("--force replaces it"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    #expect(try Program.run(arguments + ["--force"]).status == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("run,iteration"))
    let piped = try Program.run(["export", "-p", "1?", "-r", "1", "--csv", "-"])
    #expect(piped.out.split(separator: "\r\n").count == 1 + 2 * 3)
    #expect(try Program.run(["export", "--columns"]).out.contains("arrival\tnats\t"))
  }

  // MARK: In a browser

  /// A browser without a window, on the PATH; nil where there is none.
  private static let browser: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"]
    return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Opened without a network, the page draws itself and says what the run says.
  @Test(.enabled(if: browser != nil, "no chromium or google-chrome is on the PATH"))
  func theOpeningRunIsShownInABrowser() throws {
    let folder = try TemporaryFolder()
    let page = folder.file("a.html")
    try run(["-p", Self.prompt, "--html", page])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.browser))
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
      "--user-data-dir=\(folder.file("profile"))", "--virtual-time-budget=2000", "--dump-dom",
      "file://\(page)",
    ]
    let out = Pipe()
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try out.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let dom = String(decoding: data, as: UTF8.self)
    #expect(dom.contains("r 12 of 12"))
    #expect(dom.contains("token 16 ?  r 12  says 2"))
    #expect(dom.contains("argmax-stability") && dom.contains("r 10"))
    #expect(dom.components(separatedBy: "<option").count > 18)
  }

  /// A run file is written as the run it was saved from, also where its model is not at hand.
  @Test func aRunFileIsExported() throws {
    let folder = try TemporaryFolder()
    let saved = folder.file("a.muninn")
    let made = try Program.run(["trace", "--prompt", "3+4-2?", "-r", "6", "--save-run", saved])
    #expect(made.status == 0, "\(made.error)")
    func csv(_ arguments: [String]) throws -> [Substring] {
      let path = folder.file("out.csv")
      let (status, _, error) = try Program.run(
        ["export", "--force", "--csv", path] + arguments)
      #expect(status == 0, "\(error)")
      return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\r\n")
    }
    let (now, later) = (try csv(["--prompt", "3+4-2?", "-r", "6"]), try csv([saved]))
    #expect(now.count == 1 + 7 * 7 && now.count == later.count)
    // The tree numbers its runs from 1.
    let numbered: (Substring) -> String = { line in
      String(
        line.split(separator: ",", omittingEmptySubsequences: false).dropFirst().joined(
          separator: ","))
    }
    #expect(now.map(numbered) == later.map(numbered))
    let other = Fixtures.path(Fixtures.ravenModels[0])
    let read = try csv([saved, "--model", other])
    #expect(read.count == now.count)
    let shown = try Program.run(["export", saved, "--text", "-", "--size", "100x30"])
    #expect(shown.status == 0 && shown.out.contains("6 of 6"), "\(shown.out) \(shown.error)")
    let refused = try Program.run(["export", saved, "--prompt", "1", "--csv", "-"])
    #expect(refused.status != 0 && refused.error.contains("A run file says itself"))
  }
}
