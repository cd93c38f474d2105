import Checkpoints
import LatentModels
import Tensors

/// What references of looped models have besides: the exit gate, what it chooses, and runs past the
/// trained depth.
extension TrajectoryVerifier {
  static let gateQuantities = [
    "gate_logits", "lambda", "exit_pdf", "exit_cdf", "logits_weighted", "states_prenorm",
  ]

  /// Allowed deviations of what hangs on the gate.
  private struct GateTolerance {
    let logits: Float
    let density: Float
  }

  private func gateTolerance() -> GateTolerance? {
    guard let logits = reference.tolerance("gate_logits_abs"),
      let density = reference.tolerance("exit_pdf_abs")
    else { return nil }
    return GateTolerance(logits: logits, density: density)
  }

  mutating func compareLoops(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    try compareBeforeNorm(replay, &tensors, place)
    try compareReadout(replay, &tensors, place)
    let gate = try compareGate(replay, &tensors, place)
    try comparePastDepth(gate, replay, &tensors, place)
  }

  /// The gate of a model that has one, and what it chooses.
  /// - Returns: the gate with what may deviate of it; nil where it is not compared.
  private mutating func compareGate(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws -> (gate: ExitGate, tolerance: GateTolerance)? {
    guard let gate = model.exitGate else { return nil }
    guard let tolerance = gateTolerance() else {
      ledger.skip(
        "exit gate of \(place)", why: "the reference states no gate_logits_abs and exit_pdf_abs")
      return nil
    }
    try compareGate(gate, replay, "", tolerance, factor: 1, &tensors, place)
    if let expected = try tensors.all("logits_weighted") {
      let distributions = distributions(gate, replay)
      let ours = distributions.enumerated().flatMap { token, distribution in
        distribution.weighted(replay.tables.map { $0.row(token) })
      }
      let allowed = reference.tolerance.logits[reference.iterations - 1]
      ledger.compare(
        "logits_weighted", iteration: nil, ours, with: expected, place: place
      ) { _ in allowed }
    }
    return (gate, tolerance)
  }

  /// What the head reads of the state that each loop leaves.
  private mutating func compareReadout(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    guard tensors.has("readout") else { return }
    for iteration in 1...reference.iterations {
      let state = replay.context.start(replay.states[iteration])
      let ours = try model.decode(state, in: replay.context, .plain).hidden
      let allowed = reference.tolerance.states[iteration - 1]
      try compareRow("readout", ours.values, iteration, &tensors, place, iteration) { _ in allowed }
    }
  }

  /// The states of each loop as the layers leave them, where the model norms them after.
  private mutating func compareBeforeNorm(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    guard tensors.has("states_prenorm"), let looped = model as? LoopedModel else { return }
    guard let allowed = reference.tolerance("states_prenorm_abs") else {
      return ledger.skip(
        "states_prenorm of \(place)", why: "the reference states no states_prenorm_abs")
    }
    for iteration in 1...reference.iterations {
      let states = try looped.stepBeforeAndAfterNorm(
        replay.context.start(replay.states[iteration - 1]), in: replay.context, .plain)
      ledger.expect(
        states.after.rows == replay.states[iteration], family: "states_prenorm",
        iteration: iteration,
        place: "\(place): the norm of it is the state")
      try compareRow(
        "states_prenorm", states.before.values, iteration, &tensors, place, iteration
      ) { _ in allowed }
    }
  }

  private func distributions(_ gate: ExitGate, _ replay: Replay) -> [ExitDistribution] {
    let logits = replay.states.dropFirst().map(gate.logits)  // [loops][tokens]
    return (0..<replay.state.rows).map { token in
      ExitDistribution(gateLogits: logits.map { $0[token] })
    }
  }

  /// Gate, distribution and chosen loops of one run.
  /// - Parameter prefix: what stands before the names of this run's tensors.
  private mutating func compareGate(
    _ gate: ExitGate, _ replay: Replay, _ prefix: String, _ tolerance: GateTolerance,
    factor: Float, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    let distributions = distributions(gate, replay)
    for (loop, state) in replay.states.dropFirst().enumerated() {
      let iteration = loop + 1
      try compareRow(
        "\(prefix)gate_logits", gate.logits(of: state), iteration, &tensors, place, iteration
      ) { _ in factor * tolerance.logits }
      let kinds: [(String, KeyPath<ExitDistribution, [Float]>)] = [
        ("lambda", \.lambda), ("exit_pdf", \.density), ("exit_cdf", \.cumulative),
      ]
      for (name, values) in kinds {
        try compareRow(
          prefix + name, distributions.map { $0[keyPath: values][loop] }, iteration, &tensors,
          place, iteration
        ) { _ in factor * tolerance.density }
      }
    }
    try compareExits(distributions, prefix, factor * tolerance.density, &tensors, place)
  }

  /// Chosen loops must be the same wherever no CDF value is within rounding of the threshold.
  private mutating func compareExits(
    _ distributions: [ExitDistribution], _ prefix: String, _ allowed: Float,
    _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    for ending in tensors.endings(of: "\(prefix)exit_step.t") {
      let name = "\(prefix)exit_step.t\(ending)"
      guard let threshold = Float(ending), let expected = try tensors.integers(name),
        expected.count == distributions.count
      else {
        ledger.skip("\(name) of \(place)", why: "it is not one loop a token")
        continue
      }
      for (token, (ours, loop)) in zip(distributions, expected).enumerated() {
        // The last loop is chosen when none is reached, so its own value decides nothing.
        let gap = ours.cumulative.dropLast().map { abs($0 - threshold) }.min() ?? .infinity
        guard gap > allowed else {
          ledger.skip("\(name) of \(place)[\(token)]", why: "the CDF is at the threshold itself")
          continue
        }
        ledger.expect(
          ours.exit(threshold: threshold) == loop, family: name, iteration: nil,
          place: "\(place)[\(token)]")
      }
    }
  }

  /// `utN`, `loopsN`: the same weights run for N loops. Where the reference does not say what may
  /// deviate there, three times the deviation of a whole run may.
  private mutating func comparePastDepth(
    _ gate: (gate: ExitGate, tolerance: GateTolerance)?, _ replay: Replay,
    _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    let end = reference.iterations - 1
    let states = reference.tolerance("loops_states_abs") ?? 3 * reference.tolerance.states[end]
    let logits = reference.tolerance("loops_logits_abs") ?? 3 * reference.tolerance.logits[end]
    for kind in ["ut", "loops"] {
      let depths = Set(tensors.endings(of: kind).compactMap { Int($0.prefix { $0 != "." }) })
      for depth in depths.sorted() where depth > 0 && depth < 1 << 10 {
        var longer = Replay(
          model: model, context: replay.context, start: replay.context.start(replay.states[0]))
        let name = "\(kind)\(depth)"
        for iteration in 1...depth {
          try longer.advance()
          try compareRow(
            "\(name).states", longer.state.values, iteration, &tensors, place, iteration
          ) { _ in states }
          let last = longer.logits.row(longer.logits.rows - 1)
          try compareRow("\(name).logits_last", last, iteration, &tensors, place, iteration) { _ in
            logits
          }
        }
        guard let (gate, tolerance) = gate else { continue }
        try compareGate(gate, longer, "\(name).", tolerance, factor: 3, &tensors, place)
      }
    }
  }

  /// Gate logits alone, and what the rule makes of them.
  mutating func compareExitCases() {
    guard let allowed = reference.tolerance("exit_pdf_abs") else { return }
    for (index, item) in (reference.json["exit_cases"]?.array ?? []).enumerated() {
      let place = "case \(index)"
      guard let gates = item["gate_logits"]?.array?.compactMap(\.number), !gates.isEmpty else {
        ledger.skip("exit_cases[\(index)]", why: "it has no gate_logits")
        continue
      }
      let ours = ExitDistribution(gateLogits: gates.map { Float($0) })
      func compare(_ name: String, _ values: [Float], _ expected: [Double]?) {
        guard let expected else { return }
        ledger.compare(
          "exit_cases.\(name)", iteration: nil, values, with: expected.map { Float($0) },
          place: place
        ) { _ in allowed }
      }
      compare("exit_pdf", ours.density, item["exit_pdf"]?.array?.compactMap(\.number))
      compare("exit_cdf", ours.cumulative, item["exit_cdf"]?.array?.compactMap(\.number))
      compare("expected_step", [ours.expectedLoop], item["expected_step"]?.number.map { [$0] })
      let borderline = item["borderline_thresholds"]?.array?.compactMap(\.number) ?? []
      for member in item["exit_step"]?.members ?? [] {
        guard let threshold = Double(member.name), !borderline.contains(threshold) else { continue }
        ledger.expect(
          ours.exit(threshold: Float(threshold)) == member.value.integer,
          family: "exit_cases.exit_step",
          iteration: nil, place: "\(place) at \(member.name)")
      }
    }
  }
}
