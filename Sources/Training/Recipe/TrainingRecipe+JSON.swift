import Checkpoints
import Tasks

extension TrainingRecipe {
  /// Reads a recipe; what it leaves out has the defaults of the types.
  ///
  /// `defaults` at the top are settings of stages that a stage may set anew.
  /// - Throws: `RecipeError` with the address of what is wrong.
  public init(_ json: JSONValue) throws(RecipeError) {
    var fields = try RecipeFields(json, address: "")
    guard let name = try fields.text("name"), !name.isEmpty else {
      throw RecipeError("name", "is missing")
    }
    let architecture = try Self.architecture(fields.object("architecture"))
    var common = TrainingStage(name: "", steps: 1, mix: [:])
    if architecture.kind == .continuousThought { common.thoughts = ThoughtRule() }
    var defaults = common
    if let object = try fields.object("defaults") {
      defaults = try Self.stage(object, from: common, index: 0, of: architecture.kind)
    }
    var stages: [TrainingStage] = []
    for (index, object) in (try fields.objects("stages") ?? []).enumerated() {
      let stage = try Self.stage(
        object, from: defaults, index: index, of: architecture.kind)
      guard !stage.mix.isEmpty else {
        throw RecipeError("stages[\(index)].mix", "is missing; name at least one task")
      }
      stages.append(stage)
    }
    guard !stages.isEmpty else { throw RecipeError("stages", "is missing or empty") }
    self.init(name: name, stages: stages)
    notes = try fields.texts("notes") ?? []
    seed = UInt64(try fields.whole("seed", 0...Int.max) ?? 1)
    textFile = try fields.text("text")
    self.architecture = architecture
    try read(computation: fields.object("computation"))
    try read(optimizer: fields.object("optimizer"))
    try read(lossWeights: fields.object("loss_weights"))
    try fields.finish()
    try check()
  }

  /// Reads a recipe file.
  public init(readingFile path: String) throws {
    let json = try JSONValue(readingFile: path)
    do throws(RecipeError) {
      try self.init(json)
    } catch {
      throw RecipeError(error.address, error.problem, file: path)
    }
  }

  /// What no single field can say.
  private func check() throws(RecipeError) {
    if architecture.kind == .continuousThought { try checkThoughts() }
    guard architecture.width % architecture.heads == 0,
      (architecture.width / architecture.heads) % 2 == 0
    else {
      throw RecipeError(
        "architecture.heads",
        "is \(architecture.heads); a width of \(architecture.width) does not divide into so many "
          + "heads of even size")
    }
    for (index, stage) in stages.enumerated() {
      let isOver =
        architecture.kind == .recurrentDepth
        ? stage.length >= architecture.context : stage.length > architecture.context
      guard !isOver else {
        let wanted = architecture.kind == .recurrentDepth ? "below" : "at most"
        throw RecipeError(
          "stages[\(index)].length",
          "is \(stage.length); it must be \(wanted) architecture.context, \(architecture.context)")
      }
      if stage.mix[TrainingStage.textName] ?? 0 > 0, textFile == nil {
        throw RecipeError(
          "stages[\(index)].mix.text", "needs a text: set \"text\" to the path of one")
      }
      guard teaches(stage) else {
        throw RecipeError(
          "loss_weights", "gives nothing that stages[\(index)] learns a weight above 0")
      }
    }
    if architecture.kind == .recurrentDepth { try checkLongestPrompts() }
  }

  /// Whether anything in the rows of a stage counts.
  private func teaches(_ stage: TrainingStage) -> Bool {
    let weights = lossWeights
    let ofProblems = [weights.answer, weights.newline, weights.prompt, weights.partialResult]
    return stage.mix.contains { name, share in
      share > 0
        && (name == TrainingStage.textName ? weights.text > 0 : ofProblems.contains { $0 > 0 })
    }
  }

  /// Promotion is tried with whole problems: the hardest that the curriculum may come to must fit.
  private func checkLongestPrompts() throws(RecipeError) {
    for (index, reach) in CurriculumReach.stages(self).enumerated() {
      for task in Curriculum(stage: stages[index]).tasks {
        guard let hardest = reach[task.name]?.upperBound else { continue }
        let needed = AccuracyProbe.length(task, difficulty: hardest)
        guard needed > architecture.context else { continue }
        let fitting = task.difficulties.last {
          AccuracyProbe.length(task, difficulty: $0) <= architecture.context
        }
        let way =
          fitting.map { "set stages[\(index)].cap.\(task.name) to \($0) or less" }
          ?? "leave \(task.name) out"
        throw RecipeError(
          "stages[\(index)].mix.\(task.name)",
          "may come to prompts of \(needed) bytes (\(hardest) \(task.unit)), and "
            + "architecture.context is \(architecture.context); \(way), or the context to "
            + "\(needed)")
      }
    }
  }

  private static func architecture(
    _ object: RecipeFields?
  ) throws(RecipeError) -> Architecture {
    var sizes = Architecture()
    guard var fields = object else { return sizes }
    sizes.kind = try fields.choice("kind", of: Architecture.Kind.self) ?? sizes.kind
    sizes.width = try fields.whole("width", 2...8_192) ?? sizes.width
    sizes.heads = try fields.whole("heads", 1...1_024) ?? sizes.heads
    sizes.feedForward = try fields.whole("feed_forward", 1...65_536) ?? sizes.feedForward
    switch sizes.kind {
    case .recurrentDepth:
      sizes.prelude = try fields.whole("prelude", 0...64) ?? sizes.prelude
      sizes.core = try fields.whole("core", 1...64) ?? sizes.core
      sizes.coda = try fields.whole("coda", 0...64) ?? sizes.coda
      sizes.meanRecurrence =
        try fields.whole("mean_recurrence", 1...1_024) ?? sizes.meanRecurrence
      sizes.rotaryBase = try fields.number("rotary_base", 1...1e9) ?? sizes.rotaryBase
    case .continuousThought:
      sizes.layers = try fields.whole("layers", 1...64) ?? sizes.layers
    }
    sizes.context = try fields.whole("context", 4...65_536) ?? sizes.context
    try fields.finish()
    return sizes
  }

  private mutating func read(computation object: RecipeFields?) throws(RecipeError) {
    guard var fields = object else { return }
    computation.precision =
      try fields.choice("precision", of: Computation.Precision.self) ?? computation.precision
    computation.shards = try fields.whole("shards", 1...1_024) ?? computation.shards
    try fields.finish()
  }

  private mutating func read(optimizer object: RecipeFields?) throws(RecipeError) {
    guard var fields = object else { return }
    optimizer.clip = try fields.number("clip", 1e-6...1e6) ?? optimizer.clip
    optimizer.averaging = try fields.number("averaging", 0...0.999_999) ?? optimizer.averaging
    if var muon = try fields.object("muon") {
      let old = optimizer.muon
      optimizer.muon.learningRate = try muon.number("learning_rate", 0...10) ?? old.learningRate
      optimizer.muon.momentum = try muon.number("momentum", 0...0.999_999) ?? old.momentum
      optimizer.muon.weightDecay = try muon.number("weight_decay", 0...10) ?? old.weightDecay
      try muon.finish()
    }
    if var adam = try fields.object("adamw") {
      let old = optimizer.adamW
      optimizer.adamW.learningRate = try adam.number("learning_rate", 0...10) ?? old.learningRate
      optimizer.adamW.beta1 = try adam.number("beta1", 0...0.999_999) ?? old.beta1
      optimizer.adamW.beta2 = try adam.number("beta2", 0...0.999_999) ?? old.beta2
      optimizer.adamW.epsilon = try adam.number("epsilon", 1e-16...1) ?? old.epsilon
      optimizer.adamW.weightDecay = try adam.number("weight_decay", 0...10) ?? old.weightDecay
      try adam.finish()
    }
    try fields.finish()
  }

  private mutating func read(lossWeights object: RecipeFields?) throws(RecipeError) {
    guard var fields = object else { return }
    let range = 0.0...1_000.0
    lossWeights.answer = try fields.number("answer", range) ?? lossWeights.answer
    lossWeights.newline = try fields.number("newline", range) ?? lossWeights.newline
    lossWeights.prompt = try fields.number("prompt", range) ?? lossWeights.prompt
    lossWeights.text = try fields.number("text", range) ?? lossWeights.text
    lossWeights.partialResult =
      try fields.number("partial_result", range) ?? lossWeights.partialResult
    try fields.finish()
  }
}
