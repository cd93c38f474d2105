import LatentModels
import Tensors
import Testing

@testable import Training

/// The forecast of memory beside what is taken.
@Suite struct MemoryForecastTests {
  static func forecast(_ recipe: TrainingRecipe) throws -> TrainingMemory {
    let configuration = try RecurrentDepthConfiguration(
      ModelExport.configuration(recipe), vocabularyRows: ModelExport.vocabulary)
    return TrainingMemory(
      recipe, layout: ParameterLayout(configuration), textBytes: 0, threads: 1, problems: 16,
      readouts: [1, 4, 16, 64])
  }

  static func recipe() -> TrainingRecipe {
    var stage = TrainingStage(name: "one", steps: 10, mix: ["parity": 1])
    stage.cap = ["parity": 20]
    return TrainingRecipe(name: "r", stages: [stage])
  }

  /// What tapes take is foreseen, and not three times over where it matters.
  @Test(arguments: [
    (width: 32, inner: 64, length: 24, kept: 4, shards: 2, isExact: false),
    (width: 64, inner: 192, length: 96, kept: 8, shards: 1, isExact: true),
    (width: 128, inner: 384, length: 48, kept: 4, shards: 2, isExact: false),
    (width: 24, inner: 16, length: 200, kept: 2, shards: 3, isExact: false),
  ]) func tapesTakeWhatWasForeseen(
    width: Int, inner: Int, length: Int, kept: Int, shards: Int, isExact: Bool
  ) throws {
    var recipe = Self.recipe()
    recipe.architecture.width = width
    recipe.architecture.feedForward = inner
    recipe.computation.shards = shards
    recipe.computation.precision = isExact ? .float32 : .bfloat16
    recipe.stages[0].rows = 12
    recipe.stages[0].length = length
    recipe.stages[0].recurrence.differentiated = kept
    let configuration = try RecurrentDepthConfiguration(
      ModelExport.configuration(recipe), vocabularyRows: ModelExport.vocabulary)
    let engine = try RecurrentDepthGradients(
      configuration, numerics: isExact ? .exact : .fast, shards: shards, team: .single)
    let trainer = Trainer(recipe: recipe, engine: engine, team: .single)
    for _ in 0..<3 { _ = try trainer.step() }
    _ = trainer.accuracy(readouts: [1, 4], problems: 16)
    let foreseen = try #require(try Self.forecast(recipe).bytes[.tape])
    #expect(Double(engine.tapeSize) <= foreseen, "\(engine.tapeSize) of \(foreseen)")
    let slabs = Double(shards) * 5e6
    #expect(foreseen <= 3 * Double(engine.tapeSize) + slabs, "\(engine.tapeSize) of \(foreseen)")
  }

  @Test func whatDoesNotFitIsRefusedWithBothNumbers() throws {
    var recipe = Self.recipe()
    #expect(throws: Never.self) { try Self.forecast(recipe).check(available: 200_000_000) }
    #expect(throws: Never.self) { try Self.forecast(recipe).check(available: nil) }
    recipe.architecture.width = 4096
    recipe.architecture.feedForward = 16_384
    do {
      try Self.forecast(recipe).check(available: 1_000_000_000)
      Issue.record("it was taken")
    } catch TrainingError.notEnoughMemory(let needed, let available, let parts, let advice) {
      #expect(needed > 10_000_000_000 && available == 1_000_000_000)
      #expect(parts.contains("weights") && advice.contains("architecture.width"))
    } catch {
      Issue.record("\(error)")
    }
  }

  /// Sizes at the ends of their ranges are too large for whole numbers.
  @Test func theLargestRecipeIsForecast() throws {
    var recipe = Self.recipe()
    recipe.architecture.width = 8_192
    recipe.architecture.heads = 1
    recipe.architecture.feedForward = 65_536
    recipe.architecture.prelude = 64
    recipe.architecture.core = 64
    recipe.architecture.coda = 64
    recipe.architecture.context = 65_536
    recipe.computation.shards = 1_024
    recipe.stages[0].rows = 65_536
    recipe.stages[0].length = 65_535
    recipe.stages[0].recurrence.differentiated = 1_024
    recipe.stages[0].recurrence.cap = 1_024
    recipe.stages[0].curriculum.problems = 10_000
    #expect(throws: TrainingError.self) { try Self.forecast(recipe).check(available: 1 << 50) }
  }
}
