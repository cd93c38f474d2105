import CNcurses
import Glibc

/// Turns what ncurses reads into keys and mouse events.
///
/// Mouse reports are read here: ncurses makes one event of a press and what follows it at once, and
/// a fast click or wheel is lost.
struct KeyReader {
  /// Codes we give to the marks around pasted text.
  static let pasteBegins: Int32 = 0o5000
  static let pasteEnds: Int32 = 0o5001

  /// The code we give to what opens a mouse report.
  static let mouseBegins: Int32 = 0o5002

  /// Codes we give to arrows with Ctrl or Alt, which go by words.
  static let wordLeft: Int32 = 0o5003
  static let wordRight: Int32 = 0o5004

  /// Codes we give to what opens an answer of the terminal about itself.
  static let backgroundBegins: Int32 = 0o5005
  static let natureBegins: Int32 = 0o5006

  private var paste: String?
  private var lastPasted: Unicode.Scalar?
  private var mouse: MouseReport?
  /// An answer that comes late, and how often was read since it began.
  private var answer: (TerminalAnswer, reads: Int)?

  /// Makes ncurses know what `read` waits for; after the screen is open.
  static func defineKeys() {
    define_key("\u{1b}[200~", pasteBegins)
    define_key("\u{1b}[201~", pasteEnds)
    define_key("\u{1b}[<", mouseBegins)
    define_key(TerminalAnswer.Kind.background.opening, backgroundBegins)
    define_key(TerminalAnswer.Kind.nature.opening, natureBegins)
    for modifier in ["3", "5"] {
      define_key("\u{1b}[1;\(modifier)D", wordLeft)
      define_key("\u{1b}[1;\(modifier)C", wordRight)
    }
  }

  /// What comes next may be the end of an answer that had begun; nil: of none.
  mutating func expect(_ kind: TerminalAnswer.Kind?) {
    answer = kind.map { (TerminalAnswer($0), reads: 0) }
  }

  /// Everything typed so far; never waits.
  mutating func read() -> [ExplorerEvent] {
    // An answer comes in one piece, or in two; what comes later was typed.
    answer?.reads += 1
    if answer?.reads ?? 0 > 2 { answer = nil }
    var events: [ExplorerEvent] = []
    var code: wint_t = 0
    while true {
      let kind = get_wch(&code)
      if kind == ERR { return events }
      if kind != KEY_CODE_YES, isOfAnswer(code) { continue }
      if kind != KEY_CODE_YES, code == 27, mouse == nil, paste == nil {
        events += escaped()
      } else if let event = event(kind, code) {
        events.append(event)
      }
      // Let the screen follow even while a flood comes in.
      if events.count >= 256 { return events }
    }
  }

  /// Whether a character belongs to an answer of the terminal, which nobody typed.
  private mutating func isOfAnswer(_ code: wint_t) -> Bool {
    guard let scalar = Unicode.Scalar(UInt32(code)), let verdict = answer?.0.take(scalar) else {
      return false
    }
    if verdict != .more { answer = nil }
    return verdict != .foreign
  }

  /// After an escape: with what follows at once it is that key with Alt, alone it is itself.
  private mutating func escaped() -> [ExplorerEvent] {
    var code: wint_t = 0
    let kind = get_wch(&code)
    if kind == ERR { return [.key(.escape)] }
    switch event(kind, code) {
    case .key(.paste(let text)): return [.key(.escape), .key(.paste(text))]
    case .key(let key): return [.key(.alt(key))]
    case let other: return [.key(.escape), other].compactMap(\.self)
    }
  }

  private mutating func event(_ kind: Int32, _ code: wint_t) -> ExplorerEvent? {
    let number = Int32(bitPattern: code)
    if kind == KEY_CODE_YES {
      if number == Self.pasteBegins {
        (paste, lastPasted) = ("", nil)
        return nil
      }
      if number == Self.pasteEnds {
        defer { paste = nil }
        return paste.flatMap { $0.isEmpty ? nil : .key(.paste($0)) }
      }
      if number == Self.mouseBegins {
        mouse = MouseReport()
        return nil
      }
      if number == Self.backgroundBegins || number == Self.natureBegins {
        answer = (
          TerminalAnswer(number == Self.natureBegins ? .nature : .background), reads: 1
        )
        return nil
      }
      return Self.key(ofCode: number).map { .key($0) }
    }
    guard let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
    if mouse != nil {
      let isComplete = mouse?.take(scalar) ?? true
      guard isComplete else { return nil }
      defer { mouse = nil }
      return mouse?.event.map { .mouse($0) }
    }
    if paste != nil {
      // Bounded, so that a pasted film does not fill the memory.
      if (paste?.utf8.count ?? 0) < 1 << 20 {
        // The end of a line is one, whatever it was made of.
        let isSecond = scalar == "\n" && lastPasted == "\r"
        if !isSecond { paste?.unicodeScalars.append(scalar == "\r" ? "\n" : scalar) }
        lastPasted = scalar
      }
      return nil
    }
    // Ctrl-\ quits, as it does where the terminal makes a signal of it.
    if scalar.value == 0x1C { return .terminate(128 + SIGQUIT) }
    return .key(Self.key(of: scalar))
  }

  static func key(of scalar: Unicode.Scalar) -> Key {
    switch scalar.value {
    case 9: .tab
    case 13: .enter
    case 27: .escape
    case 127: .backspace
    case 0..<32: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 96)))
    default: .character(Character(scalar))
    }
  }

  static func key(ofCode code: Int32) -> Key? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_ENTER: .enter
    case KEY_BTAB: .backTab
    case KEY_BACKSPACE: .backspace
    case KEY_DC: .delete
    case wordLeft: .alt(.left)
    case wordRight: .alt(.right)
    case nc_key_f(1)...nc_key_f(12): .function(Int(code - nc_key_f(0)))
    default: nil
    }
  }
}
