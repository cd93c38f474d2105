/// One key press, whatever the terminal sent for it.
indirect enum Key: Sendable, Hashable {
  case character(Character)
  case control(Character)
  case function(Int)
  case up
  case down
  case left
  case right
  case home
  case end
  case pageUp
  case pageDown
  case enter
  case escape
  case tab
  case backTab
  case backspace
  case delete
  /// Another key with Alt held down, which terminals send as escape and, at once, that key.
  case alt(Key)
  /// Text pasted in one go.
  case paste(String)

  /// As help and footer write it.
  func label(ascii: Bool) -> String {
    switch self {
    case .character(" "): "space"
    case .character(let character): String(character)
    case .control(let character): "^\(character.uppercased())"
    case .function(let number): "F\(number)"
    case .up: ascii ? "up" : "↑"
    case .down: ascii ? "down" : "↓"
    case .left: ascii ? "left" : "←"
    case .right: ascii ? "right" : "→"
    case .home: "home"
    case .end: "end"
    case .pageUp: "pgup"
    case .pageDown: "pgdn"
    case .enter: "enter"
    case .escape: "esc"
    case .tab: "tab"
    case .backTab: "shift-tab"
    case .backspace: "backspace"
    case .delete: "del"
    case .alt(let key): "alt-\(key.label(ascii: ascii))"
    case .paste: "paste"
    }
  }
}
