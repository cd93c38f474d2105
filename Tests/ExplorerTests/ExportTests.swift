import Exports
import Foundation
import LatentModels
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// What leaves the explorer: files, pictures, the clipboard, a command line.
@Suite struct ExportTests {
  private func job(_ session: Session) throws -> ExportJob {
    for effect in session.effects { if case .export(let job) = effect { return job } }
    throw NoSuchEffect()
  }

  private func copy(_ session: Session) throws -> ClipboardCopy {
    for effect in session.effects { if case .copy(let copy) = effect { return copy } }
    throw NoSuchEffect()
  }

  private struct NoSuchEffect: Error {}

  @Test(arguments: [(80, 24), (120, 40)])
  func aPictureOfTheScreenIsTheScreen(width: Int, height: Int) throws {
    var session = Session(width: width, height: height)
    let screen = session.screen
    session.type("export shot.svg")
    let job = try job(session)
    #expect(job.exporter.name == "svg" && job.path == "shot.svg" && !job.replaces)
    guard case .picture(let picture) = job.content else {
      Issue.record("no picture")
      return
    }
    #expect(
      picture.text
        == screen.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0 + "\n" }.joined())
    #expect(picture.width == width && picture.height == height)
  }

  @Test func aPaneIsCutOutOrEnlarged() throws {
    var session = Session(width: 120, height: 40)
    session.type("export svg a b.svg heat")
    guard case .picture(let heat) = try job(session).content else { return #expect(Bool(false)) }
    #expect(try job(session).path == "a b.svg")
    let place = try #require(Layout(session.state).place(.heat))
    #expect(heat.width == place.rect.width && heat.row(0).contains("tokens × iterations"))
    // One that is not in sight is what it would be alone.
    session.type("export! x.txt runs")
    guard case .picture(let runs) = try job(session).content else { return #expect(Bool(false)) }
    #expect(runs.width == 120 && runs.text.contains(ScriptedRun.prompt))
    #expect(try job(session).replaces)
    #expect(session.state.zoom == nil, "what is looked at stays")
  }

  @Test(arguments: [
    ("export", "takes a what"), ("export nothing.xyz", "says neither"), ("export csv", "run.csv"),
    ("export csv run.csv heat", "more than a pane"), ("export film.cast plane", "more than a pane"),
  ])
  func whatIsWrongIsSaid(line: String, words: String) {
    var session = Session()
    session.type(line)
    #expect(session.said.contains(words), "\(session.said)")
    #expect(session.effects.allSatisfy { if case .export = $0 { false } else { true } })
  }

  /// Runs are measured by the compute side, then written with what it found.
  @Test func runsAreAskedForAndThenWritten() throws {
    var session = Session()
    session.press(".")
    session.settle()
    session.type("export run.html")
    #expect(session.effects.contains { if case .export = $0 { true } else { false } })
    guard case .runs(let runs) = try job(session).content else { return #expect(Bool(false)) }
    #expect(runs.runs.map(\.number) == session.state.runs.tree.nodes.map(\.id.value))
    #expect(runs.runs.last?.origin?.run == runs.runs.first?.number)
    #expect(runs.current == session.node.value)
    #expect(session.state.exporting.asked == nil)
    session.send(.told("html written to run.html, 9 kB"))
    #expect(session.said.contains("written"))
    session.send(.told("it could not be", .failure))
    #expect(session.state.strip?.text == "it could not be")
  }

  @Test func aFilmGoesFromTheStartToTheEdgeAndMarksFlips() throws {
    var session = Session(width: 80, height: 24)
    session.press("3h")
    session.type("export run.cast")
    guard case .film(let film) = try job(session).content else { return #expect(Bool(false)) }
    let flips = session.state.flips
    #expect(film.frames.count == session.state.edge + 1 && !flips.isEmpty)
    #expect(film.frames.enumerated().filter { $1.marker != nil }.map(\.offset) == flips)
    #expect(film.frames[5].time == 1.25)
    #expect(film.frames[5].picture.row(0).contains("viewing 5 of"))
  }

  // MARK: Clipboard

  @Test func yCopiesThePaneInFront() throws {
    var session = Session(width: 120, height: 40)
    session.press("y")
    let copied = try copy(session)
    #expect(copied.text.hasPrefix("tokens × iterations"))
    #expect(!copied.text.contains("│") && copied.text.contains("▸ ?"))
    session.press(.tab)
    session.press("y")
    #expect(try copy(session).text.hasPrefix("state path"))
    let sequence = try #require(copied.sequence)
    #expect(sequence.hasPrefix("\u{1b}]52;c;") && sequence.hasSuffix("\u{07}"))
    let data = try #require(Data(base64Encoded: String(sequence.dropFirst(7).dropLast())))
    #expect(String(decoding: data, as: UTF8.self) == copied.text)
  }

  @Test func whatIsSentIsBoundedAndSaid() {
    let long = ClipboardCopy(
      text: String(repeating: "x", count: ClipboardCopy.limit + 1), words: "heat")
    #expect(long.sequence == nil)
    #expect(long.outcome(nil).contains(":export") && long.place(nil) == .failure)
    let short = ClipboardCopy(text: "x", words: "heat")
    #expect(short.sequence == "\u{1b}]52;c;eA==\u{07}")
    #expect(short.place(nil) == nil && short.place(.tmux) == .hint)
    #expect(short.outcome(.tmux).contains("set-clipboard"))
    #expect(short.outcome(.screen).contains("screen"))
    #expect(ClipboardCopy.Between { ["TMUX": "/tmp/x"][$0] } == .tmux)
    #expect(ClipboardCopy.Between { ["STY": "1.x"][$0] } == .screen)
    #expect(ClipboardCopy.Between { _ in nil } == nil)
  }

  // MARK: The command line

  @Test func bigYSaysTheCommandLine() throws {
    var session = Session(prompt: "it's $HOME; `rm`\n?")
    session.state.openedWith = ["--model", "/a b/c"]
    session.type("metric entropy")
    session.press("4h")
    session.press("+Y")
    let line = try copy(session).text
    #expect(
      line == "muninn explore --model '/a b/c' --prompt "
        + "$'it\\x27s \\x24HOME\\x3b \\x60rm\\x60\\x0a\\x3f' --seed 7 --steps 16 "
        + "--do 'metric entropy' --do 'zoom heat' --do 'goto \(session.state.cursor)'")
    #expect(session.state.strip?.text == line)
  }

  /// With more than one run it takes the whole session, and doing it again leads back.
  @Test func aTreeTakesTheWholeSession() throws {
    var session = Session()
    session.press(".")
    session.settle()
    session.press("Y")
    let line = try copy(session).text
    #expect(line.contains("--do append") && line.contains("--seed 7"))
  }

  @Test(arguments: [
    ("plain-1.0/x", "plain-1.0/x"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"),
    ("$(x)", "'$(x)'"), ("a\tb", "$'a\\x09b'"), ("é\u{202e}", "$'\\xc3\\xa9\\xe2\\x80\\xae'"),
  ])
  func wordsAreQuoted(word: String, quoted: String) throws {
    #expect(Reproduction.quoted(word) == quoted)
    // As a shell reads it.
    let process = Process()
    let out = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "printf %s \(quoted)"]
    process.standardOutput = out
    try process.run()
    let data = try out.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(String(decoding: data, as: UTF8.self) == word)
  }
}
