/// How a kind of motion is called.
extension Motion.Kind {
  /// On the screen and for people: `fixed point`, `cycle 3`, `orbit 7.3`.
  public var words: String {
    switch self {
    case .fixedPoint: "fixed point"
    case .cycle(let period): "cycle \(period)"
    case .orbit(let period): "orbit \((period * 10).rounded() / 10)"
    case .slide: "slide"
    case .diverging: "diverging"
    case .unclear: "unclear"
    }
  }

  /// In records: without the period, which is a number beside it.
  public var name: String {
    switch self {
    case .fixedPoint: "fixed-point"
    case .cycle: "cycle"
    case .orbit: "orbit"
    case .slide: "slide"
    case .diverging: "diverging"
    case .unclear: "unclear"
    }
  }

  /// Iterations for a turn; nil where nothing turns.
  public var period: Double? {
    switch self {
    case .cycle(let period): Double(period)
    case .orbit(let period): period
    default: nil
    }
  }
}
