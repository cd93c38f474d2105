import Foundation
import Glibc
import TestSupport
import Testing

/// The real program in a real terminal: what a person has before them, from start to shell prompt.
@Suite(.serialized, .hangingIsTold) struct ExplorerProgramTests {
  private let leavesAlternateScreen = "\u{1B}[?1049l"
  private let showsCursor = "\u{1B}[?25h"
  private let repaint = "\u{0C}"

  private func start(_ arguments: [String] = [], columns: Int = 80, rows: Int = 24) throws
    -> PseudoTerminal
  {
    let terminal = try PseudoTerminal(arguments, columns: columns, rows: rows)
    #expect(terminal.wait { $0.text.contains("arrival") }, "no first frame")
    return terminal
  }

  /// What the program writes when it paints everything anew.
  private func picture(_ terminal: PseudoTerminal, until word: String) -> Bool {
    // What comes after a repaint are changed cells, in which a word need not stand in one piece: the
    // whole is asked for again until it is there.
    for _ in 0..<100 {
      let before = terminal.output.count
      terminal.send(repaint)
      let found = terminal.wait(seconds: 0.4) {
        String(decoding: $0.output.dropFirst(before), as: UTF8.self).contains(word)
      }
      if found { return true }
    }
    return false
  }

  private func expectRestored(_ terminal: PseudoTerminal) {
    #expect(terminal.isCooked)
    #expect(terminal.text.contains(leavesAlternateScreen))
    // A multiplexer that was resized keeps rows that stand on the alternate screen when it is left.
    // Where a repaint was still due, the whole screen is cleared instead of the rest of it.
    let onAlternate = terminal.text.components(separatedBy: leavesAlternateScreen).first ?? ""
    let wiped = onAlternate.replacing("\u{1B}[2J", with: "\u{1B}[J")
      .components(separatedBy: "\u{1B}[J")
    #expect(wiped.count > 2, "it is cleared at the start, and before it is left")
    #expect(!(wiped.last ?? "").contains { $0.isLetter && !$0.isASCII || "╭│─".contains($0) })
    let last = terminal.text.components(separatedBy: showsCursor).last ?? ""
    #expect(terminal.text.contains(showsCursor) && !last.contains("\u{1B}[?25l"))
  }

  @Test func startsResizesStepsAsksAndQuits() throws {
    let terminal = try start(["--speed", "1000", "--steps", "12"])
    #expect(!terminal.isCooked)
    #expect(picture(terminal, until: "paused"))
    terminal.resize(columns: 120, rows: 40)
    // Boxes are drawn from 100 columns on.
    #expect(terminal.wait { $0.text.contains("╭") }, "no frame of the new size")
    terminal.send("hh")
    #expect(picture(terminal, until: "viewing 10 of 12"))
    terminal.send("l")
    #expect(picture(terminal, until: "viewing 11 of 12"))
    terminal.send("/\u{15}7+8?\r")
    #expect(picture(terminal, until: "7+8?"))
    terminal.resize(columns: 15, rows: 3)
    terminal.send("q")
    #expect(terminal.end() == 0)
    expectRestored(terminal)
  }

  /// Editing keys stay in the editor, and what was typed is there in the next session.
  @Test func whatIsTypedSurvivesTheSession() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("prompt.txt", "7+8?")
    let environment = [
      "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": folder.path + "/state",
    ]
    func start(_ arguments: [String]) throws -> PseudoTerminal {
      let terminal = try PseudoTerminal(
        arguments, columns: 80, rows: 24, environment: environment)
      #expect(terminal.wait { $0.text.contains("arrival") }, "no first frame")
      return terminal
    }
    let first = try start(["--speed", "1000", "--steps", "4", "--prompt-file", file])
    #expect(picture(first, until: "7+8?"))
    first.send("/\u{15}5+5\u{1B}b\u{1B}\u{7F}6+\u{5}?")
    #expect(picture(first, until: "6+5?"))
    first.send("\r")
    #expect(picture(first, until: "paused"))
    first.send(":goto 2\rq")
    #expect(first.end() == 0)
    expectRestored(first)
    let second = try start(["--speed", "1000", "--steps", "4"])
    #expect(picture(second, until: "paused"))
    second.send("/\u{12}6+")
    #expect(picture(second, until: "history '6+'"))
    second.send("\r\r")
    #expect(picture(second, until: "6+5?"))
    second.send("q")
    #expect(second.end() == 0)
  }

  /// A tour is written as it is given, and done again from there.
  @Test func aTourIsLogged() throws {
    let folder = try TemporaryFolder()
    let log = folder.path + "/tour.log"
    let terminal = try PseudoTerminal(
      ["tour", "iteration", "--log", log, "--speed", "1000"], columns: 80, rows: 24)
    #expect(picture(terminal, until: "1 of 9"))
    // A space before the step has been given would hurry it.
    #expect(picture(terminal, until: "space: next"))
    terminal.send(" ")
    #expect(picture(terminal, until: "2 of 9"))
    terminal.send("\u{1B}")
    #expect(picture(terminal, until: "seed 0"))
    terminal.send("q")
    #expect(terminal.end() == 0)
    let text = try String(contentsOfFile: log, encoding: .utf8)
    #expect(
      text.hasPrefix("muninn-log 1") && text.contains("\ntour iteration\ntour-next\n"), "\(text)")
    let again = try Program.run(["replay", log])
    #expect(again.status == 0, "\(again.error)")
    let refused = try Program.run(["tour", "iteration", "--log", folder.path + "/other.log"])
    #expect(
      refused.status != 0 && refused.error.contains("--log writes what is done on the screen"))
  }

  @Test func appendsWhatItSaysUntilTheTextEnds() throws {
    let terminal = try start(["--speed", "1000", "--steps", "12", "3+4-2+9?"])
    #expect(picture(terminal, until: "paused"))
    terminal.send(":each 5\r.")
    #expect(picture(terminal, until: "»4"), "the sum is appended")
    #expect(picture(terminal, until: "r 5 of 5"))
    terminal.send(".")
    #expect(picture(terminal, until: "∎"), "then the model is done")
    // On a busy machine its last token is still being thought about.
    #expect(picture(terminal, until: "paused"))
    // Before it has thought, the model says something else; that takes the place of the sum.
    terminal.send(":goto 8:1\r.")
    // What is said of it may be gone before a busy machine looks; the text stays.
    #expect(picture(terminal, until: "»6"), "what it said early takes the place")
    terminal.send("u")
    #expect(picture(terminal, until: "»4"), "and the sum comes back")
    terminal.send("q")
    #expect(terminal.end() == 0)
    expectRestored(terminal)
  }

  @Test func quittingWithARepaintDueRestoresTheTerminal() throws {
    let terminal = try start(["--speed", "1000", "--steps", "4"])
    #expect(picture(terminal, until: "paused"))
    terminal.send(repaint + "q")
    #expect(terminal.end() == 0)
    expectRestored(terminal)
  }

  /// Those that ask to end, and all others that would end a program without a word.
  @Test(arguments: [
    SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, 34,
    64,
  ]) func aSignalToEndRestoresTheTerminal(number: Int32) throws {
    let terminal = try start()
    terminal.signal(number)
    #expect(terminal.end() == 128 + number)
    expectRestored(terminal)
  }

  @Test func theSecondInterruptEndsTheProgram() throws {
    let terminal = try start()
    terminal.signal(SIGINT)
    #expect(terminal.wait { $0.text.contains("again") }, "the first one says what the next does")
    terminal.signal(SIGINT)
    #expect(terminal.end() == 130)
    expectRestored(terminal)
  }

  @Test func controlBackslashQuits() throws {
    let terminal = try start()
    terminal.send("\u{1C}")
    #expect(terminal.end() == 128 + SIGQUIT)
    expectRestored(terminal)
  }

  /// A fault ends it with a sentence on a terminal that is in order.
  @Test(arguments: [(SIGSEGV, "fault"), (SIGBUS, "file"), (SIGABRT, "fault")])
  func aFaultRestoresTheTerminal(number: Int32, word: String) throws {
    let terminal = try start()
    terminal.signal(number)
    #expect(terminal.end() == 128 + number)
    #expect(terminal.isCooked)
    let after = terminal.text.components(separatedBy: leavesAlternateScreen).last ?? ""
    #expect(after.contains("muninn: ") && after.contains(word), "\(after)")
  }

  /// However early it comes, no mode stays on.
  @Test func aSignalWhileTheTerminalIsTakenRestoresIt() throws {
    let terminal = try PseudoTerminal([], columns: 80, rows: 24)
    #expect(terminal.wait { !$0.output.isEmpty })
    terminal.signal(SIGTERM)
    #expect(terminal.end() == 143)
    #expect(terminal.isCooked)
    for mode in ["?2004", "?1000", "?1002", "?1006", "?1049"] {
      let last = terminal.text.components(separatedBy: "\u{1B}[\(mode)").last ?? ""
      #expect(!terminal.text.contains("\u{1B}[\(mode)h") || last.hasPrefix("l"), "\(mode)")
    }
  }

  /// A picture larger than what a terminal takes without reading: every write to it waits.
  @Test func aSignalEndsItThoughTheTerminalDoesNotRead() throws {
    let terminal = try PseudoTerminal(["--speed", "1000"], columns: 500, rows: 300)
    #expect(terminal.wait { !$0.output.isEmpty })
    #expect(terminal.waitUntilFull())
    terminal.signal(SIGTERM)
    #expect(terminal.end(isReading: false) == 143)
    #expect(terminal.isCooked)
  }

  @Test func aMouseClickOnTheBarGoesThere() throws {
    let terminal = try start(["--speed", "1000", "--steps", "12"])
    #expect(picture(terminal, until: "paused"))
    // The scrub bar is the last line but one; its first column is the initial state.
    terminal.send("\u{1B}[<0;2;23M\u{1B}[<0;2;23m")
    #expect(picture(terminal, until: "viewing 0 of 12"))
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func everyKeyIsAnswered() throws {
    let terminal = try start(["--speed", "1000", "--steps", "12"])
    #expect(picture(terminal, until: "paused"))
    for place in (7...11).reversed() {
      terminal.send("h")
      #expect(picture(terminal, until: "viewing \(place) of 12"))
    }
    terminal.send("q")
    #expect(terminal.end() == 0)
  }

  @Test func keysAreAnsweredWhileStepsRun() throws {
    let folder = try TemporaryFolder()
    try MidSizeModel.write(to: folder)
    let ids = (0..<480).map { String($0 % 64) }.joined(separator: ",")
    let terminal = try start([
      "--model", folder.path, "--prompt-ids", ids, "--steps", "5000", "--threads", "1",
      "--speed", "1000",
    ])
    #expect(picture(terminal, until: "play max"), "the run goes on by itself")
    // Opening the help changes the screen at once and does not stop the run.
    for _ in 0..<7 {
      let before = terminal.output.count
      terminal.send("?")
      let isAnswered = terminal.wait(seconds: 5) {
        String(decoding: $0.output.dropFirst(before), as: UTF8.self).contains("filter")
      }
      #expect(isAnswered)
      terminal.send("q")
      #expect(picture(terminal, until: "iterations"))
    }
    #expect(picture(terminal, until: "play max"), "the run still goes on")
    terminal.send("\u{03}")
    #expect(picture(terminal, until: "paused"))
    terminal.send("q")
    #expect(terminal.end() == 0)
    expectRestored(terminal)
  }

  @Test func aModelThatCannotOpenSaysSoAndFails() throws {
    let terminal = try PseudoTerminal(
      ["--initial-state", "/nowhere.safetensors"], columns: 80, rows: 24)
    #expect(terminal.wait { $0.text.contains("could not be opened") })
    terminal.send("q")
    #expect(terminal.end() == 1)
    expectRestored(terminal)
    #expect(terminal.text.hasSuffix("directory.\r\n"), "the reason outlives the screen")
  }

  @Test(arguments: [("dumb", "cursor"), ("nosuch", "not known"), ("", "not known")])
  func anUnfitTerminalIsToldInWords(type: String, words: String) throws {
    let terminal = try PseudoTerminal(
      [], columns: 80, rows: 24, environment: ["TERM": type, "LC_ALL": "C.UTF-8"])
    #expect(terminal.end() == 1)
    #expect(terminal.text.contains(words) && terminal.text.contains("muninn trace"))
    #expect(!terminal.text.contains("\u{1B}"))
  }

  @Test func withoutATerminalItSaysWhatWouldWork() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(said.contains("needs a terminal") && said.contains("muninn trace"))
    #expect(
      output.fileHandleForReading.readDataToEndOfFile().isEmpty, "standard output stays clean")
  }
}
