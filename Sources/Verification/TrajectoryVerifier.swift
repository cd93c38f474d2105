import Checkpoints
import LatentModels
import Tensors
import Trajectories

/// Runs a model over the prompts of a reference case and compares everything the reference has of
/// them: prelude, states, predictions, metrics and projections.
public struct TrajectoryVerifier {
  let model: any LatentModel
  let reference: ReferenceCase
  var ledger = ErrorLedger()
  private var hasSaidStart = false

  public init(model: any LatentModel, reference: ReferenceCase) {
    self.model = model
    self.reference = reference
  }

  /// Compares all prompts.
  /// - Parameter progress: told prompts done and prompts in all.
  public mutating func run(progress: (Int, Int) -> Void = { _, _ in }) throws -> ErrorLedger {
    var used: Set<String> = []
    for (index, prompt) in reference.prompts.enumerated() {
      used.formUnion(try verify(prompt))
      progress(index + 1, reference.prompts.count)
    }
    compareExitCases()
    listUncompared(used)
    listAbsent(used)
    return ledger
  }

  private mutating func verify(_ prompt: ReferenceCase.Prompt) throws -> Set<String> {
    var tensors = ReferenceTensors(file: reference.tensors, key: prompt.key)
    guard let ids = try tensors.integers("ids") else {
      ledger.skip("prompt \(prompt.name)", why: "it has no \(prompt.key).ids")
      return tensors.used
    }
    let place = prompt.name
    let context = try begin(ids, &tensors, place)
    guard let start = try initial(prompt, &tensors, context) else { return tensors.used }
    let tolerance = reference.tolerance
    let embedded = reference.tolerance("embed_abs") ?? tolerance.states[0]
    try compareRow(
      "embed", model.leading(context.embedded).values, nil, &tensors, place, 1,
      computed: computed(place, 0, .embedded)
    ) { _ in embedded }
    var replay = Replay(model: model, context: context, start: start)
    let norms = StateMetrics.measure(model.leading(start.rows), previous: nil)
      .map { $0.norm ?? .nan }
    try compareRow("state_norm", norms, 0, &tensors, place, 1) {
      tolerance.normsRelative * abs($0) + tolerance.states[0]
    }
    let logits = try LogitReferences(&tensors)
    for iteration in 1...reference.iterations {
      try replay.advance()
      try compareState(replay, iteration, &tensors, place)
      try compareReading(replay, iteration, &tensors, logits, place)
    }
    try compareEnd(replay, &tensors, place)
    try compareProjection(replay, &tensors, place)
    try compareLoops(replay, &tensors, place)
    try compareClocks(replay, &tensors, place)
    try compareOtherStarts(replay, &tensors, place)
    return tensors.used
  }

  /// The state the reference started from; nil, with a word in the ledger, when that is unknown.
  private mutating func initial(
    _ prompt: ReferenceCase.Prompt, _ tensors: inout ReferenceTensors, _ context: PromptContext
  ) throws -> LatentState? {
    if let start = try tensors.matrix("s0") {
      return try model.initialState(
        .given(label: "\(prompt.key).s0"), given: start, in: context)
    }
    guard model.facts.hasFixedStart else {
      ledger.skip("prompt \(prompt.name)", why: "it has no \(prompt.key).s0 to start from")
      return nil
    }
    if !hasSaidStart {
      ledger.skip("s0", why: "the reference has none; this model starts from its prompt")
    }
    hasSaidStart = true
    return try model.initialState(model.facts.usualStart, in: context)
  }

  // MARK: what is compared

  private mutating func compareState(
    _ replay: Replay, _ iteration: Int, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    let absolute = reference.tolerance.states[iteration - 1]
    let relative = reference.tolerance.normsRelative
    let measures = replay.measures
    try compareRow(
      "states", model.leading(replay.state).values, iteration, &tensors, place, iteration,
      computed: computed(place, iteration, nil)
    ) { _ in absolute }
    // Norms and residuals are sums over the width of numbers that may each be off by `absolute`.
    let sum: (Float) -> Float = { relative * abs($0) + absolute }
    try compareRow(
      "state_norm", measures.map { $0.norm ?? .nan }, iteration, &tensors, place, iteration + 1, sum
    )
    try compareRow(
      "residual_norm", measures.map { $0.residual ?? .nan }, iteration, &tensors, place, iteration,
      sum)
    try compareRow(
      "rel_residual", measures.map { $0.relativeResidual ?? .nan }, iteration, &tensors, place,
      iteration, sum)
    if iteration > 1 || measures.allSatisfy({ $0.cosine != nil }) {
      try compareRow(
        "cosine_prev", measures.map { $0.cosine ?? .nan }, iteration, &tensors, place, iteration,
        sum)
    }
  }

  private mutating func compareReading(
    _ replay: Replay, _ iteration: Int, _ tensors: inout ReferenceTensors,
    _ logits: LogitReferences, _ place: String
  ) throws {
    let tolerance = reference.tolerance
    let allowed = tolerance.logits[iteration - 1]
    let last = replay.logits.rows - 1
    if let expected = logits.all, let row = expected.row(iteration, of: reference.iterations) {
      compareLogits("logits", replay.logits.values, row, iteration, place, allowed)
    }
    if let expected = logits.last, let row = expected.row(iteration, of: reference.iterations) {
      compareLogits("logits_last", replay.logits.row(last), row, iteration, place, allowed)
    }
    if let (stride, expected) = logits.every, iteration % stride == 0,
      let row = expected.row(iteration / stride, of: reference.iterations / stride)
    {
      compareLogits("logits_every\(stride)", replay.logits.values, row, iteration, place, allowed)
    }
    let entropyTolerance: (Float) -> Float = { tolerance.entropy + 1e-3 * abs($0) }
    let klTolerance: (Float) -> Float = { tolerance.kl + 1e-3 * abs($0) }
    try compareRow(
      "entropy", replay.entropies, iteration, &tensors, place, iteration, entropyTolerance)
    try compareRow("kl", replay.divergences, iteration, &tensors, place, iteration, klTolerance)
    try compareRow(
      "kl_reverse", replay.reverseDivergences, iteration, &tensors, place, iteration, klTolerance)
    try compareArgmax(replay, iteration, allowed, &tensors, place)
  }

  private mutating func compareLogits(
    _ family: String, _ ours: some Collection<Float>, _ expected: ArraySlice<Float>,
    _ iteration: Int, _ place: String, _ allowed: Float
  ) {
    ledger.compare(family, iteration: iteration, ours, with: expected, place: place) { _ in allowed
    }
  }

  /// The likeliest token must be the same wherever the reference's lead is past rounding.
  private mutating func compareArgmax(
    _ replay: Replay, _ iteration: Int, _ allowed: Float, _ tensors: inout ReferenceTensors,
    _ place: String
  ) throws {
    let tokens = replay.logits.rows
    guard let argmax = try tensors.integers("argmax"), argmax.count >= iteration * tokens,
      let margins = try tensors.row("top2_margin", iteration, of: reference.iterations)
    else { return }
    let expected = argmax[(iteration - 1) * tokens..<iteration * tokens]
    let leads = zip(replay.best, zip(expected, margins)).enumerated()
    for (token, (best, (id, margin))) in leads where margin > 2 * allowed {
      ledger.expect(
        best.id == id, family: "argmax", iteration: iteration, place: "\(place)[\(token)]")
    }
    ledger.compare(
      "top2_margin", iteration: iteration, replay.best.map(\.margin), with: margins, place: place
    ) { _ in 2 * allowed }
  }

  private mutating func compareEnd(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    let end = reference.iterations - 1
    let states = reference.tolerance.states[end]
    let logits = reference.tolerance.logits[end]
    let relative = reference.tolerance.normsRelative
    let kl = reference.tolerance.kl
    if let expected = try tensors.all("latent_states_forward") {
      let ours = model.normalized(replay.state).values
      ledger.compare(
        "latent_states_forward", iteration: nil, ours, with: expected, place: place
      ) { _ in states }
    }
    if let expected = try tensors.all("logits_final") {
      ledger.compare(
        "logits_final", iteration: nil, replay.logits.values, with: expected, place: place
      ) { _ in logits }
    }
    if tensors.has("dist_to_final") {
      let distances = StateMetrics.distances(
        to: model.normalized(replay.state), of: replay.states.map(model.normalized))
      for (iteration, row) in distances.enumerated() {
        try compareRow("dist_to_final", row, iteration, &tensors, place, iteration + 1) {
          relative * abs($0) + 2 * states
        }
      }
    }
    if tensors.has("kl_to_final") {
      for (index, row) in replay.divergencesToLast().enumerated() {
        try compareRow("kl_to_final", row, index + 1, &tensors, place, index + 1) {
          kl + 1e-3 * abs($0)
        }
      }
    }
  }

  /// The reference states no tolerance for projections; 1e-3 of each component's spread is ours.
  private mutating func compareProjection(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    guard let expected = try tensors.all("pca.projection"),
      let ratios = try tensors.all("pca.explained_variance_ratio"),
      let variances = try tensors.all("pca.explained_variance")
    else { return }
    let normalized = replay.states.map(model.normalized)
    let fit = ProjectionFit(token: nil, iterations: 0...reference.iterations)
    let samples = Matrix(
      rows: normalized.reduce(0) { $0 + $1.rows }, columns: normalized[0].columns,
      values: normalized.flatMap(\.values))
    let projector = try Projector(fit, samples: samples, isCancelled: { false })
    ledger.compare(
      "pca.explained_variance_ratio", iteration: nil, projector.explainedVarianceRatio,
      with: ratios, place: place
    ) { _ in 1e-4 }
    let spread = Float(variances.max() ?? 1).squareRoot()
    let ours = normalized.flatMap { projector.project($0).flatMap { $0 } }
    ledger.compare("pca.projection", iteration: nil, ours, with: expected, place: place) { _ in
      1e-3 * spread
    }
  }

  /// Compares our numbers of one iteration with row `row` (from 1) of a reference tensor, if the
  /// reference has it.
  mutating func compareRow(
    _ name: String, _ ours: some Collection<Float>, _ iteration: Int?,
    _ tensors: inout ReferenceTensors, _ place: String, _ row: Int,
    computed: ComputedTokens? = nil, _ tolerance: (Float) -> Float
  ) throws {
    let expected =
      iteration == nil ? try tensors.all(name)?[...] : try tensors.row(name, row, of: nil)
    guard let expected else { return }
    ledger.compare(
      name, iteration: iteration, ours, with: expected, place: place, computed: computed,
      tolerance: tolerance)
  }

  /// Rows of the model's width, of a prompt by its name.
  private func computed(_ name: String, _ iteration: Int, _ site: Site?) -> ComputedTokens {
    ComputedTokens(
      place: ComputedPlace(
        prompt: reference.prompts.firstIndex { $0.name == name } ?? 0, promptName: name,
        iteration: iteration, site: site), width: model.facts.width)
  }

  /// Names that `GenerationVerifier` looks at, by how they begin.
  private static let generated = ["gen.", "fwd_adaptive.", "s0_table"]

  private mutating func listUncompared(_ used: Set<String>) {
    var groups: [String: Int] = [:]
    for name in (Array(reference.tensors.tensors.keys) + reference.tensors.skipped.keys)
    where !used.contains(name) && !Self.generated.contains(where: name.hasPrefix) {
      let parts = name.split(separator: ".")
      let isPrompt = parts.first.map { $0.first == "p" && Int($0.dropFirst()) != nil } ?? false
      let group = isPrompt ? parts.dropFirst().joined(separator: ".") : String(parts.first ?? "")
      groups[group, default: 0] += 1
    }
    for (group, count) in groups.sorted(by: { $0.key < $1.key }) {
      ledger.skip("\(group) (\(count) tensors)", why: "not a quantity this program compares")
    }
  }

  /// What this program could have compared, had the reference had it.
  private static let quantities = [
    "embed", "states", "state_norm", "residual_norm", "rel_residual", "cosine_prev", "entropy",
    "kl", "kl_reverse", "kl_to_final", "argmax", "top2_margin", "logits_final", "dist_to_final",
    "latent_states_forward", "pca.projection",
  ]

  private mutating func listAbsent(_ used: Set<String>) {
    let names = Set(
      used.map { $0.split(separator: ".", maxSplits: 1).dropFirst().joined(separator: ".") })
    let gate = model.exitGate == nil ? [] : Self.gateQuantities
    for quantity in Self.quantities + gate where !names.contains(quantity) {
      ledger.skip(quantity, why: "the reference has none")
    }
    if !names.contains("logits"), !names.contains(where: { $0.hasPrefix("logits_") }) {
      ledger.skip("logits", why: "the reference has none")
    }
  }
}
