extension ResultTable {
  /// What a level needs: the least r at which its accuracy comes within 0.01 of the best of all r
  /// that were asked. nil where no answer was right.
  ///
  /// Reached at the best's own r at the latest, so what gets worse with more iterations still says
  /// where it was good. Tables for people, the card of the embedded model and recipes all mean this.
  static func needed(
    _ curve: [(iterations: Int, tally: Tally)]
  ) -> (iterations: Int, tally: Tally)? {
    guard let best = curve.compactMap(\.tally.accuracy).max(), best > 0 else { return nil }
    // A little less, so that 0.99 of 1.00 counts however it is rounded.
    return curve.first { point in
      point.tally.accuracy.map { $0 > 0 && $0 >= best - 0.01 - 1e-9 } ?? false
    }
  }
}
