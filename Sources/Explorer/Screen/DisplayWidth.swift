/// How many columns a character takes on a terminal; ours, since locales and libraries differ.
enum DisplayWidth {
  /// 0, 1 or 2 columns for one scalar that is no control.
  static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    if isIn(DisplayWidthTables.zero, scalar.value) { return 0 }
    if isIn(DisplayWidthTables.wide, scalar.value) { return 2 }
    return 1
  }

  private static func isIn(_ pairs: [UInt32], _ value: UInt32) -> Bool {
    var low = 0
    var high = pairs.count / 2
    while low < high {
      let middle = (low + high) / 2
      if value > pairs[2 * middle + 1] {
        low = middle + 1
      } else if value < pairs[2 * middle] {
        high = middle
      } else {
        return true
      }
    }
    return false
  }
}
