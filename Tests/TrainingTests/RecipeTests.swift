import Checkpoints
import Foundation
import Tasks
import TestSupport
import Testing

@testable import Training

/// Recipes as they are written, and as they are written wrongly.
@Suite struct RecipeTests {
  private let stage = #""stages": [{"steps": 5, "mix": {"parity": 1}}]"#

  private func error(_ text: String) -> RecipeError? {
    do {
      _ = try TrainingRecipe(JSONValue(parsing: text))
      return nil
    } catch {
      return error as? RecipeError
    }
  }

  @Test func theShippedRecipeReads() throws {
    let file = Fixtures.repository.appendingPathComponent("Assets/recipes/demo.json")
    let recipe = try TrainingRecipe(readingFile: file.path)
    #expect(recipe.steps > 0)
    let configuration = try JSONValue(
      readingFile: Fixtures.repository.appendingPathComponent("Assets/demo/config.json").path)
    #expect(configuration["n_embd"]?.integer == recipe.architecture.width)
    #expect(configuration["mean_recurrence"]?.integer == recipe.architecture.meanRecurrence)
  }

  /// The page beside the recipes names every key there is.
  @Test func everyKeyIsExplained() throws {
    let file = Fixtures.repository.appendingPathComponent("Assets/recipes/README.md")
    let page = try String(contentsOf: file, encoding: .utf8)
    func keys(_ json: JSONValue, into names: inout Set<String>) {
      for member in json.members ?? [] {
        names.insert(member.name)
        if !["mix", "start", "cap"].contains(member.name) { keys(member.value, into: &names) }
      }
      for element in json.array ?? [] { keys(element, into: &names) }
    }
    var names: Set = ["defaults"]
    keys(try TrainingRecipe(JSONValue(parsing: "{\"name\": \"a\", \(stage)}")).json, into: &names)
    #expect(names.count > 40)
    for name in names.sorted() { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test func everyMistakeHasItsAddress() {
    let cases: [(text: String, address: String, word: String)] = [
      ("{\(stage)}", "name", "missing"),
      (#"{"name": "a"}"#, "stages", "missing"),
      (#"{"name": "a", "stages": [{"steps": 5}]}"#, "stages[0].mix", "missing"),
      (
        #"{"name": "a", "stages": [{"steps": 5, "mix": {"parity": 1}}, {"mix": {"pairty": 1}}]}"#,
        "stages[1].mix.pairty", "parity"
      ),
      (#"{"name": "a", "stages": [{"steps": 0, "mix": {"parity": 1}}]}"#, "stages[0].steps", "1"),
      (#"{"name": "a", "stages": [{"mix": {"parity": -1}}]}"#, "stages[0].mix.parity", "-1"),
      (#"{"name": "a", "stages": [{"mix": {"parity": 0}}]}"#, "stages[0].mix", "above 0"),
      (#"{"name": "a", "stages": [{"mix": {"text": 1}}]}"#, "stages[0].mix.text", "text"),
      (
        #"{"name": "a", "stages": [{"mix": {"parity": 1}, "length": 300}]}"#, "stages[0].length",
        "context"
      ),
      (
        #"{"name": "a", "stages": [{"mix": {"parity": 1}, "recurrence": {"mean": [5, 2]}}]}"#,
        "stages[0].recurrence.mean", "rise"
      ),
      (
        #"{"name": "a", "stages": [{"mix": {"parity": 1}, "curriculum": {"readouts": [4, "x"]}}]}"#,
        "stages[0].curriculum.readouts[1]", "whole number"
      ),
      (#"{"name": "a", "architecture": {"heads": 3}, \#(stage)}"#, "architecture.heads", "divide"),
      (
        #"{"name": "a", "optimizer": {"muon": {"lr": 1}}, \#(stage)}"#, "optimizer.muon.lr", "known"
      ),
      (
        #"{"name": "a", "computation": {"precision": "half"}, \#(stage)}"#, "computation.precision",
        "bfloat16"
      ),
      (#"{"name": "a", "optimiser": {}, \#(stage)}"#, "optimiser", "optimizer"),
      (#"{"name": "a", "seed": 1.5, \#(stage)}"#, "seed", "1.5"),
      (#"{"name": "a", "seed": 1, "seed": 2, \#(stage)}"#, "seed", "twice"),
      (
        #"{"name": "a", "stages": [{"steps": 5, "mix": {"parity": 1, "parity": 2}}]}"#,
        "stages[0].mix.parity", "twice"
      ),
      (
        #"{"name": "a", "loss_weights": {"answer": 1e-46}, \#(stage)}"#, "loss_weights.answer",
        "32 bits"
      ),
      (
        #"{"name": "a", "loss_weights": {"answer": 0, "newline": 0, "prompt": 0, "partial_result": 0}, \#(stage)}"#,
        "loss_weights", "nothing"
      ),
      (
        #"{"name": "a", "architecture": {"context": 6}, "stages": [{"mix": {"arith": 1}, "length": 5, "start": {"arith": 10}}]}"#,
        "stages[0].mix.arith", "stages[0].cap.arith to 1 or less"
      ),
    ]
    for item in cases {
      let found = error(item.text)
      #expect(found?.address == item.address, "\(item.text)")
      #expect(found?.description.contains(item.word) == true, "\(found.debugDescription)")
    }
  }

  /// What the curriculum cannot come to need not fit; what it may come to must.
  @Test func promptsMustFitAsFarAsTheCurriculumMayGo() throws {
    func text(_ steps: Int, _ cap: String = "") -> String {
      #"{"name": "a", "architecture": {"context": 64}, "stages": [{"steps": \#(steps), "mix": "#
        + #"{"parity": 1}\#(cap), "curriculum": {"every": 10}}]}"#
    }
    // A newline, #, 60 bits, ? and the answer.
    #expect(error(text(599)) == nil)
    let found = try #require(error(text(600)))
    #expect(found.address == "stages[0].mix.parity")
    #expect(found.problem.contains("65 bytes (61 bits)"), "\(found)")
    #expect(found.problem.contains("stages[0].cap.parity to 60"), "\(found)")
    #expect(error(text(100_000, #", "cap": {"parity": 60}"#)) == nil)
  }

  /// Recipes with a few things changed at random are read or refused, and what is read can be
  /// forecast.
  @Test func mutatedRecipesAreReadOrRefused() throws {
    let text = try String(
      contentsOf: Fixtures.repository.appendingPathComponent("Assets/recipes/demo.json"),
      encoding: .utf8)
    let values = [
      "0", "1", "-1", "65536", "1e300", "1e-46", "9223372036854775807", "1e5", "[]", "{}", "null",
      "\"\"", "10000", "0.5", "8192", "1024",
    ]
    var random = TaskRandom(seed: 9)
    var accepted = 0
    let numbers = text.matches(of: /[0-9][0-9.e-]*/).map(\.range)
    let attempts = Effort.times(1_000)
    for _ in 0..<attempts {
      var changed = text
      for range in (0...random.below(2)).map({ _ in numbers[random.below(numbers.count)] })
        .sorted(by: { $0.lowerBound > $1.lowerBound })
      where range.upperBound <= changed.endIndex && changed[range] == text[range] {
        changed.replaceSubrange(range, with: values[random.below(values.count)])
      }
      guard let json = try? JSONValue(parsing: changed) else { continue }
      do {
        let recipe = try TrainingRecipe(json)
        accepted += 1
        #expect(try MemoryForecastTests.forecast(recipe).total.isFinite)
      } catch {
        #expect(error is RecipeError)
      }
    }
    #expect(accepted > attempts / 20 && accepted < attempts * 19 / 20)
  }

  /// The same with whole values and members.
  @Test func damagedRecipesAreReadOrRefused() throws {
    let path = Fixtures.repository.appendingPathComponent("Assets/recipes/demo.json")
    let whole = try JSONValue(parsing: [UInt8](Data(contentsOf: path)))
    var dice = Dice(seed: 11)
    var (read, refused) = (0, 0)
    for _ in 0..<Effort.times(300) {
      do {
        let recipe = try TrainingRecipe(dice.damage(whole))
        #expect(try MemoryForecastTests.forecast(recipe).total.isFinite)
        read += 1
      } catch {
        #expect(error is RecipeError && isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(read > 10 && refused > 10)
  }

  @Test func theFileIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("recipe.json", #"{"name": "a", "stages": []}"#)
    #expect(throws: RecipeError("stages", "is missing or empty", file: path)) {
      try TrainingRecipe(readingFile: path)
    }
  }

  @Test func writtenOutItReadsTheSame() throws {
    var stage = TrainingStage(name: "one", steps: 7, mix: ["arith": 1.5, "text": 0.25])
    stage.start = ["arith": 3]
    stage.cap = ["arith": 9]
    stage.recurrence.mean = 2...5
    stage.curriculum.readouts = [3, 8]
    var recipe = TrainingRecipe(
      name: "r", notes: ["n"], seed: 9, textFile: "a.txt", stages: [stage])
    recipe.optimizer.muon.learningRate = 0.011
    recipe.lossWeights.partialResult = 0.3
    recipe.computation.precision = .float32
    let again = try TrainingRecipe(JSONValue(parsing: recipe.json.serialized()))
    #expect(again == recipe)
    #expect(again.difference(from: recipe) == nil)
    var other = recipe
    other.stages[0].cap = ["arith": 8]
    #expect(other.difference(from: recipe)?.contains("cap") == true)
  }
}
