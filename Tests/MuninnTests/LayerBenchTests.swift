import ArgumentParser
import Checkpoints
import Tensors
import Testing

@testable import muninn

/// `muninn bench --layer`, on a layer small enough for a test.
@Suite struct LayerBenchTests {
  @Test func allPartsOfALayerAreTimed() throws {
    var benchmark = LayerBenchmark(
      precision: .fast, tokens: [3, 40], team: .single, json: true)
    (benchmark.width, benchmark.heads, benchmark.feedForward) = (64, 4, 96)
    benchmark.repetitions = 2
    let figures = try benchmark.measure()
    #expect(figures.map(\.tokens) == [3, 40])
    for figure in figures {
      #expect(figure.products > 0 && figure.attention > 0 && figure.elementwise > 0)
      #expect(figure.besides > 0 && figure.besides < 1)
    }
    var lines: [String] = []
    try benchmark.run { lines.append($0) }
    let last = try JSONValue(parsing: Array(lines[1].utf8))
    #expect(last["tokens"]?.integer == 40 && last["precision"]?.string == "fast")
    let share = try #require(last["share_besides_products"]?.number)
    #expect(share > 0 && share < 1)
  }

  @Test(arguments: [["--kernels"], ["--training"], ["--copies", "3"], ["--beside", "true"]])
  func itGoesWithNoOtherMeasurement(others: [String]) {
    #expect(throws: (any Error).self) { _ = try BenchCommand.parse(["--layer"] + others) }
  }
}
