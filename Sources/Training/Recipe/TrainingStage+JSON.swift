import Checkpoints
import Tasks

extension TrainingRecipe {
  /// Reads a stage over the settings of another.
  static func stage(
    _ object: RecipeFields, from base: TrainingStage, index: Int, of kind: Architecture.Kind
  ) throws(RecipeError) -> TrainingStage {
    var fields = object
    var stage = base
    try check(fields, belongsTo: kind)
    stage.name = try fields.text("name") ?? (base.name.isEmpty ? "stage \(index + 1)" : base.name)
    stage.steps = try fields.whole("steps", 1...100_000_000) ?? stage.steps
    stage.rows = try fields.whole("rows", 1...65_536) ?? stage.rows
    stage.length = try fields.whole("length", 2...65_535) ?? stage.length
    if let mix = try fields.numbers("mix", 0...1e6) {
      try checkNames(mix.keys, address: fields.address("mix"), others: TrainingStage.otherData)
      guard mix.values.contains(where: { $0 > 0 }) else {
        throw RecipeError(fields.address("mix"), "gives nothing a weight above 0")
      }
      stage.mix = mix
    }
    stage.verbalShare = try fields.number("verbal_share", 0...1) ?? stage.verbalShare
    stage.hardestShare = try fields.number("hardest_share", 0...1) ?? stage.hardestShare
    if let start = try fields.wholeNumbers("start", 1...10_000) {
      try checkNames(start.keys, address: fields.address("start"), others: [])
      stage.start.merge(start) { $1 }
    }
    if let cap = try fields.wholeNumbers("cap", 1...10_000) {
      try checkNames(cap.keys, address: fields.address("cap"), others: [])
      stage.cap.merge(cap) { $1 }
    }
    if let recurrence = try fields.object("recurrence") {
      stage.recurrence = try law(recurrence, from: stage.recurrence)
    }
    if let thoughts = try fields.object("thoughts") {
      stage.thoughts = try rule(thoughts, from: stage.thoughts ?? ThoughtRule())
    }
    if var rate = try fields.object("learning_rate") {
      let old = stage.learningRate
      stage.learningRate.warmup = try rate.whole("warmup", 0...10_000_000) ?? old.warmup
      stage.learningRate.decayFrom = try rate.number("decay_from", 0...1) ?? old.decayFrom
      stage.learningRate.final = try rate.number("final", 0...1) ?? old.final
      try rate.finish()
    }
    if var rule = try fields.object("curriculum") {
      let old = stage.curriculum
      stage.curriculum.every = try rule.whole("every", 1...10_000_000) ?? old.every
      stage.curriculum.problems = try rule.whole("problems", 1...10_000) ?? old.problems
      stage.curriculum.threshold = try rule.number("threshold", 0...1) ?? old.threshold
      stage.curriculum.readouts = try rule.wholes("readouts", 1...1_024) ?? old.readouts
      try rule.finish()
    }
    try fields.finish()
    return stage
  }

  private static func law(
    _ object: RecipeFields, from base: RecurrenceLaw
  ) throws(RecipeError) -> RecurrenceLaw {
    var (fields, law) = (object, base)
    law.mean = try fields.line("mean", 1...1_024) ?? law.mean
    law.deviation = try fields.number("deviation", 0...4) ?? law.deviation
    law.cap = try fields.whole("cap", 1...1_024) ?? law.cap
    law.shallowShare = try fields.number("shallow_share", 0...1) ?? law.shallowShare
    law.shallowLimit = try fields.whole("shallow_limit", 1...1_024) ?? law.shallowLimit
    law.differentiated = try fields.whole("differentiated", 1...1_024) ?? law.differentiated
    try fields.finish()
    return law
  }

  private static func rule(
    _ object: RecipeFields, from base: ThoughtRule
  ) throws(RecipeError) -> ThoughtRule {
    var (fields, rule) = (object, base)
    rule.replacedSteps = try fields.whole("replaced_steps", 0...64) ?? rule.replacedSteps
    rule.perStep = try fields.whole("per_step", 1...16) ?? rule.perStep
    rule.earlierShare = try fields.number("earlier_share", 0...1) ?? rule.earlierShare
    try fields.finish()
    return rule
  }

  /// Settings that only one kind of model has.
  private static func check(
    _ fields: RecipeFields, belongsTo kind: Architecture.Kind
  ) throws(RecipeError) {
    let others: [String] =
      switch kind {
      case .recurrentDepth: ["thoughts"]
      case .continuousThought: ["recurrence", "verbal_share"]
      }
    for name in others where fields.names.contains(name) {
      throw RecipeError(
        fields.address(name), "is no setting of a model of the kind \"\(kind.rawValue)\"")
    }
    guard kind == .continuousThought else { return }
    // What the number of thoughts decides.
    for (object, name) in [("curriculum", "readouts")] {
      var copy = fields
      if let inner = try copy.object(object), inner.names.contains(name) {
        throw RecipeError(
          inner.address(name), "is no setting of a model of the kind \"\(kind.rawValue)\"")
      }
    }
  }

  private static func checkNames(
    _ names: some Sequence<String>, address: String, others: [String]
  ) throws(RecipeError) {
    for name in names.sorted() where !others.contains(name) && ReasoningTask.named(name) == nil {
      let known = (ReasoningTask.all.map(\.name) + others).joined(separator: ", ")
      throw RecipeError("\(address).\(name)", "is no task; there are \(known)")
    }
  }
}
