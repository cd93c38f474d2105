import Glibc

/// Puts the evidence together. A verdict is only given where everything that bears on it agrees.
struct MotionJudge {
  let path: PathMeasures
  let fit: StepFit?
  let returns: Returns
  let floor: Double
  /// How many of the last steps lie at the floor.
  let resting: Int
  /// The iteration of the first state.
  let first: Int

  /// Steps at the floor, in a row, that are rest: one or two may be a turning point.
  static let restingSteps = 3
  /// Steps have faded when the last is at most half the first, and grown when it is twice that: less is
  /// told from an even pace in a longer window.
  static let fading = 0.5
  /// Steps are even, as a cycle's are, when the last is within a quarter of the first.
  static let even = 0.8...1.25
  /// A fall that 1/r explains as well is no contraction: such steps add up without end. Those that fall as r
  /// to this power, or steeper, come to an end, whether at a rate or not.
  static let steepPower = 1.5
  /// By how much less the line must leave unexplained than a power of r, where the fall is not that steep.
  static let clearlyBetter = 4.0
  /// What the change from the middle third to the last must be of what the line says.
  static let constant = 0.4
  /// One way: each step within 60° of the one before, on the mean.
  static let sameWay = 0.5
  /// One way: net over cumulative change. The arc of an orbit is that straight up to a third of a turn.
  static let straight = 0.8

  var verdict: (kind: Motion.Kind, since: Int, reasons: [String]) {
    let count = path.steps.count
    guard count >= Motion.fewestSteps else {
      return (
        .unclear, first,
        ["the window has \(count) steps, and a verdict needs \(Motion.fewestSteps)"]
      )
    }
    if resting >= Self.restingSteps {
      let since = first + 1 + count - resting
      return (
        .fixedPoint, since,
        [
          (since == first + 1 ? "all steps" : "steps since r \(since)")
            + " are at float32's floor, \(share(StepFit.floorShare)) of the state"
        ]
      )
    }
    return turning ?? fadingOrGrowing ?? sliding ?? (.unclear, first, disagreements)
  }

  // MARK: Turning

  /// Iterations after which the path is near again, in whole ones; nil where it does not come back.
  private var period: (iterations: Double, isWhole: Bool)? {
    let lag = returns.lag
    guard let turn = returns.turn else { return lag.map { (Double($0), true) } }
    let nearest = Int(turn.rounded())
    if abs(turn - Double(nearest)) <= 0.1,
      returns.distances.indices.contains(nearest - 1),
      returns.distances[nearest - 1] <= Returns.nearShare
    {
      return (Double(nearest), true)
    }
    // A few turns may make a whole number of iterations, exactly.
    if let exact = returns.distances.prefix(12).firstIndex(where: { $0 <= 0.05 }), exact > 0 {
      return (Double(exact + 1), true)
    }
    return (turn, false)
  }

  /// How much larger steps are at the end, told by those a turn apart, so that a cycle's own rhythm does
  /// not count.
  private func evenness(_ lag: Int) -> Double? {
    let logs = path.steps.map { $0 > 0 ? log($0) : nil }
    let changes = zip(logs.dropFirst(lag), logs).map { later, earlier in
      later.flatMap { later in earlier.map { later - $0 } }
    }
    return PathMeasures.mean(changes).map {
      exp($0 * Double(path.steps.count - 1) / Double(lag))
    }
  }

  private var turning: (Motion.Kind, Int, [String])? {
    guard let period else { return nil }
    let lag = max(1, Int(period.iterations.rounded()))
    guard let change = evenness(lag), Self.even.contains(change) else { return nil }
    let distance =
      returns.distances.indices.contains(lag - 1) ? returns.distances[lag - 1] : nil
    var reasons: [String] = []
    if period.isWhole {
      reasons.append(
        "after \(lag) iterations states are back"
          + (distance.map { ", to \(share($0)) of the distance of unrelated ones" } ?? ""))
    } else {
      reasons.append(
        "states turn about a centre, once in \(tenths(period.iterations)) iterations")
    }
    reasons.append("steps keep their size: \(tenths(100 * change)) % over the window")
    // What is near one lag before has been on the cycle since then.
    let on = period.isWhole && returns.lag == lag ? returns.firstRow ?? 0 : 0
    return (
      period.isWhole ? .cycle(lag) : .orbit(period.iterations), first + max(0, on - lag), reasons
    )
  }

  // MARK: Fading and growing

  /// Whether steps change too fast to add up as those of a slide do, to the end of the window.
  private func isRate(_ fit: StepFit) -> Bool {
    let isSteep = abs(fit.power ?? 0) >= Self.steepPower
    let fitsBetter = (fit.powerMisfit ?? 0) >= Self.clearlyBetter
    return (isSteep || fitsBetter) && (fit.constancy ?? 0) >= Self.constant
  }

  private var fadingOrGrowing: (Motion.Kind, Int, [String])? {
    guard let fit, isRate(fit) else { return nil }
    let slope =
      "\(signed(fit.slope)) nats an iteration (\(signed(fit.interval.lowerBound)) to "
      + "\(signed(fit.interval.upperBound)))"
    if fit.interval.upperBound < 0, fit.change <= Self.fading {
      let rate = exp(fit.slope)
      let left = (path.steps.last ?? 0) * rate / (1 - rate)
      return (
        .fixedPoint, first,
        [
          "steps fade, slope \(slope), to \(share(fit.change)) over the window",
          "at that rate \(number(left)) are left to go"
            + (path.norms.last.map { $0 > 0 ? ", \(share(left / $0)) of the state" : "" } ?? ""),
        ]
      )
    }
    if fit.interval.lowerBound > 0, fit.change >= 1 / Self.fading {
      return (
        .diverging, first, ["steps grow by \(slope), \(tenths(fit.change)) times over the window"]
      )
    }
    return nil
  }

  // MARK: Sliding

  private var sliding: (Motion.Kind, Int, [String])? {
    guard let cosine = path.meanStepCosine, cosine >= Self.sameWay,
      let straightness = path.straightness, straightness >= Self.straight
    else { return nil }
    // Fading along a line may be a contraction that this window is too short for.
    if let fit, fit.interval.upperBound < 0, fit.change <= Self.fading, isRate(fit) { return nil }
    var reasons = [
      "steps go one way: cosine \(tenths(cosine, 2)) to the one before, net change "
        + "\(share(straightness)) of the way"
    ]
    if let fit {
      if fit.interval.upperBound < 0, let power = fit.power {
        reasons.append(
          "they shrink to \(share(fit.change)), as r to the power \(tenths(power, 1)) would: "
            + "whether they end is not seen in this window")
      } else {
        reasons.append("they do not shrink: \(share(fit.change)) over the window")
      }
    }
    return (.slide, first, reasons)
  }

  // MARK: Neither

  private var disagreements: [String] {
    var reasons: [String] = []
    if let fit {
      let change = share(fit.change)
      if fit.interval.contains(0) {
        reasons.append("steps neither fade nor grow beyond doubt (\(change) over the window)")
      } else if !(fit.constancy ?? 0 >= Self.constant) {
        reasons.append("steps changed, to \(change), but not in the last third of the window")
      } else if fit.change > Self.fading, fit.change < 1 / Self.fading {
        reasons.append("steps change to \(change) only: a longer window would tell")
      } else {
        reasons.append("steps change to \(change), but 1/r explains that as well")
      }
    } else {
      reasons.append("fewer than three steps lie above float32's floor")
    }
    if let period {
      reasons.append(
        "states turn, once in \(tenths(period.iterations)) iterations, but do not keep their pace")
    } else {
      reasons.append("states do not come back within \(returns.distances.count) iterations")
    }
    if let straightness = path.straightness, let cosine = path.meanStepCosine {
      reasons.append(
        "cosine of steps \(tenths(cosine, 2)), net change \(share(straightness)) of the way")
    }
    return reasons
  }

  // MARK: Words

  private func share(_ value: Double) -> String {
    let percent = value * 100
    return percent >= 1 ? "\(Int(min(percent, 1e9).rounded())) %" : "\(number(percent)) %"
  }

  private func tenths(_ value: Double, _ decimals: Int = 1) -> String {
    let factor = pow(10, Double(decimals))
    return "\((min(value, 1e9) * factor).rounded() / factor)"
  }

  private func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + number(value) }

  /// Three figures.
  private func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    let factor = pow(10, 2 - floorLog(value))
    let rounded = (value * factor).rounded() / factor
    return "\(Float(rounded))"
  }

  private func floorLog(_ value: Double) -> Double { Glibc.floor(log10(abs(value))) }
}
