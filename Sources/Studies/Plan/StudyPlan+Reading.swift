import Checkpoints
import Evaluation
import ParallelScaling
import Rewards
import Tasks
import Training

extension StudyPlan {
  /// Reads a plan file; models stand where the file says, beside itself.
  /// - Throws: `RecipeError` with the address of what is wrong, `CheckpointError`.
  public init(readingFile path: String) throws {
    let json = try JSONValue(readingFile: path)
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    do throws(RecipeError) {
      try self.init(json, folder: path.contains("/") ? (folder.isEmpty ? "/" : folder) : ".")
    } catch {
      throw RecipeError(error.address, error.problem, file: path)
    }
  }

  /// Reads a plan.
  /// - Parameter folder: what models are named from.
  /// - Throws: `RecipeError` with the address of what is wrong.
  public init(_ json: JSONValue, folder: String) throws(RecipeError) {
    var fields = try RecipeFields(json, address: "")
    name = try fields.needed(fields.text("name"), "name")
    let seeds = try fields.needed(fields.wholes("seeds", 0...Int.max), "seeds")
    self.seeds = seeds.map { UInt64($0) }
    guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
      throw RecipeError("seeds", "are none, or one is given twice")
    }
    counts = try fields.needed(fields.wholes("copies", 1...4096), "copies")
    guard let last = counts.last, last > 1, counts == Array(Set(counts)).sorted(),
      counts.allSatisfy({ last % $0 == 0 })
    else {
      throw RecipeError("copies", "have to ascend to 2 or more, and each has to divide the last")
    }
    problemSeed = UInt64(try fields.whole("problem_seed", 0...1 << 40) ?? 1)
    judges = try Self.judges(fields.objects("judges"), "judges") ?? []
    var settings: [StudySetting] = []
    for object in try fields.needed(fields.objects("settings"), "settings") {
      settings.append(try Self.setting(object, folder: folder))
    }
    self.settings = settings
    try Self.checkNames(settings.map(\.name), "settings")
    if settings.isEmpty { throw RecipeError("settings", "are none") }
    quick = try fields.object("quick").map { fields throws(RecipeError) in
      var fields = fields
      func whole(_ name: String) throws(RecipeError) -> Int {
        try fields.needed(fields.whole(name, 1...1_000_000), name)
      }
      let quick = StudyQuick(
        seeds: try whole("seeds"), questions: try whole("questions"),
        learning: try whole("learning"), completions: try whole("completions"),
        epochs: try whole("epochs"))
      try fields.finish()
      return quick
    }
    try fields.finish()
  }

  private static func judges(
    _ objects: [RecipeFields]?, _ address: String
  ) throws(RecipeError) -> [StudyJudge]? {
    guard let objects else { return nil }
    var judges: [StudyJudge] = []
    for object in objects { judges.append(try judge(object)) }
    try checkNames(judges.map(\.name), address)
    return judges
  }

  private static func judge(_ object: RecipeFields) throws(RecipeError) -> StudyJudge {
    var fields = object
    var judge = StudyJudge(name: try fields.fileName("name"), epochs: 0)
    judge.backbone = try fields.choice("backbone", of: StudyJudge.Backbone.self) ?? .usual
    judge.objective = try fields.choice("loss", of: RewardObjective.self) ?? .contrastive
    judge.labels = try fields.choice("labels", of: StudyJudge.Labels.self) ?? .completions
    judge.epochs = try fields.needed(fields.whole("epochs", 0...100_000), "epochs")
    judge.rate = try fields.double("rate", 1e-9...1)
    judge.share = try fields.double("share", 0.001...1) ?? 1
    judge.isOnce = try fields.flag("once") ?? false
    judge.layers = try fields.whole("layers", 1...64) ?? 1
    judge.searches = try fields.flag("searches") ?? false
    try fields.finish()
    return judge
  }

  private static func setting(
    _ object: RecipeFields, folder: String
  ) throws(RecipeError) -> StudySetting {
    var fields = object
    let name = try fields.fileName("name")
    let model = try fields.text("model")
    let task = try fields.row("task", ReasoningTask.all, named: \.name)
    let levels = try fields.needed(fields.wholes("levels", 1...1000), "levels")
    guard !levels.isEmpty, levels.allSatisfy(task.difficulties.contains) else {
      throw RecipeError(fields.address("levels"), "are none, or not of this task")
    }
    let positions = try fields.choice("positions", of: EnsemblePlan.Positions.self) ?? .all
    var samplers: [StudySampler] = []
    for object in try fields.needed(fields.objects("samplers"), "samplers") {
      samplers.append(try sampler(object))
    }
    let path = model.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    let setting = StudySetting(
      name: name, model: path, task: task.name, levels: levels,
      steps: try fields.needed(fields.whole("steps", 1...100_000), "steps"),
      positions: positions,
      questions: try fields.needed(fields.whole("questions", 1...100_000), "questions"),
      tokens: try fields.whole("tokens", 1...100_000) ?? 16,
      beams: try fields.whole("beams", 1...1024), samplers: samplers,
      judges: try judges(fields.objects("judges"), fields.address("judges")))
    try fields.finish()
    try checkNames(samplers.map(\.name), fields.address("samplers"))
    return setting
  }

  private static func sampler(_ object: RecipeFields) throws(RecipeError) -> StudySampler {
    var fields = object
    let name = try fields.fileName("name")
    let kind = try fields.row("kind", PerturbationKind.all, named: \.name)
    let range = Double(kind.strength.range.lowerBound)...Double(kind.strength.range.upperBound)
    let strengths = try fields.needed(fields.doubles("strengths", range), "strengths")
    guard !strengths.isEmpty, Set(strengths).count == strengths.count else {
      throw RecipeError(fields.address("strengths"), "are none, or one is given twice")
    }
    var learning: StudyLearning?
    if var object = try fields.object("learning") {
      learning = StudyLearning(
        strength: try object.needed(object.double("strength", range), "strength"),
        questions: try object.needed(object.whole("questions", 2...1_000_000), "questions"),
        rollouts: try object.whole("rollouts", 2...SampledPlan.mostSamples) ?? 8,
        completions: try object.whole("completions", 1...CollectionPlan.mostCompletions) ?? 16)
      try object.finish()
    }
    try fields.finish()
    return StudySampler(name: name, kind: kind, strengths: strengths, learning: learning)
  }

  private static func checkNames(_ names: [String], _ address: String) throws(RecipeError) {
    if Set(names).count < names.count { throw RecipeError(address, "have a name twice") }
  }
}

extension RecipeFields {
  /// What has to be there.
  fileprivate func needed<Value>(_ value: Value?, _ name: String) throws(RecipeError) -> Value {
    guard let value else { throw RecipeError(address(name), "is missing") }
    return value
  }

  /// A row of a table, by its name.
  fileprivate mutating func row<Row>(
    _ name: String, _ rows: [Row], named rowName: (Row) -> String
  ) throws(RecipeError) -> Row {
    let text = try needed(text(name), name)
    guard let row = rows.first(where: { rowName($0) == text }) else {
      throw RecipeError(
        address(name), "is \"\(text)\"; it is one of " + rows.map(rowName).joined(separator: ", "))
    }
    return row
  }

  /// A name that files can have.
  fileprivate mutating func fileName(_ name: String) throws(RecipeError) -> String {
    let text = try needed(text(name), name)
    let isGood = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
    }
    guard isGood, !text.isEmpty, text.utf8.count <= 60 else {
      throw RecipeError(address(name), "is no name of small letters, digits and dashes")
    }
    return text
  }
}
