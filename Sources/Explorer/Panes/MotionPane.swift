import Trajectories

/// What kind of motion the states of each token are in, and why: the table of all tokens, and of the
/// selected one the evidence.
let motionPane = Pane(
  title: { state, _ in
    let dot = state.glyphs.dot
    guard let window = state.motionPlace?.window else { return "motion" }
    let words = state.motionWords.map { ": \($0)" } ?? ""
    return "motion \(dot) r \(window.lowerBound)-\(window.upperBound) \(dot) token "
      + state.tokenLabel(state.cursor.token) + words
  },
  legend: { state, width in
    width < 70
      ? []
      : [("\(state.glyphs.dot) J Jacobian, :motion 4-12 another window, esc back", .dim)]
  },
  render: { state, screen, rect in
    guard state.trajectory != nil, rect.height > 0, rect.width > 8 else { return }
    let table = MotionTable(state)
    if rect.width >= 110, rect.height >= 16 {
      let (left, right) = rect.splitLeft(min(table.width, rect.width * 60 / 100))
      table.draw(on: &screen, left)
      MotionEvidence(state).draw(on: &screen, right.inset(left: 2))
      return
    }
    let rows = min(table.rows + 1, max(3, rect.height - 13))
    let (top, below) = rect.splitTop(rows)
    table.draw(on: &screen, top)
    MotionEvidence(state).draw(on: &screen, below.inset(top: below.height > 6 ? 1 : 0))
  },
  pick: { state, rect, point in
    let table = MotionTable(state)
    let isWide = rect.width >= 110 && rect.height >= 16
    let rows = min(table.rows + 1, max(3, rect.height - 13))
    let room = isWide ? rect.height : min(rect.height, rows)
    guard point.y < rect.y + room else { return nil }
    return table.token(atLine: point.y - rect.y, room: room).map { Pick(token: $0) }
  },
  about: PaneAbout(
    title: "kinds of motion",
    drawn:
      "What kind of motion the states of each token are in over the window of iterations in "
      + "the title: fixed point, cycle, orbit, slide, diverging or unclear, and of the selected "
      + "token the evidence; a verdict stands only where all of it agrees. J adds the Jacobian.",
    formula:
      "Steps against a line and a power of r; net over cumulative change; the lag after which "
      + "the state is back; spectral radius and largest singular value of ∂sᵢ₊₁/∂sᵢ.",
    unit: "a rate is a factor per iteration; a lag counts iterations",
    source:
      "Classes of the Huginn paper (arXiv 2502.05171, §7); aligned change of arXiv "
      + "2510.10494."))

extension Glyphs {
  /// A mark for a kind of motion, told apart without colour.
  func mark(_ kind: Motion.Kind) -> String {
    switch kind {
    case .fixedPoint: isASCII ? "*" : "●"
    case .cycle, .orbit: isASCII ? "o" : "○"
    case .slide: arrow
    case .diverging: diverged
    case .unclear: "?"
    }
  }
}

extension Motion.Kind {
  var style: Style {
    switch self {
    case .fixedPoint: .good
    case .cycle, .orbit: .accent
    case .slide: .warning
    case .diverging: .error
    case .unclear: .dim
    }
  }
}
