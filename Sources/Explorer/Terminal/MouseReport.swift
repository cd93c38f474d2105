/// A mouse report in the form of xterm's mode 1006, `button;column;row` and `M` or `m`, as it comes
/// in after `ESC [ <`.
struct MouseReport: Sendable {
  private var numbers: [Int] = [0]
  private var isRelease = false
  private var isBroken = false

  /// Takes the next character.
  /// - Returns: true when the report is at its end, well formed or not.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9":
      let last = numbers.count - 1
      numbers[last] = min(99_999, numbers[last] * 10 + Int(scalar.value - 48))
      return false
    case ";":
      if numbers.count == 3 { isBroken = true } else { numbers.append(0) }
      return false
    case "M": return true
    case "m":
      isRelease = true
      return true
    default:
      isBroken = true
      return true
    }
  }

  /// What happened, if it is of interest: the left button, a drag with it, the wheel.
  var event: MouseEvent? {
    guard !isBroken, !isRelease, numbers.count == 3 else { return nil }
    // Bits 2, 3 and 4 are shift, meta and control; bit 5 is motion, bit 6 the wheel.
    let action: MouseEvent.Action
    switch numbers[0] & ~0b1_1100 {
    case 0: action = .press
    case 32: action = .drag
    case 64: action = .wheelUp
    case 65: action = .wheelDown
    default: return nil
    }
    return MouseEvent(action: action, at: Point(x: numbers[1] - 1, y: numbers[2] - 1))
  }
}
