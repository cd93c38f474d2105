import Glibc
import ParallelScaling

/// How far copies agree and how far they are apart, against iterations: as many curves as there is room
/// for.
struct FanCurves {
  /// One of them. To add one: a row in `all`.
  struct Curve {
    let title: String
    /// One for each line.  // of [iterations + 1]
    let lines: [[Double?]]
    /// nil: from nothing to the largest.
    var axis: Axis?
    let value: (Double) -> String
    /// What it comes to at an iteration, behind the numbers.
    var word: ((Int) -> String?)?
    /// Over how many copies instead of iterations; nil: over iterations.
    var copies: Int?
  }

  private let state: ExplorerState
  private let rect: Rect
  private let shown: [(curve: Curve, series: Int, rect: Rect)]

  private static let leastHeight = 4
  private static let leastWidth = 40

  init(_ state: ExplorerState, _ rect: Rect) {
    (self.state, self.rect) = (state, rect)
    let all = Self.all(state)
    let columns = rect.width >= 2 * Self.leastWidth + 2 ? 2 : 1
    let most = max(0, rect.height / Self.leastHeight)
    // A plot of five lines says more than two of four.
    let comfortable = rect.height >= 24 ? rect.height / 8 : rect.height >= 10 ? rect.height / 5 : 1
    let rows = min(most, max(1, comfortable), (all.count + columns - 1) / columns)
    guard rows > 0 else {
      shown = []
      return
    }
    let width = (rect.width - 2 * (columns - 1)) / columns
    let first = state.fanning.firstCurve
    shown = (0..<min(all.count, rows * columns)).map { place in
      let (row, column) = (place / columns, place % columns)
      let top = rect.height * row / rows
      let index = (first + place) % all.count
      return (
        all[index], index,
        Rect(
          x: rect.x + column * (width + 2), y: rect.y + top, width: width,
          height: rect.height * (row + 1) / rows - top)
      )
    }
  }

  /// The table.
  static func all(_ state: ExplorerState) -> [Curve] {
    let fanning = state.fanning
    let coverage = coverage(state)
    func pairs(_ value: (CopySpread) -> Double?) -> [Double?] {
      fanning.pairs.map { $0.flatMap(value) }
    }
    return [
      Curve(
        title: "share saying the same token", lines: [fanning.agreement],
        axis: Axis(from: 0, to: 1), value: FanWords.percent)
    ] + (coverage.lines.isEmpty ? [] : [coverage]) + [
      Curve(
        title: "spread, share of the size",
        lines: [fanning.spread.map { $0?.relativeDispersion }], value: FanWords.percent),
      Curve(
        title: "pairs of copies, 1\(state.glyphs.minus)cos",
        lines: [pairs(\.pairwiseCosineDistance)], value: Numbers.short),
      Curve(
        title: "drift ratio, noise alone",
        lines: [
          fanning.spread.map { $0?.driftRatio }, fanning.spread.map { $0?.driftRatioOfNoise },
        ],
        axis: Axis(from: 0, to: 1), value: { Numbers.fixed($0, 2) },
        word: { iteration in
          FanWords.motionWord(fanning.spread[iteration]).map {
            $0.hasPrefix("between") ? "between" : $0
          }
        }),
      Curve(
        title: "directions: participation, rank",
        lines: [pairs(\.participationRatio), pairs(\.effectiveRank)], value: Numbers.short),
      Curve(
        title: "entropy of what they say, nats", lines: [fanning.entropy], value: Numbers.short),
      Curve(
        title: "pairs of copies, distance", lines: [pairs(\.pairwiseDistance)],
        value: Numbers.short),
    ] + (coverage.lines.isEmpty ? [coverage] : [])
  }

  /// How often one of N copies is right, N to the right; broken, how often one of N guesses would be.
  private static func coverage(_ state: ExplorerState) -> Curve {
    guard let chance = state.chanceOfGuessing else {
      return Curve(
        title: "coverage: nobody knows the right answer", lines: [], value: FanWords.share)
    }
    let right = FanAnswers(state).all.filter { $0.isRight == true }.reduce(0) { $0 + $1.count }
    let all = state.fanning.copies.count
    let found = (0...all).map { count in
      count == 0 ? nil : Coverage.passAtK(copies: all, right: right, k: count)
    }
    var missed = 1.0
    let guessed: [Double?] = (0...all).map { count in
      guard count > 0 else { return nil }
      missed *= 1 - chance
      return 1 - missed
    }
    return Curve(
      title: "coverage" + (chance > 0 ? ", by guessing" : ""),
      lines: chance > 0 ? [found, guessed] : [found], axis: Axis(from: 0, to: 1),
      value: FanWords.share, copies: all)
  }

  func draw(on screen: inout Screen) {
    for (curve, series, rect) in shown { draw(curve, series, rect, on: &screen) }
  }

  private func draw(_ curve: Curve, _ series: Int, _ rect: Rect, on screen: inout Screen) {
    // Of copies the number is that of all.
    let iteration = curve.copies ?? state.fanIteration
    let (head, area) = rect.splitTop(1)
    let here = curve.lines.compactMap {
      $0.indices.contains(iteration) ? $0[iteration].map(curve.value) : nil
    }
    var title = curve.title + (here.isEmpty ? "" : ": " + here.joined(separator: ", "))
    if !here.isEmpty, let word = curve.word?(iteration) { title += ", \(word)" }
    screen.put(
      Printable.clip(title, head.width, ellipsis: state.glyphs.ellipsis), x: head.x, y: head.y,
      style: .dim)
    let values = curve.lines.flatMap { $0.compactMap(\.self) }
    guard !values.isEmpty else { return }
    Plot(
      curves: curve.lines.enumerated().map {
        Plot.Curve(
          values: $0.element, style: $0.offset == 0 ? .series(series % 6) : .dim,
          isBroken: $0.offset > 0)
      },
      axis: curve.axis ?? Axis(values, scale: .linear, from: true),
      lastIteration: max(1, (curve.lines.first?.count ?? 1) - 1),
      cursor: curve.copies == nil ? iteration : nil
    )
    .render(on: &screen, in: area, capabilities: state.capabilities)
  }

  /// The iteration of the curves at a point.
  func iteration(at point: Point) -> Int? {
    guard let (curve, _, rect) = shown.first(where: { $0.rect.contains(point) }),
      curve.copies == nil
    else { return nil }
    return Plot.iteration(
      atColumn: point.x, in: Plot.plotArea(rect.splitTop(1).rest),
      lastIteration: max(1, (curve.lines.first?.count ?? 1) - 1))
  }
}

extension Fanning {
  /// Of the tokens that copies say, at every iteration, nats.
  var entropy: [Double?] {
    said.map { counts in
      let all = Double(copies.count)
      return all == 0
        ? nil
        : counts.values.reduce(0.0) { $1 > 0 ? $0 - Double($1) / all * log(Double($1) / all) : $0 }
    }
  }
}
