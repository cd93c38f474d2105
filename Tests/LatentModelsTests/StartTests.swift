import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// The one way to say where a run starts, and the states it comes to.
@Suite struct StartTests {
  private static let starts: [Start] = [
    .usual, .zero, .embedded, .seed(5), .placed(seed: 5), .given(label: "s.safetensors:a"),
    .seed(
      .max, form: SeedForm(truncation: .erfinv, type: .bfloat16), scale: 0.5),
  ]

  private func model(_ name: String = "raven-tiny-a") throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(
      WeightPacking(team: ThreadTeam(count: 1)))
  }

  private func table(_ facts: ModelFacts, rows: Int) -> Matrix {
    Matrix(
      rows: rows, columns: facts.width,
      values: (0..<rows * facts.width).map { Float($0 % 17) - 8 })
  }

  @Test(arguments: starts) func goesThroughAFileAndBack(start: Start) throws {
    let data = try JSONEncoder().encode(start)
    #expect(try JSONDecoder().decode(Start.self, from: data) == start)
  }

  @Test func everyStartHasItsOwnName() {
    #expect(Set(Self.starts.map(\.label)).count == Self.starts.count)
    #expect(Set(Self.starts.map(\.words)).count == Self.starts.count)
    #expect(Start.seed(3, scale: 4).label == "seed 3 ×4.0")
  }

  /// The first tokens of a text start alike whether or not others follow in the same call, where
  /// that is how the start is meant; a stream goes on from the draw it has come to.
  @Test(arguments: starts) func aStreamIsWhatItIsInParts(start: Start) throws {
    let model = try model()
    let given = table(model.facts, rows: 6)
    var stream = try StartStream(start, facts: model.facts, given: given)
    let copy = stream
    let parts = try [0..<3, 3..<4, 4..<6].map { try stream.next($0) }
    var again = copy
    let repeated = try [0..<3, 3..<4, 4..<6].map { try again.next($0) }
    #expect(parts == repeated, "a copy goes on from where it was taken")
    var whole = copy
    let all = try whole.next(0..<6)
    switch start {
    case .embedded: #expect(parts == [nil, nil, nil] && all == nil)
    case .usual, .seeded:
      #expect(parts[1] != parts[0]?.rows(0..<1), "the next draw")
      #expect(all?.rows == 6)
    case .zero, .placed, .given: #expect(all?.values == parts.flatMap { $0?.values ?? [] })
    }
  }

  /// A prompt of three tokens, then three tokens, twenty wide, as torch 2.15 draws them.
  @Test(arguments: UInt64(0)..<10, TorchGenerator.Storage.allCases)
  func statesAreThoseOfTorch(seed: UInt64, type: TorchGenerator.Storage) throws {
    let file = try SafetensorsFile.open(Fixtures.path("torch-random/stream.safetensors"))
    let expected = try #require(file.tensors["seed\(seed).\(type.rawValue)"]).floats()
    var facts = try ModelPlan(try Checkpoint.embedded()).facts
    facts.width = 20
    facts.initialStates = StateDistribution(
      deviation: (2.0 / 100).squareRoot(), scale: 20.0.squareRoot())
    var starts = try StartStream(.seed(seed, form: SeedForm(type: type)), facts: facts)
    var drawn: [Float] = []
    for positions in [0..<3, 3..<4, 4..<5, 5..<6] {
      drawn += try #require(try starts.next(positions)).values
    }
    #expect(drawn.count == expected.count)
    let worst = zip(drawn, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= (type == .float32 ? 1e-6 : 0), "\(worst)")
  }

  @Test func theUsualStartIsTheModelsOwn() throws {
    for name in ["raven-tiny-a", "ouro-tiny", "retrofit-llama-tiny"] {
      let model = try model(name)
      let context = try model.begin([5, 6, 7])
      #expect(model.facts.usualStart != .usual)
      #expect(
        try model.initialState(.usual, in: context).rows
          == model.initialState(model.facts.usualStart, in: context).rows, "\(name)")
    }
  }

  @Test func aTableHasARowForEveryPosition() throws {
    let model = try model()
    let (start, width) = (Start.given(label: "t"), model.facts.width)
    let given = table(model.facts, rows: 4)
    var stream = try StartStream(start, facts: model.facts, given: given)
    #expect(try stream.next(0..<3) == given.rows(0..<3))
    #expect(try stream.next(3..<4) == given.rows(3..<4))
    #expect(throws: StartError.tableTooShort(rows: 4, position: 4)) { try stream.next(4..<5) }
    #expect(throws: ModelError.initialStateShape(found: [4, width], expected: [5, width])) {
      try stream.next(0..<5)
    }
    #expect(throws: StartError.noTable(label: "t")) {
      try StartStream(start, facts: model.facts)
    }
    var narrow = try StartStream(
      start, facts: model.facts, given: Matrix(rows: 9, columns: 2))
    #expect(throws: ModelError.self) { try narrow.next(7..<8) }
  }

  @Test func nothingIsDrawnWithoutADistribution() throws {
    var facts = try model().facts
    facts.initialStates = nil
    for start in [Start.seed(1), .placed(seed: 1)] {
      #expect(throws: StartError.nothingToDrawFrom(start)) {
        try StartStream(start, facts: facts)
      }
    }
  }
}
