import Checkpoints
import Engine
import Trajectories

/// Kinds of motion as JSON lines, schema `muninn.motion/1`: one a token.
struct MotionRecords {
  let tokens: [Token]
  let codec: TextCodec
  let motions: [Motion]
  /// What the Jacobian says; nil where nobody asked.
  let stretch: LocalStretch?

  var lines: [String] { motions.indices.map(record) }

  private func record(_ token: Int) -> String {
    let motion = motions[token]
    var line = JSONLine()
    line.add("schema", MotionCommand.schema)
    line.add("token", token)
    line.add("id", tokens[token].id)
    line.add("text", codec.decode(tokens[token].id))
    line.add("kind", motion.kind.name)
    line.add("period", motion.kind.period.map { Float($0) })
    line.add("since", motion.since)
    line.add("first", motion.window.lowerBound)
    line.add("last", motion.window.upperBound)
    line.add(
      "reasons",
      raw: "[" + motion.reasons.map { JSONLine.quoted($0) }.joined(separator: ",") + "]")
    addFit(motion, &line)
    addPath(motion.path, &line)
    line.add("return_distances", raw: list((motion.returns?.distances ?? []).map { Optional($0) }))
    line.add("radius", number(motion.returns?.radius))
    line.add("lag", motion.returns?.lag)
    line.add("turn", number(motion.returns?.turn))
    if let stretch { add(stretch, token, &line) }
    return line.line
  }

  private func addFit(_ motion: Motion, _ line: inout JSONLine) {
    let fit = motion.fit
    line.add("floor", motion.path == nil ? nil : number(motion.floor))
    line.add("rests_since", motion.restsSince)
    line.add("slope", number(fit?.slope))
    line.add("slope_low", number(fit?.interval.lowerBound))
    line.add("slope_high", number(fit?.interval.upperBound))
    line.add("fitted", fit?.count)
    line.add("power", number(fit?.power))
  }

  private func addPath(_ path: PathMeasures?, _ line: inout JSONLine) {
    line.add("steps", raw: list((path?.steps ?? []).map { Optional($0) }))
    line.add("step_cosines", raw: list(path?.stepCosines ?? []))
    line.add(
      "second_differences", raw: list((path?.secondDifferences ?? []).map { Optional($0) }))
    line.add("relative_second_differences", raw: list(path?.relativeSecondDifferences ?? []))
    line.add("net", number(path?.net))
    line.add("path_length", number(path?.length))
    line.add("straightness", number(path?.straightness))
    line.add("final_directed", number(path?.finalDirected))
    line.add("effective_rank", number(path?.effectiveRank))
    line.add("matrix_entropy", number(path?.matrixEntropy))
    line.add("anisotropy", number(path?.anisotropy))
    line.add("coe_r", number(path?.chain?.real))
    line.add("coe_c", number(path?.chain?.complex))
  }

  private func add(_ stretch: LocalStretch, _ token: Int, _ line: inout JSONLine) {
    line.add(
      "spectral_radius",
      stretch.radii.indices.contains(token) ? number(stretch.radii[token]) : nil)
    line.add("sigma_max", number(stretch.singularValue))
    line.add("exponent", number(stretch.exponent))
    line.add("exponent_low", number(stretch.exponents.min()))
    line.add("exponent_high", number(stretch.exponents.max()))
    line.add("growth_deviation", number(stretch.growthDeviation))
  }

  /// In the digits of the states that all of it is made of.
  private func number(_ value: Double?) -> Float? { value.map { Float($0) } }

  private func list(_ values: [Double?]) -> String {
    "[" + values.map { JSONLine.number(number($0)) }.joined(separator: ",") + "]"
  }
}

/// The same for people.
struct MotionReport {
  let tokens: [Token]
  let motions: [Motion]
  let stretch: LocalStretch?

  var lines: [String] {
    guard let window = motions.first?.window else { return [] }
    var lines = ["kinds of motion, r \(window.lowerBound) to \(window.upperBound)", ""]
    let width = max(5, motions.indices.map { label($0).count }.max() ?? 0) + 2
    lines.append(
      pad("token", width) + pad("motion", 13) + pad("since", 7) + pad("slope/r", 10)
        + pad("95 % interval", 20) + pad("cosine", 8) + "net/way")
    for (token, motion) in motions.enumerated() {
      lines.append(
        pad(label(token), width) + pad(motion.kind.words, 13) + pad("r \(motion.since)", 7)
          + pad(number(motion.fit?.slope), 10)
          + pad(
            motion.fit.map {
              "\(number($0.interval.lowerBound)) to \(number($0.interval.upperBound))"
            } ?? "-", 20)
          + pad(number(motion.path?.meanStepCosine), 8) + number(motion.path?.straightness))
      lines += motion.reasons.map { pad("", width) + $0 }
    }
    if let stretch {
      let radius = stretch.radii.compactMap { $0 }.max()
      lines += [
        "",
        "Jacobian at r \(stretch.iteration): spectral radius \(number(radius)), largest singular value "
          + number(stretch.singularValue),
        "exponent \(number(stretch.exponent)) nats an iteration, \(number(stretch.exponents.min())) to "
          + "\(number(stretch.exponents.max())) by direction; one iteration varies by "
          + number(stretch.growthDeviation),
      ]
    }
    return lines
  }

  private func label(_ token: Int) -> String { "\(token) '\(tokens[token].text)'" }

  private func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    let rounded = (value * 1000).rounded() / 1000
    return "\(rounded == 0 ? 0 : rounded)"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
