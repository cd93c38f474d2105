import CNcurses
import Glibc

/// The terminal could not be used.
public struct TerminalError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// The one place that speaks ncurses. Lives on the main thread.
final class Terminal {
  let capabilities: Capabilities
  let preferredTheme: Theme
  /// What the terminal cannot do that was asked for, and why, as a sentence without its point.
  let lack: String?
  private let usesMouse: Bool
  private var isUp = true
  private var reader = KeyReader()
  private var hasKeysAhead = false
  /// Pairs and attributes of the styles seen so far.
  private var resolved: [Style: (attr_t, Int32)] = [:]
  private var resolvedTheme: Theme?

  /// Takes the terminal over.
  /// - Parameters:
  ///   - name: of what needs the terminal, for complaints.
  ///   - alternative: what works without one.
  init(
    _ options: ExplorerOptions, name: String = "the explorer",
    alternative: String = "`muninn trace`"
  ) throws(TerminalError) {
    let type = try Self.checkedType(name, alternative)
    let utf8 = nc_use_utf8()
    let isAsked = BackgroundQuestion.isAsked(.current(colours: Int(tigetnum("colors"))), options)
    let reply = isAsked ? BackgroundQuestion.ask() : nil
    CrashGuard.arm()
    guard Self.open(type, options.colour) else {
      CrashGuard.disarm()
      throw TerminalError(description: "the terminal type '\(type)' could not be opened")
    }
    raw()
    noecho()
    nonl()
    set_escdelay(25)
    keypad(nc_stdscr(), true)
    nodelay(nc_stdscr(), true)
    if has_colors() {
      start_color()
      use_default_colors()
    }
    let environment = TerminalEnvironment.current(colours: has_colors() ? Int(nc_colors()) : 0)
    let isUnicode = environment.isUnicode(
      isLocaleUTF8: utf8 == 1, canBeUTF8: utf8 != 0, options.glyphs)
    var glyphs = options.glyphs ?? (environment.isBare ? .ascii : .braille)
    if !isUnicode { glyphs = .ascii }
    capabilities = Capabilities(
      colours: environment.depth(options.colour), glyphs: glyphs, isUnicode: isUnicode)
    preferredTheme =
      options.theme ?? environment.saidTheme
      ?? reply?.colour.map(BackgroundReply.theme) ?? .dark
    lack = environment.lack(options.colour, type)
    usesMouse = options.usesMouse
    KeyReader.defineKeys()
    if let reply {
      BackgroundQuestion.giveBack(reply.typed)
      hasKeysAhead = !reply.typed.isEmpty
      reader.expect(reply.openEnd)
    }
    enter()
  }

  /// Says what is wrong before ncurses would end the process.
  static func checkedType(
    _ name: String, _ alternative: String
  ) throws(TerminalError) -> String {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw TerminalError(
        description: "\(name) needs a terminal for input and output; "
          + "\(alternative) writes the same numbers to a file or pipe")
    }
    let type = TerminalEnvironment.variable("TERM") ?? ""
    var error: Int32 = 0
    guard !type.isEmpty, setupterm(type, STDOUT_FILENO, &error) == OK else {
      throw TerminalError(
        description: "the terminal type '\(type)' (TERM) is not known here; "
          + "try TERM=xterm-256color, or \(alternative)")
    }
    guard let move = tigetstr("cup"), move != UnsafeMutablePointer(bitPattern: -1) else {
      throw TerminalError(
        description: "a terminal of type '\(type)' cannot place its cursor; use \(alternative)")
    }
    return type
  }

  /// Direct colour only where it is asked for, or where the terminal's own type has it.
  private static func open(_ type: String, _ choice: ExplorerOptions.ColourChoice) -> Bool {
    if choice == .truecolor, !type.hasSuffix("-direct") {
      for direct in TerminalEnvironment.directTypes(type)
      where nc_newterm(direct, nc_stdout(), nc_stdin()) != nil {
        return true
      }
    }
    return nc_newterm(type, nc_stdout(), nc_stdin()) != nil
  }

  private func enter() {
    // Pasted text comes in brackets; drags come as motion.
    send("\u{1b}[?2004h" + (usesMouse ? "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h" : ""))
  }

  /// The opposite of `enter`.
  private func leave() {
    send("\u{1b}[?2004l" + (usesMouse ? "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l" : ""))
  }

  /// Writes what is no picture: modes, and what goes to the clipboard.
  func send(_ text: String) {
    fflush(nc_stdout())
    _ = text.withCString { write(STDOUT_FILENO, $0, strlen($0)) }
  }

  /// The size the terminal has now, told to ncurses.
  func measure() -> Size {
    var columns: Int32 = 0
    var rows: Int32 = 0
    if nc_window_size(STDOUT_FILENO, &columns, &rows) == 0, columns > 0, rows > 0 {
      if rows != getmaxy(nc_stdscr()) || columns != getmaxx(nc_stdscr()) {
        resizeterm(rows, columns)
      }
    }
    return Size(width: Int(getmaxx(nc_stdscr())), height: Int(getmaxy(nc_stdscr())))
  }

  func read() -> [ExplorerEvent] { reader.read() }

  /// What was typed while the terminal was asked; nothing says that this can be read.
  func readAhead() -> [ExplorerEvent] { hasKeysAhead ? reader.read() : [] }

  /// Everything is painted anew with the next picture.
  func forget() { clearok(nc_stdscr(), true) }

  func draw(_ screen: Screen, theme: Theme) {
    if theme != resolvedTheme {
      resolved.removeAll()
      resolvedTheme = theme
    }
    let height = min(screen.size.height, Int(getmaxy(nc_stdscr())))
    let width = min(screen.size.width, Int(getmaxx(nc_stdscr())))
    for y in 0..<height {
      var x = 0
      while x < width {
        let cell = screen[x, y]
        put(cell, x, y)
        x += max(1, cell.width)
      }
    }
    if let caret = screen.caret, caret.x < width, caret.y < height {
      wmove(nc_stdscr(), Int32(caret.y), Int32(caret.x))
      curs_set(1)
    } else {
      curs_set(0)
    }
    wrefresh(nc_stdscr())
  }

  private func put(_ cell: Cell, _ x: Int, _ y: Int) {
    let (attributes, pair) = attributes(of: cell.style)
    var text = cell.character.unicodeScalars.prefix(4).map { wchar_t(bitPattern: $0.value) }
    // Where the C library counts differently, its picture of the line would drift from ours.
    if let first = text.first, first >= 0x80, Int(nc_width(first)) != cell.width {
      text = Array(repeating: wchar_t(UInt8(ascii: "?")), count: 1)
      for extra in 1..<max(2, cell.width) where cell.width == 2 {
        nc_put(Int32(y), Int32(x + extra), [wchar_t(UInt8(ascii: " ")), 0], attributes, pair)
      }
    }
    text.append(0)
    nc_put(Int32(y), Int32(x), text, attributes, pair)
  }

  private func attributes(of style: Style) -> (attr_t, Int32) {
    if let known = resolved[style] { return known }
    let look = (resolvedTheme ?? .dark).resolve(style, capabilities.colours)
    var attributes: attr_t = 0
    if look.isBold { attributes |= NC_BOLD }
    if look.isDim { attributes |= NC_DIM }
    if look.isUnderlined { attributes |= NC_UNDERLINE }
    if look.isReversed { attributes |= NC_REVERSE }
    // Eight colours have no grey: it would be black on black.
    let hasGrey = capabilities.colours != .sixteen || nc_colors() >= 16
    var foreground = look.foreground
    if !hasGrey, foreground?.ansi == 8 {
      foreground = nil
      attributes |= NC_DIM
    }
    var pair: Int32 = 0
    if foreground != nil || look.background != nil {
      // alloc_pair recycles the least used when the terminal has few.
      pair = max(0, alloc_pair(foreground.map(number) ?? -1, look.background.map(number) ?? -1))
      if !hasGrey, let ansi = foreground?.ansi, ansi > 8, look.background == nil {
        attributes |= NC_BOLD
      }
    }
    resolved[style] = (attributes, pair)
    return (attributes, pair)
  }

  /// A colour as this terminal numbers it.
  private func number(_ colour: Colour) -> Int32 {
    switch capabilities.colours {
    case .truecolor: return Int32(max(8, colour.rgb))
    case .palette: return Int32(colour.paletteIndex)
    case .sixteen, .none: return Int32(nc_colors() >= 16 ? colour.ansi : colour.ansi % 8)
    }
  }

  /// To the shell and back: stops the process until it is continued.
  func suspend() {
    leave()
    wipe()
    endwin()
    signal(SIGTSTP, SIG_DFL)
    kill(getpid(), SIGTSTP)
    Signals.catchSignal(SIGTSTP)
    resume()
  }

  /// Empties the screen before it is left: a multiplexer that was resized meanwhile would keep
  /// some of its rows.
  private func wipe() {
    werase(nc_stdscr())
    wrefresh(nc_stdscr())
  }

  /// Takes the terminal over again after a stop.
  func resume() {
    endwin()
    wrefresh(nc_stdscr())
    enter()
    forget()
  }

  /// Gives the terminal back.
  func close() {
    guard isUp else { return }
    isUp = false
    // The last words to a terminal that may not listen.
    Signals.expectEnd()
    leave()
    wipe()
    curs_set(1)
    endwin()
    Signals.endHasCome()
    CrashGuard.disarm()
  }

  deinit { close() }
}

extension TerminalEnvironment {
  /// The console of Linux has no braille in its font, and plain teletypes have less.
  var isBare: Bool {
    let type = variables["TERM"] ?? ""
    return type == "linux" || type.hasPrefix("vt")
  }
}
