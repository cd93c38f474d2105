extension ModeKey.Act {
  /// Where a list over the whole screen is after it; nil for what moves nothing.
  /// - Parameters:
  ///   - place: where it is, as the first line in sight or the line that is selected.
  ///   - page: lines of a page.
  ///   - bottom: the last place it can be at.
  func moved(from place: Int, page: Int, bottom: Int) -> Int? {
    let here = min(max(0, place), bottom)
    let there: Int
    switch self {
    case .down: there = here + 1
    case .up: there = here - 1
    case .pageDown: there = here + page
    case .pageUp: there = here - page
    case .first: there = 0
    case .last: there = bottom
    default: return nil
    }
    return min(max(0, there), bottom)
  }
}

extension MouseEvent {
  /// Where a list that is scrolled is after a turn of the wheel; nil for what is none.
  func scrolled(from place: Int, bottom: Int) -> Int? {
    switch action {
    case .wheelUp: max(0, min(place, bottom) - 3)
    case .wheelDown: min(bottom, place + 3)
    case .press, .drag: nil
    }
  }
}
