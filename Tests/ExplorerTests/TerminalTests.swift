import CNcurses
import Foundation
import TestSupport
import Testing

@testable import Explorer

/// The terminal edge without a terminal. One global screen, so one test after another.
@Suite(.serialized) struct TerminalTests {
  @Test(.hangingIsTold) func keysMouseAndPasteComeThroughNcurses() throws {
    _ = nc_use_utf8()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let out = try #require(fopen("/dev/null", "w"))
    let input = try #require(fdopen(ends[0], "r"))
    let screen = try #require(newterm("xterm-256color", out, input))
    defer {
      endwin()
      delscreen(screen)
    }
    raw()
    noecho()
    nonl()
    set_escdelay(25)
    keypad(nc_stdscr(), true)
    nodelay(nc_stdscr(), true)
    KeyReader.defineKeys()
    resizeterm(24, 80)

    let typed =
      "é\u{1b}OA\u{3}\r\u{7f}\u{1b}[200~a\nb\r\nc\u{1b}d\u{1b}[201~"
      // Alt is an escape with what follows at once; an arrow is none, and Ctrl-J is not Enter.
      + "\u{1b}b\u{1b}\u{7f}\u{1b}\r\n\u{1b}é\u{1b}\u{1b}OB\u{1b}[1;5D\u{1b}[1;3C"
      // A wheel, a click and a drag, all at once; then reports of no interest, and a broken one.
      + "\u{1b}[<64;5;3M\u{1b}[<0;5;3M\u{1b}[<0;5;3m\u{1b}[<0;6;3M\u{1b}[<32;300;4M"
      + "\u{1b}[<35;1;1M\u{1b}[<2;1;1M\u{1b}[<1;2;3;4Mx"
      // What the terminal says of itself so late that keys are read already.
      + "\u{1b}]11;rgb:ffff/ffff/dddd\u{1b}\\\u{1b}[?62;22cy\u{1b}]11;rgb:f/f/f\u{7}z"
    #expect(typed.withCString { write(ends[1], $0, strlen($0)) } == typed.utf8.count)
    var reader = KeyReader()
    // Typed while the terminal was asked for its background.
    BackgroundQuestion.giveBack(Array("q\u{1b}[Aé\r".utf8))
    let given: [Key] = [.character("q"), .up, .character("é"), .enter]
    var keys: [Key] = []
    var mice: [MouseEvent] = []
    for _ in 0..<20 {
      for event in reader.read() {
        if case .key(let key) = event { keys.append(key) }
        if case .mouse(let mouse) = event { mice.append(mouse) }
      }
    }
    #expect(
      keys == given + [
        .character("é"), .up, .control("c"), .enter, .backspace, .paste("a\nb\nc\u{1b}d"),
      ]
        + [.alt(.character("b")), .alt(.backspace), .alt(.enter), .control("j")]
        + [.alt(.character("é")), .alt(.down), .alt(.left), .alt(.right), .character("x")]
        + [.character("y"), .character("z")])
    #expect(mice.map(\.action) == [.wheelUp, .press, .press, .drag])
    #expect(
      mice.map(\.at) == [
        Point(x: 4, y: 2), Point(x: 4, y: 2), Point(x: 5, y: 2), Point(x: 299, y: 3),
      ])
  }

  /// The tests' own standard input is no terminal unless a person started them.
  @Test(.enabled(if: isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0))
  func withoutATerminalItSaysWhatWouldWork() {
    #expect(throws: TerminalError.self) {
      _ = try Terminal(ExplorerOptions(prompt: .text("x"), start: .zero))
    }
  }
}
