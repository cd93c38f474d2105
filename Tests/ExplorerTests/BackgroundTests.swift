import CNcurses
import Foundation
import TestSupport
import Testing

@testable import Explorer

/// What a terminal says of its background, and that nothing of it is taken for keys.
@Suite struct BackgroundTests {
  private static let esc = "\u{1b}"
  private static let nature = "\u{1b}[?62;22c"

  private func reply(_ text: String) -> BackgroundReply { BackgroundReply(Array(text.utf8)) }

  private func typed(_ reply: BackgroundReply) -> String {
    String(decoding: reply.typed, as: UTF8.self)
  }

  @Test(arguments: [
    ("rgb:ffff/ffff/ffff", 0xffffff), ("rgb:0/8/f", 0x0088ff), ("rgb:fd/f6/e3", 0xfdf6e3),
    ("rgb:000/fff/000", 0x00ff00), ("rgba:ff/00/00/80", 0xff0000), ("#1e1e2e", 0x1e1e2e),
  ])
  func coloursAreRead(text: String, rgb: UInt32) {
    for end in ["\u{7}", "\u{1b}\\"] {
      let reply = reply("\(Self.esc)]11;\(text)\(end)\(Self.nature)")
      #expect(reply.colour?.rgb == rgb)
      #expect(reply.isComplete && reply.typed.isEmpty && reply.openEnd == nil)
    }
  }

  @Test(arguments: [
    "", "?", "rgb:", "rgb:ff/ff", "rgb:fffff/ff/ff", "rgb:ff/ff/ff/ff", "rgb:ff//ff", "#12345",
    "#1234567", "red", "rgba:ff/ff/ff", "rgb:-1/00/00", "rgb:gg/00/00",
  ])
  func whatIsNoColourIsNone(text: String) { #expect(BackgroundReply.colour(text) == nil) }

  /// Keys come before, between and after; an escape alone is one.
  @Test func keysAreNotLost() {
    let answer = "\(Self.esc)]11;rgb:ff/ff/ff\(Self.esc)\\"
    let all = reply("ab\(Self.esc)[A\(answer)é\(Self.nature)x\(Self.esc)")
    #expect(typed(all) == "ab\(Self.esc)[Aéx\(Self.esc)")
    #expect(all.colour?.rgb == 0xffffff && all.isComplete)
    // A terminal that knows no colours says what it is alone.
    let bare = reply("q\(Self.nature)")
    #expect(bare.isComplete && bare.colour == nil && typed(bare) == "q")
  }

  /// Wherever it breaks off, nothing of an answer is left for the keys.
  @Test func whatIsCutShortLeavesNothing() {
    let whole = "\(Self.esc)]11;rgb:ffff/ffff/ffff\(Self.esc)\\\(Self.nature)"
    for length in 2..<whole.utf8.count {
      let reply = BackgroundReply(Array(whole.utf8.prefix(length)))
      // A lone escape behind the first answer may be a key.
      #expect(typed(reply).isEmpty || typed(reply) == Self.esc, "\(length)")
      #expect(!reply.isComplete)
    }
    #expect(reply("\(Self.esc)]11;rgb:ff").openEnd == .background)
    #expect(reply("\(Self.esc)[?6").openEnd == .nature)
  }

  /// What is too long or has what cannot be in it is given up there, and keys behind it are keys.
  @Test func hostileAnswersAreGivenUp() {
    let long = reply("\(Self.esc)]11;rgb:\(String(repeating: "f", count: 500))")
    #expect(long.colour == nil && long.typed.count < 500 - 50)
    #expect(typed(reply("\(Self.esc)]11;rgb:ff\nq")) == "\nq")
    #expect(typed(reply("\(Self.esc)]11;rgb:ff\(Self.esc)[A")) == "\(Self.esc)[A")
    #expect(typed(reply("\(Self.esc)]11;hello")) == "hello")
  }

  @Test func lightIsWhatBlackIsReadOn() {
    func theme(_ rgb: UInt32) -> Theme { BackgroundReply.theme(on: Colour(rgb, ansi: 0)) }
    #expect([0xffffff, 0xfdf6e3, 0xeeeeee, 0xc0c0c0].allSatisfy { theme($0) == .light })
    #expect([0x000000, 0x002b36, 0x1e1e2e, 0x303030, 0x5555aa].allSatisfy { theme($0) == .dark })
  }

  /// It is asked only where nothing else has said it and the terminal would understand.
  @Test func itIsAskedWhereNothingElseSaysIt() {
    var options = ExplorerOptions(prompt: .text("x"), start: .zero)
    func isAsked(_ variables: [String: String], _ colours: Int = 256) -> Bool {
      BackgroundQuestion.isAsked(
        TerminalEnvironment(variables: variables, colours: colours), options)
    }
    #expect(isAsked(["TERM": "xterm-256color"]) && isAsked(["TERM": "tmux", "COLORFGBG": "x"]))
    #expect(
      !isAsked(["TERM": "linux"]) && !isAsked(["TERM": "dumb"]) && !isAsked(["TERM": "vt220"]))
    #expect(!isAsked([:]) && !isAsked(["TERM": "xterm", "COLORFGBG": "0;15"]))
    #expect(!isAsked(["TERM": "xterm", "NO_COLOR": "1"]) && !isAsked(["TERM": "xterm"], 0))
    options.theme = .dark
    #expect(!isAsked(["TERM": "xterm-256color"]))
  }

  /// The lack of 24-bit colour is told where it was asked for, and only there.
  @Test func thatThereIsNoTruecolourIsTold() {
    func lack(_ colours: Int, _ choice: ExplorerOptions.ColourChoice) -> String? {
      TerminalEnvironment(variables: [:], colours: colours).lack(choice, "tmux-256color")
    }
    #expect(
      lack(256, .truecolor)?.hasPrefix(
        "256 colours, not truecolor: terminfo has no tmux-direct or xterm-direct here") == true)
    #expect(lack(1 << 24, .truecolor) == nil && lack(256, .auto) == nil && lack(8, .palette) == nil)
    #expect(TerminalEnvironment.directTypes("xterm-kitty").first == "xterm-direct")
    #expect(TerminalEnvironment.directTypes("xterm").count == 4)
  }

  /// A terminal played on the other side of a pseudoterminal.
  private func ask(
    _ answer: String, patience: Double
  ) throws -> (reply: BackgroundReply?, asked: String) {
    var (ours, theirs): (Int32, Int32) = (-1, -1)
    try #require(openpty(&ours, &theirs, nil, nil, nil) == 0)
    defer {
      close(ours)
      close(theirs)
    }
    let terminal = ours
    let asked = Locked("")
    let thread = Thread {
      var text = ""
      while !text.hasSuffix("[c") {
        var byte: UInt8 = 0
        guard read(terminal, &byte, 1) == 1 else { return }
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
      _ = answer.withCString { write(terminal, $0, strlen($0)) }
      asked.set(text)
    }
    thread.start()
    var before = termios()
    var after = termios()
    tcgetattr(theirs, &before)
    let reply = BackgroundQuestion.ask(input: theirs, output: theirs, patience: patience)
    tcgetattr(theirs, &after)
    #expect(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag)
    while !thread.isFinished { sched_yield() }
    return (reply, asked.value)
  }

  @Test(.hangingIsTold) func aTerminalAnswers() throws {
    let (reply, asked) = try ask(
      "q\(Self.esc)]11;rgb:ffff/ffff/ffff\u{7}\(Self.nature)", patience: 60)
    #expect(reply?.colour?.rgb == 0xffffff && reply?.isComplete == true)
    #expect(reply.map(typed) == "q")
    #expect(asked.hasSuffix(BackgroundReply.question))
  }

  /// One that says nothing is not waited for: here not at all.
  @Test(.hangingIsTold) func aSilentTerminalIsNotWaitedFor() throws {
    let (reply, _) = try ask("", patience: 0)
    #expect(reply == BackgroundReply([]))
    #expect(BackgroundQuestion.patience <= 0.05)
    #expect(BackgroundQuestion.ask(input: -1, output: -1) == nil)
  }

  private final class Locked: @unchecked Sendable {
    private let lock = NSLock()
    private var text: String
    init(_ text: String) { self.text = text }
    func set(_ text: String) { lock.withLock { self.text = text } }
    var value: String { lock.withLock { text } }
  }
}
