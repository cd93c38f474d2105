import CNcurses
import Glibc

/// Turns what ncurses reads into keys and mouse events.
struct KeyReader {
  /// Codes we give to the marks around pasted text.
  static let pasteBegins: Int32 = 0o5000
  static let pasteEnds: Int32 = 0o5001

  private var paste: String?

  /// Everything typed so far; never waits.
  mutating func read() -> [ExplorerEvent] {
    var events: [ExplorerEvent] = []
    var code: wint_t = 0
    while true {
      let kind = get_wch(&code)
      if kind == ERR { return events }
      if let event = event(kind, code) { events.append(event) }
      // Let the screen follow even while a flood comes in.
      if events.count >= 256 { return events }
    }
  }

  private mutating func event(_ kind: Int32, _ code: wint_t) -> ExplorerEvent? {
    let number = Int32(bitPattern: code)
    if kind == KEY_CODE_YES {
      if number == Self.pasteBegins {
        paste = ""
        return nil
      }
      if number == Self.pasteEnds {
        defer { paste = nil }
        return paste.flatMap { $0.isEmpty ? nil : .key(.paste($0)) }
      }
      if number == KEY_MOUSE { return mouse() }
      return Self.key(ofCode: number).map { .key($0) }
    }
    guard let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
    if paste != nil {
      // Bounded, so that a pasted film does not fill the memory.
      if (paste?.utf8.count ?? 0) < 1 << 20 {
        paste?.unicodeScalars.append(scalar == "\r" ? "\n" : scalar)
      }
      return nil
    }
    return .key(Self.key(of: scalar))
  }

  static func key(of scalar: Unicode.Scalar) -> Key {
    switch scalar.value {
    case 9: .tab
    case 10, 13: .enter
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
    case nc_key_f(1)...nc_key_f(12): .function(Int(code - nc_key_f(0)))
    default: nil
    }
  }

  private func mouse() -> ExplorerEvent? {
    var event = MEVENT()
    guard getmouse(&event) == OK else { return nil }
    let at = Point(x: Int(event.x), y: Int(event.y))
    let state = mmask_t(event.bstate)
    if state & NC_WHEEL_UP != 0 { return .mouse(MouseEvent(action: .wheelUp, at: at)) }
    if state & NC_WHEEL_DOWN != 0 { return .mouse(MouseEvent(action: .wheelDown, at: at)) }
    if state & NC_PRESS != 0 { return .mouse(MouseEvent(action: .press, at: at)) }
    if state & NC_MOTION != 0 { return .mouse(MouseEvent(action: .drag, at: at)) }
    return nil
  }
}
