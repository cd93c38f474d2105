import Checkpoints
import Foundation
import LatentModels
import Tasks
import Tensors
import TestSupport
import Testing

@testable import Training

/// From a recipe to a model that thinks: its data, a run that is cut, and the directory it leaves.
@Suite struct ThoughtTrainingTests {
  private static let json = """
    {"name": "tiny thoughts",
     "architecture": {"kind": "continuous-thought", "width": 8, "heads": 2, "feed_forward": 12,
                      "layers": 1, "context": 24},
     "computation": {"precision": "float32", "shards": 2},
     "defaults": {"rows": 6, "length": 24, "mix": {"arithm": 1, "parity": 1},
                  "cap": {"arithm": 2, "parity": 2}},
     "stages": [
       {"name": "words", "steps": 4, "curriculum": {"every": 2, "problems": 2, "threshold": 0}},
       {"name": "thoughts", "steps": 5,
        "thoughts": {"replaced_steps": 2, "per_step": 2, "earlier_share": 0.5}}]}
    """

  private static func recipe(_ changes: (String, String)...) throws -> TrainingRecipe {
    let text = changes.reduce(json) { $0.replacing($1.0, with: $1.1) }
    return try TrainingRecipe(try JSONValue(parsing: Array(text.utf8)))
  }

  // MARK: Data

  private static func problem() throws -> Problem {
    let problem = ReasoningTask.recognize("3+4*2?")
    #expect(problem?.task.name == "arithm")
    return Problem(prompt: "3+4*2?", answer: "4", steps: ["7", "4"])
  }

  @Test func stepsThatAreThoughtAreNotWritten() throws {
    let written = [0, 1, 2, 3].map { replaced in
      String(
        decoding: ThoughtText(try! Self.problem(), replaced: replaced).rest.dropFirst()
          .map(UInt8.init), as: UTF8.self)
    }
    #expect(written == ["74### 4\n", "4### 4\n", "### 4\n", "### 4\n"])
    let text = ThoughtText(try Self.problem(), replaced: 1)
    #expect(text.question == Array("3+4*2?\n".utf8).map(Int32.init) + [256])
    #expect(text.rest.first == 257)
    let (wanted, places) = text.wanted
    #expect(wanted == Array(text.tokens[places.lowerBound + 1...places.upperBound]))
  }

  /// Every task with steps: as many as its difficulty says, the last one the answer.
  @Test func tasksHaveTheStepsTheySay() {
    var random = TaskRandom(seed: 4)
    for task in ReasoningTask.all {
      for difficulty in task.difficulties.prefix(5) {
        let problem = task.make(difficulty, .latent, &random)
        #expect(problem.steps.count == (task.hasSteps ? difficulty : 0), "\(task.name)")
        #expect(task.longestSteps(difficulty) == problem.steps.joined().utf8.count)
        if task.hasSteps { #expect(problem.steps.last == problem.answer) }
        for replaced in 0...2 {
          let tokens = ThoughtText(problem, replaced: replaced).tokens.count
          let longest = ThoughtText.longest(task, difficulty: difficulty, replaced: replaced)
          #expect(tokens <= longest, "\(task.name) \(problem.prompt)")
        }
      }
    }
  }

  @Test func rowsAskForWhatFollowsTheThoughts() throws {
    let stage = try Self.recipe().stages[1]
    let maker = BatchMaker(stage, weights: .init(), text: nil, seed: 3)
    let batch = maker.batch(step: 4, limits: ["arithm": 2, "parity": 2], replaced: 1)
    #expect(
      batch
        == maker.batch(
          step: 4, limits: ["arithm": 2, "parity": 2], replaced: 1, team: ThreadTeam(count: 3)))
    for row in 0..<batch.rows {
      let places = row * batch.length..<(row + 1) * batch.length
      let end = try #require(batch.tokens[places].firstIndex(of: 257))
      let last = try #require(batch.tokens[places].lastIndex { $0 != 0 })
      #expect(batch.tokens[end - 1] == 256 && batch.tokens[last] == 10)
      for place in places {
        #expect((batch.weights[place] > 0) == (end..<last).contains(place))
        if (end..<last).contains(place) {
          #expect(batch.targets[place] == batch.tokens[place + 1])
        }
      }
    }
  }

  @Test func aDrawReplacesAsManyStepsOrFewer() {
    var rule = ThoughtRule()
    (rule.replacedSteps, rule.perStep) = (3, 2)
    var random = TaskRandom(seed: 1)
    #expect(rule.drawn(&random).count == 6)
    rule.earlierShare = 0.5
    let counts = (0..<400).map { _ in rule.drawn(&random).count }
    #expect(Set(counts) == [0, 2, 4, 6])
    #expect((140...260).contains(counts.filter { $0 == 6 }.count))
  }

  // MARK: Recipes

  @Test func recipesAreReadAndWritten() throws {
    let recipe = try Self.recipe()
    #expect(recipe.architecture.kind == .continuousThought && recipe.architecture.layers == 1)
    #expect(recipe.stages.map { $0.thoughts?.count } == [0, 4])
    #expect(recipe.stages[1].thoughts?.earlierShare == 0.5)
    #expect(try TrainingRecipe(recipe.json) == recipe)
    let file = Fixtures.repository.appendingPathComponent("Assets/recipes/thoughts.json")
    let committed = try TrainingRecipe(readingFile: file.path)
    #expect(committed.architecture.kind == .continuousThought)
    let page = try String(
      contentsOf: Fixtures.repository.appendingPathComponent("Assets/recipes/README.md"),
      encoding: .utf8)
    for key in ["kind", "layers", "thoughts", "replaced_steps", "per_step", "earlier_share"] {
      #expect(
        recipe.json.serialized().contains("\"\(key)\"") && page.contains("`\(key)`"), "\(key)")
    }
  }

  /// The model beside the recipes is of the committed one, and answers what its card says it can.
  @Test func theShippedModelAnswers() throws {
    let file = Fixtures.repository.appendingPathComponent("Assets/recipes/thoughts.json")
    let recipe = try TrainingRecipe(readingFile: file.path)
    let checkpoint = try Checkpoint.open(
      Fixtures.repository.appendingPathComponent("Assets/thoughts").path)
    #expect(
      checkpoint.configuration.serialized() == ModelExport.configuration(recipe).serialized())
    let model = try TrainedModel(recipe)
    let weights = try #require(model.layout.weights(of: checkpoint.tensors))
    let engine = try model.engine(recipe.computation, team: .single)
    var probe = AccuracyProbe(replaced: 5)
    var random = TaskRandom(seed: 11)
    let task = try #require(ReasoningTask.named("arithm"))
    for difficulty in 1...3 {
      probe.add(task, difficulty: difficulty, count: 10, random: &random)
    }
    let shares = probe.accuracy(of: weights, engine: engine, readouts: [0, 5], seed: 1)
    let found = try #require(shares["arithm"])
    #expect(found[1] >= 0.9 && found[0] < 0.5, "\(found)")
  }

  @Test(arguments: [
    ("\"layers\": 1", "\"core\": 1", "architecture.core"),
    ("\"thoughts\": {\"replaced", "\"recurrence\": {\"replaced", "stages[1].recurrence"),
    ("\"threshold\": 0}", "\"readouts\": [4]}", "stages[0].curriculum.readouts"),
    ("\"per_step\": 2", "\"per_step\": 0", "stages[1].thoughts.per_step"),
    ("\"per_step\": 2", "\"each\": 2", "stages[1].thoughts.each"),
    ("\"parity\": 1}", "\"copy\": 1}", "stages[0].mix.copy"),
    ("\"parity\": 1}", "\"unknown\": 1}", "stages[0].mix.unknown"),
    (
      "\"cap\": {\"arithm\": 2", "\"start\": {\"arithm\": 5}, \"cap\": {\"arithm\": 5",
      "stages[0].mix.arithm"
    ),
    ("\"length\": 24", "\"length\": 25", "stages[0].length"),
    ("continuous-thought", "endless-thought", "architecture.kind"),
    ("\"kind\": \"continuous-thought\", ", "", "architecture.layers"),
  ]) func mistakesAreNamed(old: String, new: String, address: String) throws {
    do {
      let text = Self.json.replacing(old, with: new)
      _ = try TrainingRecipe(try JSONValue(parsing: Array(text.utf8)))
      Issue.record("\(new) was taken")
    } catch let error as RecipeError {
      #expect(error.address == address, "\(error)")
    }
  }

  /// What belongs to thoughts is no setting of a model without them.
  @Test func recurrentDepthHasNoThoughts() throws {
    let text = """
      {"name": "r", "stages": [{"mix": {"parity": 1}, "thoughts": {"replaced_steps": 1}}]}
      """
    #expect(throws: RecipeError.self) {
      try TrainingRecipe(try JSONValue(parsing: Array(text.utf8)))
    }
  }

  // MARK: Runs

  private func run(
    _ path: String, resumes: Bool, stopAt: Int? = nil, threads: Int = 1
  ) throws -> TrainingRun {
    var options = TrainingRun.Options()
    options.recordEvery = 2
    options.measureEvery = 1
    options.problems = 2
    options.stopAtStep = stopAt
    return try TrainingRun(
      recipe: try Self.recipe(), text: nil, directory: path, resumes: resumes, options: options,
      team: ThreadTeam(count: threads))
  }

  private func bytes(_ path: String, _ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  @Test func aRunCutAnywhereGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let (whole, cut) = (folder.file("whole"), folder.file("cut"))
    #expect(try run(whole, resumes: false, threads: 2).run() == .finished)
    for (index, step) in [1, 3, 4, 6, 9].enumerated() {
      _ = try run(cut, resumes: index > 0, stopAt: step).run()
    }
    for name in ["model.safetensors", "config.json", "tokenizer.json"] {
      #expect(try bytes(whole, name) == bytes(cut, name), "\(name)")
    }
    let past = try run(cut, resumes: true).past
    #expect(past.map(\.step) == [2, 4, 6, 8, 9])
    #expect(past.first?.accuracy?.readouts == [0])
    #expect(past.last?.accuracy?.readouts == [0, 1, 2, 3, 4])
    // Of a stage whose steps replace fewer now and then.
    #expect(past[1].iterations == 0 && past.last.map { $0.iterations > 0 } == true)
  }

  /// The directory opens as a model of thoughts, with the matrices as the published class has them, and
  /// says what training saw.
  @Test func theModelOpens() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let run = try run(path, resumes: false)
    _ = try run.run()
    let checkpoint = try Checkpoint.open(path)
    let model = try #require(
      try ModelFamily.of(checkpoint).plan(checkpoint).open(WeightPacking(team: .single))
        as? ContinuousThoughtModel)
    #expect(model.facts.defaultIterations == 4 && model.facts.vocabularySize == 259)
    #expect(model.facts.thoughts?.tokens == ThoughtTokens(start: 256, latent: 258, end: 257))
    #expect(checkpoint.tensors["transformer.h.0.attn.c_attn.weight"]?.shape == [8, 24])
    #expect(run.layout.weights(of: checkpoint.tensors) == run.trainer.state.average)
    guard case .present(let tokenizer) = checkpoint.tokenizer else {
      Issue.record("no tokenizer")
      return
    }
    let ids = try #require(model.facts.thoughts).ids(of: "3+4*2?") {
      try tokenizer.encode($0, addSpecialTokens: true)
    }
    #expect(ids.map(Int32.init) == ThoughtText.question("3+4*2?"))
    // The state after two thoughts, of inference and of training.
    let seen = try #require(run.trainer.observe("3+4*2?", iterations: 2))
    let context = try model.begin(ids)
    var state = try model.initialState(.embedded, in: context)
    for _ in 0..<2 { state = try model.step(state, in: context, .plain) }
    let last = state.rows.row(state.rows.rows - 1)
    #expect(seen.states.count == 3 && seen.readings.count == 3)
    #expect(relativeError(seen.states[2], last.map(Double.init)) < 1e-5)
    let card = try String(contentsOfFile: "\(path)/README.md", encoding: .utf8)
    #expect(card.contains("COCONUT") && card.contains("| arithm |"))
  }

  /// What tapes take is foreseen.
  @Test func memoryIsForeseen() throws {
    for (width, layers, precision) in [(64, 3, "bfloat16"), (32, 2, "float32")] {
      let recipe = try Self.recipe(
        ("\"width\": 8", "\"width\": \(width)"), ("\"layers\": 1", "\"layers\": \(layers)"),
        ("\"feed_forward\": 12", "\"feed_forward\": \(4 * width)"),
        ("\"rows\": 6", "\"rows\": 48"), ("float32", precision))
      let model = try TrainedModel(recipe)
      let engine = try #require(
        try model.engine(recipe.computation, team: .single) as? ThoughtGradients)
      let trainer = Trainer(recipe: recipe, engine: engine, team: .single)
      for _ in 0..<6 { _ = try trainer.step() }
      _ = trainer.accuracy(readouts: [0, 4], problems: 8)
      let foreseen = try #require(
        TrainingMemory(
          recipe, layout: model.layout, textBytes: 0, threads: 1, problems: 8, readouts: [0, 4]
        ).bytes[.tape])
      #expect(Double(engine.tapeSize) <= foreseen, "\(engine.tapeSize) of \(foreseen)")
      #expect(foreseen <= 3 * Double(engine.tapeSize) + 1e7, "\(engine.tapeSize) of \(foreseen)")
    }
  }
}
