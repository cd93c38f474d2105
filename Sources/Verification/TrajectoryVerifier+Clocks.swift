import LatentModels
import Tensors
import Trajectories

/// What references of models with two clocks have besides: the other state, every pass of every cycle, and
/// runs in other rhythms.
extension TrajectoryVerifier {
  /// Runs what does not depend on the iteration, with the tokens of a prompt looking at one another as the
  /// reference had them.
  mutating func begin(
    _ ids: [Int], _ tensors: inout ReferenceTensors, _ place: String
  ) throws -> PromptContext {
    guard let hierarchical = model as? HierarchicalModel,
      let types = try tensors.integers("token_type_ids"), types.count == ids.count
    else { return try model.begin(ids) }
    let block = types.map { $0 == 1 }
    if let mask = try tensors.integers("mask"), mask.count == ids.count * ids.count {
      for row in ids.indices {
        let ours = ids.indices.map { $0 <= row || block[row] && block[$0] ? 1 : 0 }
        ledger.expect(
          ours == Array(mask[row * ids.count..<(row + 1) * ids.count]), family: "mask",
          iteration: nil, place: "\(place)[\(row)]")
      }
    }
    return try hierarchical.begin([ids], blocks: [block])
  }

  mutating func compareClocks(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    guard let hierarchical = model as? HierarchicalModel else { return }
    guard let low = reference.tolerance("z_L_abs"),
      let pass = reference.tolerance("pass_states_abs"),
      let before = reference.tolerance("states_prenorm_abs")
    else {
      return ledger.skip(
        "passes of \(place)",
        why: "the reference states no z_L_abs, pass_states_abs and states_prenorm_abs")
    }
    var passes: [HierarchicalModel.Pass] = []
    for iteration in 1...reference.iterations {
      let state = replay.context.start(replay.states[iteration - 1])
      // Numbers of iterations have no part in it, but for where keys are kept.
      let (some, after) = try hierarchical.passes(state, in: replay.context)
      ledger.expect(
        after.rows == replay.states[iteration], family: "passes", iteration: iteration,
        place: "\(place): they make the state")
      passes += some
      try compareRow(
        "z_L", hierarchical.trailing(after.rows).values, iteration, &tensors, place, iteration
      ) { _ in low }
      if let last = some.last {
        try compareRow(
          "states_prenorm", last.beforeNorm.values, iteration, &tensors, place, iteration
        ) { _ in before }
      }
    }
    try comparePasses(hierarchical, replay, passes, allowed: pass, &tensors, place)
    try compareRhythms(hierarchical, replay, &tensors, place)
  }

  /// The fast clock: what each pass wrote, against what stood there before.
  private mutating func comparePasses(
    _ model: HierarchicalModel, _ replay: Replay, _ passes: [HierarchicalModel.Pass],
    allowed: Float, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    let tolerance = reference.tolerance
    let logitsAllowed = reference.tolerance("pass_logits_abs") ?? allowed
    let beforeAllowed = reference.tolerance("pass_prenorm_abs") ?? allowed
    let tables = passes.map { model.logits($0.state, positions: 0..<$0.state.rows) }
    guard let last = tables.last else { return }
    var (high, low) = (model.leading(replay.states[0]), model.trailing(replay.states[0]))
    var earlier = Matrix(rows: last.rows, columns: last.columns)  // uniform
    let sum: (Float) -> Float = { tolerance.normsRelative * abs($0) + allowed }
    for (index, (pass, table)) in zip(passes, tables).enumerated() {
      let row = index + 1
      func compare(
        _ name: String, _ ours: some Collection<Float>, _ allowed: (Float) -> Float
      ) throws {
        try compareRow("pass.\(name)", ours, row, &tensors, place, row, allowed)
      }
      try compare("inputs", pass.input.values) { _ in 2 * allowed }
      try compare("states", pass.state.values) { _ in allowed }
      try compare("states_prenorm", pass.beforeNorm.values) { _ in beforeAllowed }
      let sizes = StateMetrics.measure(pass.beforeNorm, previous: nil).map { $0.norm ?? .nan }
      try compare("prenorm_norm", sizes) { tolerance.normsRelative * abs($0) + beforeAllowed }
      let measures = StateMetrics.measure(pass.state, previous: pass.isHigh ? high : low)
      try compare("residual_norm", measures.map { $0.residual ?? .nan }, sum)
      try compare("rel_residual", measures.map { $0.relativeResidual ?? .nan }, sum)
      try compare("cosine_prev", measures.map { $0.cosine ?? .nan }, sum)
      try compare("logits_last", table.row(table.rows - 1)) { _ in logitsAllowed }
      let statistics = (0..<table.rows).map {
        Operations.softmaxStatistics(table.row($0), previous: earlier.row($0))
      }
      try compare("entropy", statistics.map { Float($0.entropy) }) {
        tolerance.entropy + 1e-3 * abs($0)
      }
      try compare("kl", statistics.map { Float($0.divergenceFromPrevious ?? .nan) }) {
        tolerance.kl + 1e-3 * abs($0)
      }
      let toLast = (0..<table.rows).map {
        Operations.softmaxStatistics(table.row($0), previous: last.row($0))
      }
      try compare("kl_to_final", toLast.map { Float($0.divergenceFromPrevious ?? .nan) }) {
        tolerance.kl + 1e-3 * abs($0)
      }
      if let ids = try tensors.integers("pass.argmax"), ids.count == passes.count * table.rows,
        let margins = try tensors.row("pass.top2_margin", row, of: passes.count)
      {
        for (token, margin) in margins.enumerated() where margin > 2 * logitsAllowed {
          let logits = Array(table.row(token))
          let best = logits.indices.max { logits[$0] < logits[$1] }
          ledger.expect(
            best == ids[index * table.rows + token], family: "pass.argmax", iteration: row,
            place: "\(place)[\(token)]")
        }
      }
      earlier = table
      if pass.isHigh { high = pass.state } else { low = pass.state }
    }
  }

  /// `hNlM`: the same weights in N cycles of M low passes.
  private mutating func compareRhythms(
    _ model: HierarchicalModel, _ replay: Replay, _ tensors: inout ReferenceTensors,
    _ place: String
  ) throws {
    let end = reference.iterations - 1
    let states =
      reference.tolerance("variant_states_abs") ?? 3 * reference.tolerance.states[end]
    let logits =
      reference.tolerance("variant_logits_abs") ?? 3 * reference.tolerance.logits[end]
    for rhythm in Set(tensors.endings(of: "h").map { $0.prefix { $0 != "." } }).sorted() {
      let numbers = rhythm.split(separator: "l").map { Int($0) ?? 0 }
      guard numbers.count == 2, numbers.allSatisfy({ (1..<64).contains($0) }) else { continue }
      var run = Replay(
        model: model.variant(lowPasses: numbers[1]), context: replay.context,
        start: replay.context.start(replay.states[0]))
      for cycle in 1...numbers[0] {
        try run.advance()
        try compareRow(
          "h\(rhythm).states", model.leading(run.state).values, cycle, &tensors, place, cycle
        ) { _ in states }
        let last = run.logits.row(run.logits.rows - 1)
        try compareRow("h\(rhythm).logits_last", last, cycle, &tensors, place, cycle) { _ in
          logits
        }
      }
    }
  }
}
