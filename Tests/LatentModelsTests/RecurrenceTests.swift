import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import LatentModels

@Suite struct RecurrenceTests {
  private func embedded(threads: Int = 1) throws -> RecurrentDepthModel {
    try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: threads))
  }
  /// `\n3+4-2+9?`
  private let ids = [10] + "3+4-2+9?".utf8.map(Int.init)

  @Test func theEmbeddedModelGivesItsRecordedLogits() throws {
    let model = try embedded()
    let golden = try JSONValue(readingFile: Fixtures.path("demo-golden.json"))
    var compared = 0
    let problems = try #require(golden.members).map(\.value)
    for problem in problems {
      let ids = try #require(problem["ids"]?.array).compactMap(\.integer)
      let context = try model.begin(ids)
      var state = try model.initialState(.zero, in: context)
      let steps = try #require(problem["steps"])
      let last = try #require(steps.members).compactMap { Int($0.name) }.max() ?? 0
      for iteration in 1...last {
        state = try model.step(state, in: context, .plain)
        guard let expected = steps[String(iteration)] else { continue }
        compared += 1
        let logits = try model.readout(state, in: context, positions: ids.count - 1..<ids.count)
        let digits = try #require(expected["logits_48_58"]?.array).compactMap(\.number)
        for (offset, value) in digits.enumerated() {
          #expect(abs(Double(logits[0, 48 + offset]) - value) < 2e-3)
        }
        let first = try #require(expected["state_first4"]?.array).compactMap(\.number)
        for (column, value) in first.enumerated() {
          #expect(abs(Double(state.rows[ids.count - 1, column]) - value) < 2e-4)
        }
      }
    }
    let recorded = problems.compactMap { $0["steps"]?.members?.count }.reduce(0, +)
    #expect(compared == recorded && recorded > 0)
  }

  @Test func aStepLeavesTheOldStateAlone() throws {
    let model = try embedded()
    let context = try model.begin(ids)
    let start = try model.initialState(.seed(3), in: context)
    let copy = Matrix(
      rows: start.rows.rows, columns: start.rows.columns, values: Array(start.rows.values))
    let once = try model.step(start, in: context, .plain)
    #expect(start.rows == copy)
    let again = try model.step(start, in: context, .plain)
    #expect(once.rows == again.rows, "the same state gives the same next state, bit for bit")
    #expect(once.rows != start.rows)
  }

  @Test func threadsDoNotChangeABit() throws {
    let one = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-c")), team: ThreadTeam(count: 1))
    let three = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-c")), team: ThreadTeam(count: 3))
    let ids = (0..<40).map { ($0 * 37) % 557 }
    func run(_ model: RecurrentDepthModel) throws -> Matrix {
      let context = try model.begin(ids)
      var state = try model.initialState(.seed(1), in: context)
      for _ in 0..<3 { state = try model.step(state, in: context, .plain) }
      return try model.readout(state, in: context, positions: 0..<ids.count)
    }
    #expect(try run(one) == run(three))
  }

  @Test func aLaterTokenDoesNotChangeAnEarlierOne() throws {
    let model = try embedded()
    func states(_ ids: [Int]) throws -> Matrix {
      let context = try model.begin(ids)
      var state = try model.initialState(.zero, in: context)
      for _ in 0..<4 { state = try model.step(state, in: context, .plain) }
      return state.rows
    }
    let short = try states(ids)
    let long = try states(ids + [50, 51])
    for (a, b) in zip(short.values, long.values) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func aSeedGivesTheStartThatTorchGives() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    let file = try SafetensorsFile.open(Fixtures.path("torch-random/golden.safetensors"))
    let context = try model.begin(Array(0..<14))
    for form in [TorchGenerator.TruncatedForm.erfinv, .rejection] {
      for seed in [0, 1, 42, 514229] {
        let expected = try #require(file.tensors["seed\(seed).s0.\(form.rawValue).f32.14x64"])
        let state = try model.initialState(
          .seed(UInt64(seed), form: SeedForm(truncation: form)), in: context)
        let worst = zip(state.rows.values, expected.floats()).map { abs($0 - $1) }.max() ?? 1
        #expect(worst <= 1e-6, "seed \(seed), \(form)")
      }
    }
  }

  @Test func cancellingStopsBeforeTheNextLayer() throws {
    let model = try embedded()
    let context = try model.begin(ids)
    let state = try model.initialState(.zero, in: context)
    let control = StepControl(isCancelled: { true })
    #expect(throws: CancellationRequested.self) {
      try model.step(state, in: context, Call(control: control))
    }
  }

  @Test func promptsThatCannotBeRunAreRefused() throws {
    let model = try embedded()
    #expect(throws: ModelError.emptyPrompt) { try model.begin([]) }
    #expect(throws: ModelError.unknownToken(id: 256, position: 1, vocabularySize: 256)) {
      try model.begin([10, 256])
    }
    #expect(throws: ModelError.promptTooLong(tokens: 257, maximum: 256)) {
      try model.begin([Int](repeating: 10, count: 257))
    }
    let context = try model.begin(ids)
    #expect(throws: ModelError.initialStateShape(found: [2, 128], expected: [9, 128])) {
      try model.initialState(.given(label: ""), given: Matrix(rows: 2, columns: 128), in: context)
    }
    var bad = Matrix(rows: 9, columns: 128)
    bad[3, 7] = .nan
    #expect(throws: ModelError.nonFiniteInitialState(row: 3, column: 7)) {
      try model.initialState(.given(label: ""), given: bad, in: context)
    }
  }
}
