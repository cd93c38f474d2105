import Checkpoints
import LatentModels
import ParallelScaling
import Synchronization
import Tensors
import Trajectories

/// What lay at sites of a run, the last of each.
final class SiteLog: Sendable {
  private let kept = Mutex<[Site: Matrix]>([:])

  var values: [Site: Matrix] { kept.withLock { $0 } }

  func add(_ value: SiteValue) { kept.withLock { $0[value.site] = value.values } }
}

/// Sequences that think, and what their thoughts were.
private struct ThoughtRun {
  /// After every number of thoughts, from 0.
  var states: [LatentState]
  /// The vectors that were fed back, as the feedback gave them and as the model read them.
  var clean: [Matrix] = []  // of [sequences, width]
  var fed: [Matrix] = []  // of [sequences, width]
}

extension ThoughtVerifier {
  /// What is done to the vectors that are fed back.
  private typealias Change = @Sendable (_ thought: Int) -> SiteEdit?

  /// Thinks `count` thoughts.
  /// - Parameters:
  ///   - change: of the thought of an iteration, from 1; and other hooks of that iteration.
  private func think(
    _ context: PromptContext, _ count: Int, change: @escaping Change,
    hooks: (Int) -> [Hook] = { _ in [] }
  ) throws -> ThoughtRun {
    var run = ThoughtRun(states: [try model.initialState(.usual, in: context)])
    for iteration in 1...count {
      let (before, after) = (SiteLog(), SiteLog())
      let all = [
        Hook.reading([.adapter]) { before.add($0) },
        Hook.rewriting([.adapter]) { _ in change(iteration) },
        Hook.reading([.adapter]) { after.add($0) },
      ]
      let call = Call(hooks: Hooks(all + hooks(iteration)))
      run.states.append(try model.step(run.states[iteration - 1], in: context, call))
      run.clean += [before.values[.adapter]].compactMap { $0 }
      run.fed += [after.values[.adapter]].compactMap { $0 }
    }
    return run
  }

  /// What follows the thoughts: the end token, then the likeliest token, again and again.
  /// - Returns: of every sequence the logits at each, and the ids.
  private func write(
    after state: LatentState, end: Int, count: Int
  ) throws -> (hidden: Matrix, logits: [Matrix], ids: [[Int]]) {
    let sequences = state.places.spans.count
    var context = try model.begin(
      Array(repeating: [end], count: sequences), after: state.memory, .plain)
    let hidden = context.embedded
    var logits: [Matrix] = []
    var ids = [[Int]](repeating: [], count: sequences)
    for place in 0..<count {
      let row = model.logits(context.embedded, positions: 0..<sequences)
      logits.append(row)
      for sequence in 0..<sequences {
        ids[sequence].append(Operations.topK(row.row(sequence), count: 1)[0].id)
      }
      guard place + 1 < count else { break }
      context = try model.begin(
        ids.map { [$0[place]] }, after: context.memory, .plain)
    }
    return (hidden, logits, ids)
  }

  /// A run, with the noise that the reference added.
  mutating func compare(
    _ way: ThoughtReference.Way, _ ids: [Int], end: Int, _ prompt: inout Prompt
  ) throws {
    let (key, count) = (way.key, reference.thoughts)
    guard prompt.tensors.has("\(key).thoughts") else { return }
    let noise = try prompt.tensors.all("\(key).noise")
    let width = model.facts.width
    if let noise, noise.count != count * width {
      return ledger.expect(
        false, family: "\(key).noise", iteration: nil,
        place: "\(prompt.name): \(noise.count) numbers are not \(count) thoughts of \(width)")
    }
    let run = try think(try model.begin([ids], after: nil, .plain), count) { iteration in
      noise.map { noise in
        let values = noise[(iteration - 1) * width..<iteration * width]
        return SiteEdit(rows: [(0, .add(Array(values)))])
      }
    }
    let json = prompt.json
    let written = way.written.lazy.compactMap { json[$0] }.first
    for iteration in 1...count {
      let part = iteration - 1
      try compare(
        "\(key).thoughts", run.fed[part].values, with: "\(key).thoughts", part: part, of: count,
        iteration: iteration, kind: "thoughts", &prompt)
      try compare(
        "\(key).clean_thoughts", run.clean[part].values, with: "\(key).clean_thoughts", part: part,
        of: count, iteration: iteration, kind: "thoughts", &prompt)
      try compareReadout(run, key, part, &prompt)
      let isLast = iteration == count
      let after = try write(
        after: run.states[iteration], end: end, count: Self.written(written, iteration) ?? 1)
      let name = "\(key).k\(iteration)"
      try compare(
        "\(key).end_hidden", after.hidden.values, with: "\(name).end_hidden", iteration: iteration,
        kind: "states", &prompt)
      try compare(
        "\(key).end_logits", after.logits[0].values, with: "\(name).end_logits",
        iteration: iteration, kind: "logits", &prompt)
      if isLast {
        try compare(
          "\(key).end_logits", after.logits[0].values, with: "\(key).end_logits",
          iteration: iteration, kind: "logits", &prompt)
        try compare(
          "\(key).cont_logits", after.logits.flatMap(\.values), with: "\(key).cont_logits",
          iteration: iteration, kind: "logits", &prompt)
        try compare(
          "\(key).last_hidden", run.states[count].rows.row(ids.count - 1),
          with: "\(key).last_latent_hidden", iteration: iteration, kind: "states", &prompt)
      }
      let expected = Self.ids(written?[String(iteration)]?["ids"])
      compare("\(key).ids", after.ids[0], with: expected, iteration: iteration, prompt)
      if isLast {
        compare(
          "\(key).ids", after.ids[0], with: Self.ids(written?["ids"]), iteration: iteration, prompt)
      }
    }
  }

  /// What is read out where a thought stands, with and without the noise on it.
  private mutating func compareReadout(
    _ run: ThoughtRun, _ key: String, _ part: Int, _ prompt: inout Prompt
  ) throws {
    let state = run.states[part].rows
    let logits = model.logits(state, positions: state.rows - 1..<state.rows)
    for name in ["readout_logits", "logits_before_each_latent"] {
      try compare(
        "\(key).readout", logits.values, with: "\(key).\(name)", part: part,
        of: reference.thoughts, iteration: part + 1, kind: "logits", &prompt)
    }
    let noisy = model.logits(run.fed[part], positions: 0..<1)
    try compare(
      "\(key).readout_noisy", noisy.values, with: "\(key).readout_logits_noisy", part: part,
      of: reference.thoughts, iteration: part + 1, kind: "logits", &prompt)
  }

  /// How many tokens the reference wrote after so many thoughts.
  private static func written(_ json: JSONValue?, _ thoughts: Int) -> Int? {
    (ids(json?[String(thoughts)]?["ids"]) ?? ids(json?["ids"]))?.count
  }

  /// A run with the elements dropped that the reference dropped.
  mutating func compareDropout(_ ids: [Int], end: Int, _ prompt: inout Prompt) throws {
    guard let first = try prompt.tensors.integers("mcd.mask_prefill"),
      let later = try prompt.tensors.integers("mcd.mask_latent")
    else { return }
    let (layers, width) = (model.facts.layers.core, model.facts.width)
    let perThought = layers * 2 * width
    guard first.count == perThought * ids.count, later.count % perThought == 0 else {
      return ledger.expect(
        false, family: "mcd.masks", iteration: nil,
        place: "\(prompt.name): \(first.count) and \(later.count) numbers for \(layers) layers of "
          + "\(width)")
    }
    let kept = Float(1 / (1 - reference.dropout))
    func hooks(_ part: Site.Part, _ mask: ArraySlice<Int>, rows: Int) -> [Hook] {
      let values = mask.map { Float($0) * kept }
      return (0..<layers).flatMap { layer in
        [Site.Kind.attention, .feedForward].enumerated().map { place, kind in
          let start = (layer * 2 + place) * rows * width
          let edit = SiteEdit(
            rows: (0..<rows).map { row in
              let from = start + row * width
              return (row, .multiply(Array(values[from..<from + width])))
            })
          return Hook.rewriting([Site(part, layer + 1, kind)]) { _ in edit }
        }
      }
    }
    let call = Call(hooks: Hooks(hooks(.prelude, first[...], rows: ids.count)))
    let context = try model.begin([ids], after: nil, call)
    let count = reference.thoughts
    func masks(_ iteration: Int) -> [Hook] {
      let start = (iteration - 1) * perThought
      // What has no mask was not dropped from.
      guard start < later.count else { return [] }
      return hooks(.core, later[start..<start + perThought], rows: 1)
    }
    let run = try think(context, count, change: { _ in nil }, hooks: masks)
    for part in 0..<count {
      try compare(
        "mcd.thoughts", run.fed[part].values, with: "mcd.thoughts", part: part, of: count,
        iteration: part + 1, kind: "thoughts", &prompt)
      try compareReadout(run, "mcd", part, &prompt)
    }
    let written = prompt.json["mc_dropout"]
    let after = try write(
      after: run.states[count], end: end, count: Self.ids(written?["ids"])?.count ?? 1)
    try compare(
      "mcd.end_hidden", after.hidden.values, with: "mcd.end_hidden", iteration: count,
      kind: "states", &prompt)
    try compare(
      "mcd.end_logits", after.logits[0].values, with: "mcd.end_logits", iteration: count,
      kind: "logits", &prompt)
    try compare(
      "mcd.cont_logits", after.logits.flatMap(\.values), with: "mcd.cont_logits", iteration: count,
      kind: "logits", &prompt)
    compare("mcd.ids", after.ids[0], with: Self.ids(written?["ids"]), iteration: count, prompt)
  }

  /// Copies with noise of their own, as one batch.
  mutating func compareCopies(_ ids: [Int], end: Int, _ prompt: inout Prompt) throws {
    let (count, width) = (reference.thoughts, model.facts.width)
    guard let noise = try prompt.tensors.all("samples.noise"), !noise.isEmpty,
      noise.count % (count * width) == 0
    else { return }
    let copies = noise.count / (count * width)
    let one = try model.begin([ids], after: nil, .plain)
    let context = PromptContext.joining(Array(repeating: one, count: copies))
    let run = try think(context, count) { iteration in
      SiteEdit(
        rows: (0..<copies).map { copy in
          let start = (copy * count + iteration - 1) * width
          return (copy, .add(Array(noise[start..<start + width])))
        })
    }
    for copy in 0..<copies {
      for part in 0..<count {
        try compare(
          "samples.thoughts", run.fed[part].row(copy), with: "samples.thoughts",
          part: copy * count + part, of: copies * count, iteration: part + 1, kind: "thoughts",
          &prompt)
      }
    }
    try compareSpread(run, copies, &prompt)
    compareChains(run, copies, prompt)
    let written = prompt.json["samples"]?["ids"]?.array
    let after = try write(
      after: run.states[count], end: end, count: Self.ids(written?.first)?.count ?? 1)
    try compare(
      "samples.end_logits", after.logits[0].values, with: "samples.end_logits", iteration: count,
      kind: "logits", &prompt)
    for copy in 0..<copies {
      let expected = written.flatMap { copy < $0.count ? Self.ids($0[copy]) : nil }
      compare("samples.ids", after.ids[copy], with: expected, iteration: count, prompt)
    }
  }

  /// The chain of embedding of every copy's thoughts.
  private mutating func compareChains(_ run: ThoughtRun, _ copies: Int, _ prompt: Prompt) {
    guard let expected = prompt.json["samples"]?["coe"]?.array, expected.count == copies else {
      return
    }
    for (copy, wanted) in expected.enumerated() {
      let chain = PathMeasures(run.fed.map { $0.row(copy).map(Double.init) }).chain
      for (name, ours) in [("coe_r", chain?.real), ("coe_c", chain?.complex)] {
        ledger.compare(
          "samples.\(name)", [ours ?? .nan], with: [wanted[name]?.number ?? .nan],
          place: "\(prompt.name) copy \(copy)", tolerance: 1e-4)
      }
    }
  }

  /// How far the copies are apart at every thought, and where they lie in a plane.
  private mutating func compareSpread(
    _ run: ThoughtRun, _ copies: Int, _ prompt: inout Prompt
  ) throws {
    let count = reference.thoughts
    let plain = try prompt.tensors.all("det.thoughts")
    let width = model.facts.width
    let spreads = (0..<count).map { part in
      CopySpread(run.fed[part], plain: plain.map { $0[part * width..<(part + 1) * width] })
    }
    let values: [(String, (CopySpread) -> Double?)] = [
      ("mean_pairwise_cosine_distance", { $0.pairwiseCosineDistance }),
      ("mean_pairwise_l2", { $0.pairwiseDistance }),
      ("mean_l2_to_deterministic", { $0.distanceToPlain }),
      ("mean_cosine_distance_to_deterministic", { $0.cosineDistanceToPlain }),
      ("drift_norm", { $0.drift }), ("dispersion_rms", { $0.dispersion }),
      ("drift_ratio", { $0.driftRatio }), ("top1_variance_fraction", { $0.largestShare }),
      ("participation_ratio", { $0.participationRatio }),
      ("effective_rank", { $0.effectiveRank }),
    ]
    for (name, value) in values {
      guard let expected = prompt.json["samples"]?["diversity"]?[name]?.array else { continue }
      ledger.compare(
        "samples.\(name)", spreads.map { $0.flatMap(value) ?? .nan },
        with: expected.map { $0.number ?? .nan }, place: prompt.name, tolerance: 1e-4)
    }
    guard let expected = try prompt.tensors.all("samples.pca2"),
      expected.count == copies * count * 2
    else { return }
    // All thoughts of all copies, copy by copy.
    let all = Matrix(
      rows: copies * count, columns: width,
      values: (0..<copies).flatMap { copy in run.fed.flatMap { $0.row(copy) } })
    let components = try PrincipalComponents(of: all, count: 2)
    ledger.compare(
      "samples.pca2", iteration: nil, components.project(all).values, with: expected,
      place: prompt.name
    ) { _ in 5e-4 }
  }
}
