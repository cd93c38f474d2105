import ArgumentParser
import Checkpoints
import Engine
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import muninn

/// `muninn bench` and the precisions, on models small enough for a test.
@Suite struct BenchTests {
  private static let small =
    "width=64,heads=4,feed-forward=96,vocabulary=128,prelude=1,core=2,coda=1,recurrence=4"

  private func makeModel() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let command = try BenchCommand.parse([
      "--make-model", "huginn", folder.file("model"), "--sizes", Self.small,
    ])
    try command.run()
    return folder
  }

  @Test func madeModelsAreRead() throws {
    let folder = try makeModel()
    let checkpoint = try Checkpoint.open(folder.file("model"))
    let plan = try ModelPlan(checkpoint)
    let c = try RecurrentDepthModel.plan(checkpoint).configuration
    #expect(c.width == 64 && c.heads == 4 && c.feedForwardWidth == 96 && c.vocabularySize == 128)
    #expect(c.preludeLayers == 1 && c.coreLayers == 2 && c.codaLayers == 1)
    #expect(c.meanRecurrence == 4 && c.tiedEmbeddings && c.hasQueryKeyBias && !c.hasAdapterBias)
    #expect(plan.skipped.isEmpty)
    #expect(plan.tensors.values.allSatisfy { $0.elementType == .bfloat16 })
    let maker = ModelMaker(sizes: try ModelMaker.Sizes(parsing: Self.small))
    #expect(plan.facts.parameters * 2 == maker.byteCount)
    // As the initialisation: deviation sqrt(2 / 5 width).
    let weight = try #require(plan.tensors["transformer.core_block.0.attn.Wqkv.weight"]).floats()
    let deviation = (weight.reduce(0) { $0 + $1 * $1 } / Float(weight.count)).squareRoot()
    #expect(abs(deviation - 0.0791) < 0.002)
    // A second one is not written over the first.
    #expect(throws: ValidationError.self) {
      try maker.write(to: folder.file("model")) { _, _ in }
    }
  }

  @Test func theFullSizeHasTheRealSizes() throws {
    let maker = ModelMaker(sizes: try ModelMaker.Sizes(parsing: ""))
    #expect(maker.byteCount / 2 == 3_564_976_800)
  }

  /// In larger shapes, with layers that the embedded model does not have, the same tokens come out.
  @Test func aGrownModelComputesWhatTheEmbeddedOneDoes() throws {
    let folder = try TemporaryFolder()
    let sizes = "width=768,heads=8,feed-forward=400,vocabulary=300,prelude=2,core=3,coda=2"
    try BenchCommand.parse(["--make-model", "grown", folder.file("model"), "--sizes", sizes]).run()
    let checkpoint = try Checkpoint.open(folder.file("model"))
    let ids = try checkpoint.neededTokenizer().encode("3+4-2+9!", addSpecialTokens: true)
    func said(by checkpoint: Checkpoint) throws -> [Int] {
      let model = try ModelPlan(checkpoint).open(
        WeightPacking(precision: .exact, team: .single))
      let text = try GenerationMeans.greedy.write(
        4, behind: ids, by: model, iterations: 16, control: .uninterrupted)
      return text.tokens.map(\.id)
    }
    let (small, large) = (try said(by: .embedded()), try said(by: checkpoint))
    #expect(small == large && large == Array("754\n".utf8).map(Int.init))
    #expect(throws: ValidationError.self) {
      try GrownModel(sizes: ModelMaker.Sizes(parsing: "width=120,heads=4"))
    }
  }

  @Test(arguments: ["width=63", "heads=7", "depth=3", "width=0", "width", "width=99999999999"])
  func sizesThatMakeNoSenseAreRefused(text: String) {
    #expect(throws: ValidationError.self) { try ModelMaker.Sizes(parsing: text) }
  }

  /// Every precision runs the same model to nearly the same state, and only exact keeps its name.
  @Test func precisionsAgreeRoughly() throws {
    let folder = try makeModel()
    let checkpoint = try Checkpoint.open(folder.file("model"))
    func state(_ precision: Precision) throws -> [Float] {
      let model = try RecurrentDepthModel(
        checkpoint, team: ThreadTeam(count: 2), precision: precision)
      let context = try model.begin([1, 2, 3, 4, 5])
      var state = try model.initialState(.seed(3), in: context)
      for _ in 0..<3 { state = try model.step(state, in: context, .plain) }
      return state.rows.values
    }
    let exact = try state(.exact)
    let size = exact.reduce(0) { $0 + $1 * $1 }
    for (precision, most) in [(Precision.fast, Float(0.01)), (.int8, 0.03), (.int4, 0.3)] {
      let error = zip(try state(precision), exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let relative = (error / size).squareRoot()
      #expect(relative > 1e-6 && relative < most, "\(precision): \(relative)")
      let workbench = try Workbench.open(checkpoint, team: .single, precision: precision)
      #expect(workbench.summary.name == "model (\(precision.rawValue))")
    }
    #expect(try Workbench.open(checkpoint, team: .single).summary.name == "model")
  }

  @Test func smallerPrecisionsTakeLessMemory() throws {
    let folder = try makeModel()
    let checkpoint = try Checkpoint.open(folder.file("model"))
    let plan = try ModelPlan(checkpoint)
    for precision in [Precision.fast, .int8, .int4] {
      let model = try RecurrentDepthModel(checkpoint, team: .single, precision: precision)
      // The forecast counts norms too, which are kept as float32.
      let forecast = plan.packedBytes(precision)
      #expect(forecast >= model.facts.packedBytes)
      #expect(Double(forecast) < Double(model.facts.packedBytes) * 1.1)
    }
    #expect(plan.packedBytes(.int4) < plan.packedBytes(.int8))
    #expect(plan.packedBytes(.int8) < plan.packedBytes(.exact))
  }

  @Test func kernelRecordsNameTheirCeilings() throws {
    var benchmark = KernelBenchmark(team: ThreadTeam(count: 2), json: true)
    (benchmark.outputs, benchmark.inputs, benchmark.tokens) = (96, 64, [1, 5])
    benchmark.seconds = 0.001
    var lines: [JSONValue] = []
    var failure: (any Error)?
    try benchmark.run { line in
      do { lines.append(try JSONValue(parsing: Array(line.utf8))) } catch { failure = error }
    }
    #expect(failure == nil)
    #expect(lines.count == 10)
    #expect(Set(lines.compactMap { $0["kernel"]?.string }).count == 5)
    for line in lines {
      let share = try #require(line["share_of_ceiling"]?.number)
      let time = try #require(line["milliseconds"]?.number)
      #expect(share > 0 && time >= 0)
      #expect([1, 5].contains(line["tokens"]?.integer))
    }
  }

  /// Precisions and another program take turns; rows come out one precision after the other.
  @Test func modelsAreTimedInTurns() throws {
    let folder = try makeModel()
    let checkpoint = try Checkpoint.open(folder.file("model"))
    var benchmark = ModelBenchmark(
      checkpoint: checkpoint, plan: try ModelPlan(checkpoint), precisions: [.exact, .int8],
      tokens: [1, 3], team: .single)
    (benchmark.repetitions, benchmark.rounds) = (1, 2)
    benchmark.beside = #"echo '{"tokens": 3, "iteration_ms": 0.25, "head_ms": 1}'"#
    let rows = try benchmark.run()
    #expect(rows.map(\.name) == ["exact", "exact", "int8", "int8", "beside"])
    #expect(rows.map(\.tokens) == [1, 3, 1, 3, 3])
    #expect(rows[0].error == 0 && rows[2].error > 0)
    #expect(rows[4].iteration == 0.25 && rows[4].parts.map(\.name) == ["iteration", "head"])
    #expect(rows[3].text(against: rows[4]).contains("times as fast as beside"))
    let json = try JSONValue(parsing: Array(rows[3].json.utf8))
    #expect(json["precision"]?.string == "int8" && json["iteration_ms"]?.number != nil)
    // So small a model has no ceiling worth the name.
    #expect(json["ceiling_ms"] == nil)
  }

  @Test(arguments: ["exit 3", "true", "echo 12", "echo '{\"tokens\": 1}'"])
  func programsThatPrintNoTimingsAreRefused(command: String) {
    #expect(throws: ValidationError.self) { try OtherProgram(command: command).figures() }
  }

  /// What a token is multiplied with, counted by hand from the sizes.
  @Test func factsCountTheWorkOfAToken() throws {
    let folder = try makeModel()
    let facts = try ModelPlan(Checkpoint.open(folder.file("model"))).facts
    let block = 64 * 192 + 64 * 64 + 64 * 192 + 96 * 64
    #expect(facts.multiplyAdds.iteration == 2 * block + 64 * 64)
    #expect(facts.multiplyAdds.prelude == block + 64 * 64)
    #expect(facts.cacheBytes(iterations: 3) == 2 * 64 * 4 * (1 + 2 * 3 + 1))
    #expect(facts.multiplyAdds.coda == block && facts.multiplyAdds.head == 128 * 64)
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() {
    for arguments in [
      ["--make-model", "llama", "x"], ["--make-model", "huginn"], ["--sizes", "width=64"],
      ["--kernels", "--make-model", "huginn", "x"], ["--precision", "int2"],
      ["--precisions", "exact,int2"], ["--precisions", ""], ["--rounds", "0"],
    ] {
      #expect(throws: (any Error).self) { _ = try BenchCommand.parse(arguments) }
    }
  }

  /// Copies side by side and one after the other, noise everywhere and in the last token.
  @Test func copiesAreTimedBothWays() throws {
    let (status, out, error) = try Program.run([
      "bench", "--copies", "8", "--rounds", "2", "--json", "--threads", "1", "--tokens", "8",
    ])
    #expect(status == 0, "\(error)")
    let rows = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(rows.map { $0["positions"]?.string } == [nil, "all", "last"])
    let iteration = try #require(rows.first)
    #expect((iteration["iteration_one_ms"]?.number ?? 0) > 0 && iteration["cost"]?.number != nil)
    for row in rows.dropFirst() {
      let (batch, alone) = (row["batch_ms"]?.number ?? 0, row["alone_ms"]?.number ?? 0)
      #expect(batch > 0 && alone > 0 && row["copies"]?.integer == 8 && row["rounds"]?.integer == 2)
      #expect((row["ratio"]?.number ?? 0) > 0)
      #expect((0...1).contains(row["noise_share"]?.number ?? -1))
      #expect((row["products_ms"]?.number ?? 0) > 0 && (row["most_ratio"]?.number ?? 0) > 0)
    }
    let thoughts = try Program.run([
      "bench", "--copies", "4", "--rounds", "2", "--model", Fixtures.path("coconut-tiny"),
      "--tokens", "5",
    ])
    #expect(
      thoughts.out.hasPrefix("4 copies, 5 tokens, noise in thoughts: ")
        && thoughts.out.contains(" times as fast (at most "))
    let wrong = try Program.run(["bench", "--copies", "1"])
    #expect(wrong.status != 0 && wrong.error.contains("from 2 to 4096, not 1"))
  }

  /// Every means in every precision, beside answers; exact, greedy ones are what the others are held to.
  @Test func generationIsTimedByEveryMeans() throws {
    let folder = try makeModel()
    let (status, out, error) = try Program.run([
      "bench", "--generation", "--model", folder.file("model"), "--precisions", "exact,int4",
      "--steps", "4", "--tokens", "3", "--written", "3", "--problems", "1", "--rounds", "2",
      "--exit", "latent-diff=0.5", "--json", "--threads", "1",
    ])
    #expect(status == 0, "\(error)")
    let rows = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let means = [
      "greedy", "self-speculative", "wavefront 4, 1", "wavefront 2, 2", "exit latent-diff=0.5",
    ]
    #expect(rows.map { $0["means"]?.string } == means.flatMap { [$0, $0] })
    for row in rows {
      let (count, right) = (row["problems"]?.integer ?? 0, row["right"]?.integer ?? -1)
      let same = row["same"]?.integer ?? -1
      #expect(count > 30 && (0...count).contains(right) && (0...count).contains(same))
      #expect((row["tokens_per_second"]?.number ?? 0) > 0 && row["rounds"]?.integer == 2)
      #expect(
        (0...4).contains(row["iterations_a_token"]?.number ?? -1)
          || row["means"]?.string?.hasPrefix("wavefront") == true)
    }
    let exact = try #require(rows.first)
    #expect(
      exact["precision"]?.string == "exact" && exact["same"]?.integer == exact["problems"]?.integer)
    // Guesses that are looked at give the same text.
    #expect(rows[2]["same"]?.integer == rows[2]["problems"]?.integer)
    for wrong in [
      ["--steps", "3"], ["--generation", "--kernels"], ["--generation", "--exit", "sometimes"],
      ["--generation", "--problems", "0"], ["--prompt", "a"],
    ] {
      #expect(throws: (any Error).self) { _ = try BenchCommand.parse(wrong) }
    }
  }
}
