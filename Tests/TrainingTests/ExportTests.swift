import Checkpoints
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// The directory a run leaves.
@Suite struct ExportTests {
  private func recipe() -> TrainingRecipe {
    var recipe = TrainingRecipe(
      name: "r", stages: [TrainingStage(name: "s", steps: 1, mix: ["parity": 1])])
    recipe.architecture.width = 16
    recipe.architecture.heads = 2
    recipe.architecture.feedForward = 32
    return recipe
  }

  private func export(_ precision: ModelExport.Precision, to path: String) throws -> [Float] {
    let recipe = recipe()
    let configuration = try RecurrentDepthConfiguration(
      ModelExport.configuration(recipe), vocabularyRows: 256)
    let layout = ParameterLayout(configuration)
    let weights = Initialization(width: 16, effectiveLayers: 14).weights(layout, seed: 3)
    try ModelExport(recipe: recipe, precision: precision).write(
      weights, layout: layout, card: "", to: TrainingDirectory(path, resumes: false, parameters: 1))
    return weights
  }

  @Test func bothPrecisionsOpenAndAgree() throws {
    let folder = try TemporaryFolder()
    let (exact, rounded) = (folder.file("f32"), folder.file("bf16"))
    _ = try export(.float32, to: exact)
    _ = try export(.bfloat16, to: rounded)
    let models = try [exact, rounded].map { path in
      let checkpoint = try Checkpoint.open(path)
      return (checkpoint, try RecurrentDepthModel(checkpoint))
    }
    #expect(models[0].0.configuration["torch_dtype"]?.string == "float32")
    #expect(models[1].0.configuration["torch_dtype"]?.string == "bfloat16")
    // The rotary table stays as it is.
    let table = 4 * (try #require(models[0].0.tensors["freqs_cis"])).count
    #expect(
      (models[1].0.tensorByteCount - table) * 2 == models[0].0.tensorByteCount - table)
    for (name, tensor) in models[0].0.tensors {
      let stored = try #require(models[1].0.tensors[name]).floats()
      for (a, b) in zip(tensor.floats(), stored) {
        #expect(abs(a - b) <= abs(a) / 256, "\(name)")
      }
    }
    let logits = try models.map { _, model in
      let context = try model.begin([10, 35, 48, 63])
      var state = try model.initialState(.zero, in: context)
      for _ in 0..<4 { state = try model.step(state, in: context, .plain) }
      return try model.readout(state, in: context, positions: 3..<4).values
    }
    let largest = logits[0].map(abs).max() ?? 0
    #expect(zip(logits[0], logits[1]).allSatisfy { abs($0 - $1) < 0.05 * largest })
    #expect(logits[0] != logits[1])
  }

  /// The published class reads its rotary table from the file, float32 and in its shape.
  @Test func theRotaryTableIsInTheFile() throws {
    let folder = try TemporaryFolder()
    for precision in ModelExport.Precision.allCases {
      let path = folder.file(precision.rawValue)
      _ = try export(precision, to: path)
      let table = try #require(
        try SafetensorsFile.open("\(path)/model.safetensors").tensors["freqs_cis"])
      let context = recipe().architecture.context
      #expect(table.shape == [1, context, 1, 4, 2])
      let values = table.floats()
      #expect(values.prefix(8).elementsEqual([1, 0, 1, 0, 1, 0, 1, 0]), "nothing turns at 0")
      // Position 7, pair 1: the angle is 7 / base^(2/8).
      let angle = 7 / pow(recipe().architecture.rotaryBase, 0.25)
      #expect(abs(Double(values[7 * 8 + 2]) - cos(angle)) < 1e-6)
      #expect(abs(Double(values[7 * 8 + 3]) - sin(angle)) < 1e-6)
    }
  }

  /// The folder of the model inside the program has what an export has, for who opens it elsewhere.
  @Test func theEmbeddedModelHasWhatAnExportHas() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model")
    _ = try export(.float32, to: path)
    let demo = Fixtures.repository.appendingPathComponent("Assets/demo").path
    for name in ["tokenizer_config.json", "tokenizer.json"] {
      #expect(
        try JSONValue(readingFile: "\(demo)/\(name)").serialized()
          == JSONValue(readingFile: "\(path)/\(name)").serialized())
    }
    // And its rotary table, which the published class takes out of the file.
    let table = try #require(
      try SafetensorsFile.open("\(demo)/model.safetensors").tensors["freqs_cis"])
    #expect(table.shape == [1, 256, 1, 16, 2])
    let computed = RotaryTable(base: 10_000, headDimension: 32, positions: 256).values
    #expect(table.floats().elementsEqual(computed))
  }

  @Test func roundsToTheNearestTiesToEven() {
    #expect(ModelExport.rounded(1) == 0x3F80)
    #expect(ModelExport.rounded(-2) == 0xC000)
    // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷: even is 1. A little more goes up.
    #expect(ModelExport.rounded(1 + 1.0 / 256) == 0x3F80)
    #expect(ModelExport.rounded(1 + 3.0 / 256) == 0x3F82)
    #expect(ModelExport.rounded((1 + Float(1) / 256).nextUp) == 0x3F81)
  }
}
