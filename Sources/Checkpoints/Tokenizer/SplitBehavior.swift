/// What becomes of the matches of a Split stage.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// The pieces of a text of `count` scalars with these matches. With `inverted` the text between
  /// the matches takes their part.
  func pieces(matches: [Range<Int>], count: Int, inverted: Bool) -> [Range<Int>] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    var position = 0
    for match in matches {
      if position < match.lowerBound { parts.append((position..<match.lowerBound, inverted)) }
      parts.append((match, !inverted))
      position = match.upperBound
    }
    if position < count { parts.append((position..<count, inverted)) }
    return combine(parts).filter { !$0.isEmpty }
  }

  private func combine(_ parts: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    switch self {
    case .removed: result = parts.filter { !$0.isMatch }.map(\.range)
    case .isolated: result = parts.map(\.range)
    case .contiguous:
      var previous: Bool?
      for part in parts {
        if part.isMatch == previous, let last = result.last {
          result[result.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          result.append(part.range)
        }
        previous = part.isMatch
      }
    case .mergedWithPrevious:
      var previous = false
      for part in parts {
        if part.isMatch, !previous, let last = result.last {
          result[result.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          result.append(part.range)
        }
        previous = part.isMatch
      }
    case .mergedWithNext:
      var previous = false
      for part in parts.reversed() {
        if part.isMatch, !previous, let last = result.last {
          result[result.count - 1] = part.range.lowerBound..<last.upperBound
        } else {
          result.append(part.range)
        }
        previous = part.isMatch
      }
      result.reverse()
    }
    return result
  }
}
