import Checkpoints
import Generation
import LatentModels
import Tensors
import Trajectories

/// Generates what a reference generated and compares tokens, logits, iterations, exit values and
/// what the cache held.
public struct GenerationVerifier {
  private let model: any LatentModel
  private let reference: ReferenceCase

  public init(model: any LatentModel, reference: ReferenceCase) {
    self.model = model
    self.reference = reference
  }

  /// Adds families `generation.NAME.…` and `forward.NAME.…` to the ledger; what is not compared is
  /// listed with the reason.
  public func run(into ledger: inout ErrorLedger) throws {
    let entries = reference.json["generation"]?.array ?? []
    let forwards = reference.json["forward_with_adaptive_compute"]?.array ?? []
    guard !entries.isEmpty || !forwards.isEmpty else {
      return ledger.skip("generation", why: "the reference has none")
    }
    for json in entries {
      let model = Self.model(model, of: json)
      let entry = GenerationEntry(json, reference, model)
      do throws(GenerationEntry.Unsupported) {
        if json["draft_steps"] != nil {
          try speculate(entry, model, &ledger)
        } else if json["freeze_strategy"] != nil {
          try compareWavefront(entry, model, &ledger)
        } else {
          try generate(entry, model, &ledger)
        }
      } catch {
        ledger.skip("generation.\(entry.name) (\(entry.prompt))", why: error.reason)
      }
    }
    for json in forwards {
      let entry = GenerationEntry(json, reference, model)
      do throws(GenerationEntry.Unsupported) {
        try forward(entry, model, &ledger)
      } catch {
        ledger.skip("forward.\(json["criterion"]?.string ?? "")", why: error.reason)
      }
    }
  }

  /// A model with two clocks in the rhythm of an entry, and with prompts that look as they did there.
  private static func model(_ model: any LatentModel, of json: JSONValue) -> any LatentModel {
    guard let hierarchical = model as? HierarchicalModel else { return model }
    let types = json["token_type_ids"]?.array ?? []
    return hierarchical.variant(
      lowPasses: json["L_cycles"]?.integer.flatMap { (1..<64).contains($0) ? $0 : nil },
      looksBothWays: types.contains { $0.integer == 1 })
  }

  private typealias Unsupported = GenerationEntry.Unsupported

  private func generate(
    _ entry: GenerationEntry, _ model: any LatentModel, _ ledger: inout ErrorLedger
  ) throws(Unsupported) {
    let (start, table) = try entry.start()
    var options = GenerationOptions(
      iterations: try entry.policy(), start: start, cache: try entry.cache())
    options.givenState = table
    switch entry.name {
    case "continuous_minimal": options.warmStart = .normalized
    case "continuous_adaptive": options.warmStart = .raw
    default: break
    }
    let expected = try entry.integers("new_tokens")
    let prompt = try entry.integers("prompt_ids")
    let family = "generation.\(entry.name)"
    var tokens: [GeneratedToken] = []
    let generator: Generator
    do {
      var run = try Generator(model: model, prompt: prompt, options: options)
      for _ in expected { tokens.append(try run.next()) }
      generator = run
    } catch {
      throw Unsupported(reason: "\(error)")
    }
    ledger.expect(
      tokens.map(\.id) == expected, family: "\(family).tokens", iteration: nil,
      place: entry.prompt)
    try compareLogits(tokens, entry, family, &ledger)
    compareIterations(tokens, entry, key: "steps", family, &ledger)
    // Loops are counted from 0 there.
    if let loops = entry.json["exit_steps"]?.array?.compactMap(\.integer) {
      ledger.expect(
        tokens.map { $0.iterations - 1 } == loops, family: "\(family).exit-steps",
        iteration: nil, place: entry.prompt)
    }
    if let count = entry.json["kv_slots"]?.integer {
      ledger.expect(
        generator.memory.positions().count == count, family: "\(family).slot-count",
        iteration: nil, place: entry.prompt)
    }
    if let slots = entry.json["cache_slots"]?.array?.compactMap(\.integer) {
      ledger.expect(
        generator.memory.positions().keys.sorted() == slots.sorted(),
        family: "\(family).slot-numbers", iteration: nil, place: entry.prompt)
    }
    if let bytes = entry.json["kv_bytes_fp32"]?.integer {
      ledger.expect(
        generator.memory.bytes == bytes, family: "\(family).bytes", iteration: nil,
        place: "\(entry.prompt): \(generator.memory.bytes)")
    }
    if let slots = entry.json["cached_slots"]?.members {
      let ours = generator.memory.positions()
      let same =
        slots.count == ours.count
        && slots.allSatisfy { slot in
          ours[Int(slot.name) ?? .min] == slot.value.array?.compactMap(\.integer)
        }
      ledger.expect(same, family: "\(family).slots", iteration: nil, place: entry.prompt)
    }
  }

  private func speculate(
    _ entry: GenerationEntry, _ model: any LatentModel, _ ledger: inout ErrorLedger
  ) throws(Unsupported) {
    let (start, table) = try entry.start()
    var options = SpeculativeGenerator.Options(
      draftIterations: try entry.count("draft_steps"), lookahead: try entry.count("lookahead"),
      iterations: try entry.count("num_steps"), start: start, cache: try entry.cache())
    options.givenState = table
    options.threshold = entry.json["verification_threshold"]?.number.map { Float($0) } ?? 1
    let expected = (entry.json["accepted_chunks"]?.array ?? []).map {
      ($0.array ?? []).compactMap(\.integer)
    }
    let prompt = try entry.integers("prompt_ids")
    var chunks: [[Int]] = []
    do {
      var run = try SpeculativeGenerator(model: model, prompt: prompt, options: options)
      for _ in expected { chunks.append(try run.next().map(\.id)) }
    } catch {
      throw Unsupported(reason: "\(error)")
    }
    let family = "generation.\(entry.name)"
    ledger.expect(
      chunks == expected, family: "\(family).chunks", iteration: nil, place: entry.prompt)
    ledger.expect(
      chunks.flatMap { $0 }.starts(with: try entry.integers("new_tokens")),
      family: "\(family).tokens", iteration: nil, place: entry.prompt)
  }

  private func forward(
    _ entry: GenerationEntry, _ model: any LatentModel, _ ledger: inout ErrorLedger
  ) throws(Unsupported) {
    guard case .adaptive(let policy, let maximum) = try entry.policy() else {
      throw Unsupported(reason: "it has no criterion")
    }
    guard let index = reference.prompts.firstIndex(where: { $0.name == entry.prompt }),
      let ids = reference.json["prompts"]?.array?[index]["ids"]?.array?.compactMap(\.integer)
    else { throw Unsupported(reason: "its prompt has no ids") }
    let (start, table) = try entry.start()
    let strategy = try entry.cache()
    let tokens: [GeneratedToken]
    do {
      tokens = try Generator.forward(
        ids, model: model, policy: policy, maximum: maximum, start: start, givenState: table,
        strategy: strategy)
    } catch {
      throw Unsupported(reason: "\(error)")
    }
    let family = "forward.\(policy.rule.name)"
    try compareLogits(tokens, entry, family, &ledger)
    compareIterations(tokens, entry, key: "compute_steps", family, &ledger)
  }

  private func compareLogits(
    _ tokens: [GeneratedToken], _ entry: GenerationEntry, _ family: String,
    _ ledger: inout ErrorLedger
  ) throws(Unsupported) {
    guard let name = entry.json["logits_tensor"]?.string else { return }
    guard let tensor = reference.tensors.tensors[name] else {
      throw Unsupported(reason: "\(name) is not among the tensors")
    }
    guard let tolerance = reference.tolerance("generation_logits_abs") else {
      throw Unsupported(reason: "the reference states no generation_logits_abs")
    }
    ledger.compare(
      "\(family).logits", iteration: nil, tokens.flatMap(\.logits), with: tensor.floats(),
      place: entry.prompt
    ) { _ in tolerance }
  }

  /// Iterations must be the same; exit values may differ by 1 % and float32 noise.
  private func compareIterations(
    _ tokens: [GeneratedToken], _ entry: GenerationEntry, key: String, _ family: String,
    _ ledger: inout ErrorLedger
  ) {
    if let steps = entry.json[key]?.array?.compactMap(\.integer) {
      ledger.expect(
        tokens.map(\.iterations) == steps, family: "\(family).steps", iteration: nil,
        place: entry.prompt)
    }
    guard let values = entry.json["exit_values"]?.array else { return }
    let noise: Float = entry.json["criterion"]?.string == "entropy-diff" ? 1e-5 : 3e-6
    for (index, (token, row)) in zip(tokens, values).enumerated() {
      let expected = (row.array ?? []).map { Float($0.number ?? .nan) }
      ledger.compare(
        "\(family).exit-values", iteration: nil, token.exitValues.map { $0 ?? .nan },
        with: expected, place: "\(entry.prompt), token \(index)"
      ) { 0.01 * abs($0) + noise }
    }
  }
}

/// One entry of the reference's `generation` list.
struct GenerationEntry {
  let json: JSONValue
  let reference: ReferenceCase
  let model: any LatentModel

  /// Why an entry is not compared.
  struct Unsupported: Error { let reason: String }

  init(_ json: JSONValue, _ reference: ReferenceCase, _ model: any LatentModel) {
    self.json = json
    self.reference = reference
    self.model = model
  }

  var name: String { json["name"]?.string ?? "?" }
  var prompt: String { json["prompt"]?.string ?? "?" }

  func integers(_ key: String) throws(Unsupported) -> [Int] {
    guard let values = json[key]?.array?.compactMap(\.integer), !values.isEmpty else {
      throw Unsupported(reason: "it has no \(key)")
    }
    return values
  }

  func count(_ key: String) throws(Unsupported) -> Int {
    guard let value = json[key]?.integer, (1..<1 << 20).contains(value) else {
      throw Unsupported(reason: "it has no \(key)")
    }
    return value
  }

  func policy() throws(Unsupported) -> IterationPolicy {
    if let readout = gateReadout {
      return .gated(readout, loops: model.facts.defaultIterations)
    }
    guard let criterion = json["criterion"]?.string else {
      if json["steps"] != nil {
        let steps = try integers("steps")
        guard steps.allSatisfy({ (1..<1 << 20).contains($0) }) else {
          throw Unsupported(reason: "its steps are no numbers of iterations")
        }
        return .scheduled(steps)
      }
      let keys = ["num_loops", "H_cycles"]
      return .fixed(try count(keys.first { json[$0] != nil } ?? "num_steps"))
    }
    guard let rule = ExitRule.named(criterion) else {
      throw Unsupported(reason: "exit rule \(criterion) is not known here")
    }
    var policy = ExitPolicy(rule, threshold: json["threshold"]?.number.map { Float($0) })
    policy.exitsInPrefill = json["do_not_exit_in_prefill"]?.bool != true
    // The one entry with other checks says so in its name.
    if name.hasSuffix("_min3_every2") {
      policy.minimumIterations = 3
      policy.checkInterval = 2
    }
    return .adaptive(policy, maximum: try count("max_steps"))
  }

  /// Some references say it in words, some by the scale of s₀: a saved table stands for drawn states.
  private var startName: String? {
    if let name = json["s0"]?.string { return name }
    if let scale = json["init_scale"]?.number { return scale == 0 ? "zero" : "table" }
    return ["zero", "table"].first { name.hasSuffix("_\($0)") }
  }

  /// Published precedence: a loop that exists, then a threshold, then the weighted sum. A loop that does
  /// not exist falls through to the configuration's threshold of 1, which means the last one.
  private var gateReadout: GateReadout? {
    if let loop = json["exit_at_step"]?.integer {
      return (0..<model.facts.defaultIterations).contains(loop) ? .loop(loop) : .threshold(1)
    }
    if let threshold = json["exit_threshold"]?.number { return .threshold(Float(threshold)) }
    return json["use_weighted_exit"]?.bool == true ? .weighted : nil
  }

  /// The start, with the table that it may mean.
  func start() throws(Unsupported) -> (Start, Matrix?) {
    if model.facts.hasFixedStart { return (.embedded, nil) }
    switch startName {
    case "zero": return (.zero, nil)
    case "table":
      guard let table = reference.tensors.tensors["s0_table"], table.shape.count == 2 else {
        throw Unsupported(reason: "the reference has no s0_table")
      }
      return (
        .given(label: "s0_table"),
        Matrix(rows: table.rows, columns: table.rowLength, values: table.floats())
      )
    default: throw Unsupported(reason: "it does not say where its states start")
    }
  }

  func cache() throws(Unsupported) -> CacheStrategy {
    do throws(CacheStrategyError) {
      return try CacheStrategy(parsing: json["cache"]?.string ?? "full")
    } catch {
      throw Unsupported(reason: error.description)
    }
  }
}
