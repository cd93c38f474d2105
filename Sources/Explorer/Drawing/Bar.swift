/// Bars of eighths of a cell.
enum Bar {
  /// A bar for `share` (0...1) of `width` columns; anything above nothing shows a sliver.
  static func text(_ share: Double, width: Int, capabilities: Capabilities) -> String {
    guard share > 0, width > 0 else { return "" }
    let share = min(1, share)
    if Glyphs(capabilities).isASCII {
      return String(repeating: "#", count: max(1, Int((share * Double(width)).rounded())))
    }
    let eighths = max(1, Int((share * Double(width) * 8).rounded()))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }
}
