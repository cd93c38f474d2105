/// A strip of what cells look like from calm to loud, for the line that says what they mean.
enum RampStrip {
  /// - Parameter levels: the part of the scale it shows.
  /// - Returns: the column after it.
  static func draw(
    _ state: ExplorerState, _ levels: ClosedRange<Double> = 0...1, columns: Int, x: Int, y: Int,
    on screen: inout Screen
  ) -> Int {
    var x = x
    for step in 0..<columns {
      let share = Double(step) / Double(max(1, columns - 1))
      let level = levels.lowerBound + share * (levels.upperBound - levels.lowerBound)
      if state.hasColour {
        x = screen.put(" ", x: x, y: y, style: .onRamp(level))
      } else {
        x = screen.put(String(state.glyphs.shade(level)), x: x, y: y)
      }
    }
    return x
  }
}
