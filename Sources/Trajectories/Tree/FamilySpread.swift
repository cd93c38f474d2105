import Tensors

/// How far runs that were begun together are apart: the mean distance to their mean, in the space
/// states are compared in. Where it goes to nothing the end does not depend on the start (path
/// independence).
public enum FamilySpread {
  /// Mean over members of ‖xₘ − mean‖ of every position.
  /// - Parameter members: ln_f of a state of each; all of one shape.  // [tokens, width] each
  /// - Returns: nil for fewer than two.  // [tokens]
  public static func rows(_ members: [Matrix]) -> [Float]? {
    squares(members).map { squares in
      (0..<members[0].rows).map { row in
        Float(squares.reduce(0.0) { $0 + $1[row].squareRoot() } / Double(members.count))
      }
    }
  }

  /// Mean over members of ‖xₘ − mean‖ of the whole state, all positions together.
  /// - Returns: nil for fewer than two.
  public static func whole(_ members: [Matrix]) -> Float? {
    squares(members).map { squares in
      let sum = squares.reduce(0.0) { $0 + $1.reduce(0, +).squareRoot() }
      return Float(sum / Double(members.count))
    }
  }

  /// `whole` after every iteration, over the members that went so far.
  /// - Parameter members: ln_f of the states of each.  // [members][iterations + 1] of [tokens, width]
  /// - Returns: nil where fewer than two went so far.  // [iterations + 1]
  public static func curve(_ members: [[Matrix]]) -> [Float?] {
    (0..<(members.map(\.count).max() ?? 0)).map { iteration in
      whole(members.compactMap { iteration < $0.count ? $0[iteration] : nil })
    }
  }

  /// ‖xₘ − mean‖² by member and position, summed in float64.  // [members][tokens]
  private static func squares(_ members: [Matrix]) -> [[Double]]? {
    guard members.count > 1, let first = members.first else { return nil }
    precondition(
      members.allSatisfy { $0.rows == first.rows && $0.columns == first.columns },
      "members of one shape")
    var mean = [Double](repeating: 0, count: first.values.count)
    for member in members {
      for (index, value) in member.values.enumerated() { mean[index] += Double(value) }
    }
    for index in mean.indices { mean[index] /= Double(members.count) }
    return members.map { member in
      (0..<first.rows).map { row in
        var sum = 0.0
        for index in row * first.columns..<(row + 1) * first.columns {
          let difference = Double(member.values[index]) - mean[index]
          sum += difference * difference
        }
        return sum
      }
    }
  }
}
