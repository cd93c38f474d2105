import Checkpoints
import TestSupport
import Testing

@Suite struct CheckpointOpening {
  @Test(arguments: Fixtures.ravenModels) func opensFixture(_ name: String) throws {
    let checkpoint = try Checkpoint.open(Fixtures.path(name))
    #expect(checkpoint.name == name)
    #expect(checkpoint.configuration["model_type"]?.string == "huginn_raven")
    #expect(!checkpoint.tensors.isEmpty && checkpoint.remarks.isEmpty)
    let golden = try SafetensorsFile.open(Fixtures.path("\(name)/golden.safetensors"))
    #expect(try !golden.integers("p0.ids").isEmpty)
  }

  @Test func opensEmbedded() throws {
    let checkpoint = try Checkpoint.embedded()
    #expect(checkpoint.configuration["n_embd"]?.integer == 128)
    #expect(checkpoint.tensors["transformer.wte.weight"]?.shape == [256, 128])
  }
}
