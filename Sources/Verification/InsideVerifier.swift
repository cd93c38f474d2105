import Checkpoints
import Engine
import LatentModels
import Tensors
import Trajectories

/// Runs a model over the prompts of an inside reference and compares everything it has of them: block
/// by block, through lenses, edited, linearised, and put together from two runs.
///
/// What is wanted of a model is read from the tensors' shapes; a shape that is not the model's fails.
public struct InsideVerifier {
  let model: any LatentModel
  let reference: InsideReference
  var ledger = ErrorLedger()
  /// Tensors that were compared, or that said what to run.
  var used: Set<String> = []
  /// Numbers of the json that nothing says how to judge.
  var withoutTolerance: Set<String> = []

  public init(model: any LatentModel, reference: InsideReference) {
    self.model = model
    self.reference = reference
  }

  /// One prompt with its states up to the last iteration.
  struct Run {
    let prompt: InsideReference.Prompt
    let context: PromptContext
    let states: [LatentState]  // [iterations + 1]
  }

  /// Compares all prompts.
  public mutating func run() throws -> ErrorLedger {
    for prompt in reference.prompts {
      guard let run = try replay(prompt) else { continue }
      try compareBlocks(run)
      for lens in StreamLens.all { try compareLens(lens, run) }
      try compareAnswers(run)
      try compareDynamics(run)
    }
    try compareSurgery()
    try compareCausal()
    for name in withoutTolerance.sorted() {
      ledger.skip(name, why: "the reference states no tolerance for it")
    }
    listUncompared()
    return ledger
  }

  /// Runs a prompt; nil, with a word in the ledger, where the reference does not say from where.
  private mutating func replay(_ prompt: InsideReference.Prompt) throws -> Run? {
    guard let ids = try integers("\(prompt.key).ids") else {
      ledger.skip("prompt \(prompt.name)", why: "it has no \(prompt.key).ids")
      return nil
    }
    let context = try model.begin(ids)
    var start = model.facts.usualStart
    let given = matrix("\(prompt.key).s0")
    if given != nil {
      start = .given(label: "\(prompt.key).s0")
    } else if !model.facts.hasFixedStart {
      ledger.skip("prompt \(prompt.name)", why: "it has no \(prompt.key).s0 to start from")
      return nil
    }
    var states = [try model.initialState(start, given: given, in: context)]
    for iteration in 0..<reference.iterations {
      states.append(try model.step(states[iteration], in: context, .plain))
    }
    return Run(prompt: prompt, context: context, states: states)
  }

  // MARK: What the reference has

  func has(_ name: String) -> Bool {
    reference.tensors.tensors[name] != nil || reference.tensors.skipped[name] != nil
  }

  mutating func integers(_ name: String) throws -> [Int]? {
    guard reference.tensors.skipped[name] != nil else { return nil }
    used.insert(name)
    return try reference.tensors.integers(name)
  }

  mutating func floats(_ name: String) -> [Float]? {
    guard let tensor = reference.tensors.tensors[name] else { return nil }
    used.insert(name)
    return tensor.floats()
  }

  mutating func matrix(_ name: String) -> Matrix? {
    guard let tensor = reference.tensors.tensors[name], tensor.shape.count == 2 else { return nil }
    used.insert(name)
    return Matrix(rows: tensor.rows, columns: tensor.rowLength, values: tensor.floats())
  }

  /// A part of a tensor, by its place in the outermost dimensions.
  /// - Returns: nil where there is no such tensor, and no elements where it has no such part.
  mutating func part(_ name: String, _ index: [Int]) throws -> [Float]? {
    guard let tensor = reference.tensors.tensors[name] else { return nil }
    used.insert(name)
    return Self.range(index, of: tensor.shape).map { tensor.floats(in: $0) } ?? []
  }

  /// As `part`, of integers.
  mutating func integerPart(_ name: String, _ index: [Int]) throws -> [Int]? {
    guard let shape = reference.tensors.skipped[name]?.shape else { return nil }
    used.insert(name)
    let all = try reference.tensors.integers(name)
    return Self.range(index, of: shape).map { Array(all[$0]) } ?? []
  }

  private static func range(_ index: [Int], of shape: [Int]) -> Range<Int>? {
    guard index.count <= shape.count, zip(index, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
      return nil
    }
    let place = zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
    let length = shape.dropFirst(index.count).reduce(1, *)
    return place * length..<(place + 1) * length
  }

  /// The tolerance of a quantity; nil, with a word in the ledger, where none is stated.
  mutating func tolerance(_ key: String) -> Float? {
    if let tolerance = reference.tolerance(key) { return tolerance }
    withoutTolerance.insert(key)
    return nil
  }

  /// Compares numbers with a part of a tensor, where the reference has it.
  /// - Parameters:
  ///   - family: what the report calls them.
  ///   - name: the tensor; its tolerance has the same name unless `toleranceKey` says another.
  ///   - computed: where they stand in the order of computing.
  mutating func compare(
    _ family: String, _ ours: some Collection<Float>, with name: String, _ index: [Int] = [],
    iteration: Int?, place: String, toleranceKey: String? = nil, computed: ComputedTokens? = nil
  ) throws {
    guard let expected = try part(name, index),
      let allowed = tolerance(toleranceKey ?? name)
    else { return }
    ledger.compare(
      family, iteration: iteration, ours, with: expected, place: place, computed: computed
    ) { _ in allowed }
  }

  /// Names what the reference has and nobody looked at.
  private mutating func listUncompared() {
    var groups: [String: Int] = [:]
    for name in reference.names where !used.contains(name) {
      let parts = name.split(separator: ".")
      let isPrompt = parts.first.map { $0.first == "p" && Int($0.dropFirst()) != nil } ?? false
      groups[isPrompt ? parts.dropFirst().joined(separator: ".") : name, default: 0] += 1
    }
    for (group, count) in groups.sorted(by: { $0.key < $1.key }) {
      ledger.skip(
        count == 1 ? group : "\(group) (\(count) tensors)",
        why: "not a quantity this program compares")
    }
  }
}
