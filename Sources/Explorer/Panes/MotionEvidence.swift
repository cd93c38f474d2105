import Trajectories

/// The evidence of the selected token: sentences, numbers, and three plots: how steps fade, whether they go
/// one way, and after how many iterations the path is back.
struct MotionEvidence {
  let state: ExplorerState
  private let motion: Motion?

  init(_ state: ExplorerState) {
    self.state = state
    motion = state.motion(ofRow: state.row)
  }

  func draw(on screen: inout Screen, _ rect: Rect) {
    guard rect.height > 0, rect.width > 8 else { return }
    guard let motion else {
      let words =
        state.motion.stopped != nil
        ? "not looked at: it was stopped, or could not be done"
        : state.isBusy ? "when the step is done" : "looking at the path" + state.glyphs.ellipsis
      screen.put(words, x: rect.x, y: rect.y, style: .dim, width: rect.width)
      return
    }
    let sentences = sentences(motion, rect)
    for (line, (text, style)) in sentences.enumerated() where line < rect.height {
      screen.put(text, x: rect.x, y: rect.y + line, style: style, width: rect.width)
    }
    let below = rect.inset(top: sentences.count + (rect.height > sentences.count + 10 ? 1 : 0))
    guard below.height >= 4 else { return }
    drawPlots(motion, on: &screen, below)
  }

  // MARK: Words

  /// The verdict, why, and the numbers; what does not fit beside plots gives way from the end.
  private func sentences(_ motion: Motion, _ rect: Rect) -> [(String, Style)] {
    let glyphs = state.glyphs
    var lines: [(String, Style)] = []
    let verdict =
      "\(glyphs.mark(motion.kind)) \(motion.kind.words)"
      + (motion.since > motion.window.lowerBound ? " since r \(motion.since)" : "")
    let reasons = motion.reasons.joined(separator: "; ")
    let wrapped = Printable.wrapped("\(verdict): \(reasons)", rect.width)
    for (index, line) in wrapped.enumerated() {
      lines.append((line, index == 0 ? motion.kind.style : .text))
    }
    let most = max(2, rect.height - 8)
    let stretch = stretchLines.flatMap { Printable.wrapped($0, rect.width) }
    for line in filled(numbers(motion), rect.width) + stretch where lines.count < most {
      lines.append((line, .dim))
    }
    return Array(lines.prefix(most))
  }

  private func numbers(_ motion: Motion) -> [String] {
    guard let path = motion.path else { return [] }
    func part(_ name: String, _ value: Double?) -> String {
      "\(name) \(value.map { Numbers.short($0) } ?? state.glyphs.minus)"
    }
    return [
      part("net change", path.net), part("way", path.length),
      part("final-directed", path.finalDirected), part("radius", motion.returns?.radius),
      part("effective rank", path.effectiveRank),
      part("matrix entropy", path.matrixEntropy) + " nats",
    ]
  }

  /// Parts in lines, none of which is broken.
  private func filled(_ parts: [String], _ width: Int) -> [String] {
    let dot = " \(state.glyphs.dot) "
    return parts.reduce(into: [String]()) { lines, part in
      if let last = lines.last, Printable.width(last + dot + part) <= width {
        lines[lines.count - 1] = last + dot + part
      } else {
        lines.append(part)
      }
    }
  }

  /// What the Jacobian says, as far as it was asked for.
  private var stretchLines: [String] {
    guard let stretch = state.motion.stretch, stretch.place == state.motionPlace else {
      return state.motion.wantsStretch ? ["Jacobian: working" + state.glyphs.ellipsis] : []
    }
    let found = stretch.found
    let row = state.row
    func part(_ name: String, _ value: Double?) -> String {
      "\(name) \(value.map { Numbers.short($0) } ?? state.glyphs.ellipsis)"
    }
    var words = "Jacobian at r \(found.iteration): "
    words += part(
      "spectral radius of this token",
      found.radii.indices.contains(row) ? found.radii[row] : nil)
    words += ", " + part("largest singular value", found.singularValue)
    let (low, high) = (found.exponents.min(), found.exponents.max())
    if let exponent = found.exponent, let low, let high {
      words += ", exponent \(Numbers.short(exponent)) nats/r (\(Numbers.short(low)) to "
      words += "\(Numbers.short(high)) by direction"
      if let deviation = found.growthDeviation {
        words += ", one r varies by \(Numbers.short(deviation))"
      }
      words += ")"
    } else if stretch.done < stretch.total {
      words += ", exponent \(stretch.done)/\(stretch.total)" + state.glyphs.ellipsis
    }
    return [words]
  }

  // MARK: Plots

  private func drawPlots(_ motion: Motion, on screen: inout Screen, _ rect: Rect) {
    let plots = [stepPlot(motion), cosinePlot(motion), returnPlot(motion)]
    let isStacked = rect.width < 66 && rect.height >= 15 || rect.height >= 24
    for (index, plot) in plots.enumerated() {
      let place: Rect
      if isStacked {
        let height = rect.height / 3
        place = Rect(x: rect.x, y: rect.y + index * height, width: rect.width, height: height)
      } else {
        let width = rect.width / 3
        guard width >= 14 else { continue }
        place = Rect(
          x: rect.x + index * width, y: rect.y, width: width - (index < 2 ? 2 : 0),
          height: rect.height)
      }
      let title = Printable.width(plot.title) <= place.width ? plot.title : plot.short
      screen.put(
        Printable.clip(title, place.width, ellipsis: state.glyphs.ellipsis), x: place.x, y: place.y,
        style: .title)
      plot.plot.render(
        on: &screen, in: place.inset(top: 1), capabilities: state.capabilities)
    }
  }

  private typealias Titled = (title: String, short: String, plot: Plot)

  /// All steps of the run, and over the window the line and the floor.
  private func stepPlot(_ motion: Motion) -> Titled {
    let steps = state.trajectory?.steps ?? []
    let row = state.row
    let residuals = steps.map { step -> Double? in
      step.measures.indices.contains(row) ? step.measures[row].residual.map(Double.init) : nil
    }
    var line = [Double?](repeating: nil, count: residuals.count)
    var floor = line
    if let fit = motion.fit {
      for iteration in fit.first..<min(line.count, fit.first + fit.count) {
        line[iteration] = fit.step(at: iteration)
      }
    }
    for iteration in motion.window where iteration < floor.count && motion.floor > 0 {
      floor[iteration] = motion.floor
    }
    let all = (residuals + floor).compactMap { $0 }
    let glyphs = state.glyphs
    return (
      "\(glyphs.residual), log: F fitted, _ float32 floor",
      "\(glyphs.residual) log, F fit, _ floor",
      Plot(
        curves: [
          Plot.Curve(values: residuals, style: .series(0), mark: nil),
          Plot.Curve(values: line, style: .series(1), mark: "F", isBroken: true),
          Plot.Curve(values: floor, style: .dim, mark: "_", isBroken: true),
        ], axis: Axis(all, scale: .log), lastIteration: max(1, state.edge),
        cursor: state.cursor.iteration)
    )
  }

  private func cosinePlot(_ motion: Motion) -> Titled {
    var values = [Double?](repeating: nil, count: motion.window.upperBound + 1)
    for (index, cosine) in (motion.path?.stepCosines ?? []).enumerated() {
      values[motion.window.lowerBound + 2 + index] = cosine
    }
    return (
      "cosine to the step before: 1 on, -1 back", "cosine to step before",
      Plot(
        curves: [Plot.Curve(values: values, style: .series(0), mark: nil)],
        axis: Axis(from: -1, to: 1), lastIteration: max(1, state.edge),
        cursor: state.cursor.iteration)
    )
  }

  private func returnPlot(_ motion: Motion) -> Titled {
    let distances = motion.returns?.distances ?? []
    let period = motion.kind.period
    return (
      "distance after a lag: 0 back, 1 unrelated" + (period == nil ? "" : "; the mark: a turn"),
      "return by lag, 1 unrelated",
      Plot(
        curves: [
          Plot.Curve(
            values: [nil] + distances.map { Optional($0) }, style: .series(2), mark: nil)
        ],
        axis: Axis(from: 0, to: max(1.5, distances.max() ?? 0)),
        lastIteration: max(1, distances.count), cursor: nil,
        marks: period.map { [Int($0.rounded())] } ?? [])
    )
  }
}
