import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// Runs a continuous-thought model over the prompts of a reference and compares everything it has of
/// them: the prompt's hidden states, thoughts, what is read out of them, what follows after every
/// number of thoughts, with given noise, with given dropout masks, and as a batch of copies.
public struct ThoughtVerifier {
  let model: any LatentModel
  let reference: ThoughtReference
  /// Scores copies and beams; nil where there is none.
  let judge: (any StepJudge)?
  var ledger = ErrorLedger()
  private var used: Set<String> = []

  /// - Parameter judge: of the reference's scores; without one they are not compared.
  public init(
    model: any LatentModel, reference: ThoughtReference, judge: (any StepJudge)? = nil
  ) {
    self.model = model
    self.judge = judge
    self.reference = reference
  }

  /// One prompt of the reference, and its tensors.
  struct Prompt {
    let name: String
    let json: JSONValue
    var tensors: ReferenceTensors
  }

  /// Compares all prompts.
  public mutating func run() throws -> ErrorLedger {
    guard let end = compareTokens() else { return ledger }
    for index in reference.prompts.indices {
      let json = reference.prompts[index]
      var prompt = Prompt(
        name: "prompt \(index)", json: json,
        tensors: ReferenceTensors(file: reference.tensors, key: "p\(index)"))
      let stored = try prompt.tensors.integers("input_ids")
      guard let ids = stored ?? Self.ids(json["input_ids"]) else {
        ledger.skip(prompt.name, why: "it has no input_ids")
        continue
      }
      try compareReading(ids, &prompt)
      for way in [ThoughtReference.Way.plain, .noisy] {
        try compare(way, ids, end: end, &prompt)
      }
      try compareDropout(ids, end: end, &prompt)
      try compareCopies(ids, end: end, &prompt)
      try compareScores(ids, &prompt)
      try compareBeams(ids, &prompt)
      used.formUnion(prompt.tensors.used)
    }
    listUncompared()
    return ledger
  }

  static func ids(_ json: JSONValue?) -> [Int]? {
    json?.array.map { $0.compactMap(\.integer) }
  }

  /// The tokens around thoughts, which models find by their content.
  /// - Returns: the one that ends them; nil, with a word in the ledger, where there is none.
  private mutating func compareTokens() -> Int? {
    let tokens = model.facts.thoughts?.tokens
    let stated = reference.json["ids"]
    for (name, found) in [
      ("start", tokens?.start), ("latent", tokens?.latent), ("end", tokens?.end),
    ] {
      guard let id = stated?[name]?.integer else { continue }
      ledger.expect(
        found == id, family: "token-ids", iteration: nil,
        place: "\(name): \(found.map(String.init) ?? "none"), the reference has \(id)")
    }
    guard tokens != nil else {
      ledger.expect(
        false, family: "thoughts", iteration: nil,
        place: "this model has no continuous thoughts (\(model.facts.family))")
      return nil
    }
    guard let end = stated?["end"]?.integer ?? tokens?.end else {
      ledger.skip("all runs", why: "nothing says which token ends the thoughts")
      return nil
    }
    return end
  }

  // MARK: Comparing

  /// Compares rows of numbers, where the reference has the tensor.
  mutating func compare(
    _ family: String, _ ours: some Collection<Float>, with name: String, part: Int = 0,
    of parts: Int = 1, iteration: Int? = nil, kind: String, _ prompt: inout Prompt
  ) throws {
    guard let all = try prompt.tensors.all(name) else { return }
    let length = all.count / parts
    guard all.count == length * parts else {
      return ledger.expect(
        false, family: family, iteration: iteration,
        place: "\(prompt.name) \(name): \(all.count) numbers are not \(parts) equal parts")
    }
    let allowed = reference.tolerance(kind)
    ledger.compare(
      family, iteration: iteration, ours, with: all[part * length..<(part + 1) * length],
      place: "\(prompt.name) \(name)"
    ) { _ in allowed }
  }

  /// Compares token ids, which must be the same.
  mutating func compare(
    _ family: String, _ ours: [Int], with expected: [Int]?, iteration: Int?, _ prompt: Prompt
  ) {
    guard let expected else { return }
    ledger.expect(
      ours == expected, family: family, iteration: iteration,
      place: "\(prompt.name): \(ours), the reference has \(expected)")
  }

  /// The prompt's own states, block by block, and what is read out of them.
  private mutating func compareReading(_ ids: [Int], _ prompt: inout Prompt) throws {
    let layers = model.facts.layers.core
    let seen = SiteLog()
    let sites = Set((1...layers).map { Site(.prelude, $0, .stream) })
    let hooks = Hooks([Hook.reading(sites) { seen.add($0) }])
    let context = try model.begin([ids], after: nil, Call(hooks: hooks))
    let name = "det.prefill_hidden_states"
    for block in 1..<max(2, layers) where layers > 1 {
      guard let values = seen.values[Site(.prelude, block, .stream)] else { continue }
      try compare(
        "prompt.blocks", values.values, with: name, part: block, of: layers + 1, iteration: block,
        kind: "states", &prompt)
    }
    try compare(
      "prompt.blocks", context.embedded.values, with: name, part: layers, of: layers + 1,
      iteration: layers, kind: "states", &prompt)
    let logits = model.logits(context.embedded, positions: 0..<ids.count)
    try compare(
      "prompt.logits", logits.values, with: "det.prefill_logits", kind: "logits", &prompt)
  }

  /// Names what the reference has and nobody looked at.
  private mutating func listUncompared() {
    var groups: [String: Int] = [:]
    for name in reference.names where !used.contains(name) {
      groups[name.split(separator: ".").dropFirst().joined(separator: "."), default: 0] += 1
    }
    for (group, count) in groups.sorted(by: { $0.key < $1.key }) {
      ledger.skip(
        count == 1 ? group : "\(group) (\(count) tensors)",
        why: Self.isJudged(group) && judge == nil
          ? "a judge's, and none is here; --judge says where"
          : "not a quantity this program compares")
    }
  }
}
