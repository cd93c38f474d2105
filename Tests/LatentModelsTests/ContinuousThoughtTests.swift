import Checkpoints
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// Models that feed their own hidden vectors back.
@Suite struct ContinuousThoughtTests {
  private func open(_ path: String) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: .single))
  }

  /// Writes the tensors of a copy again, under other names and with others beside them.
  private func rename(
    _ copy: ModelCopy, adding: [String: [Int]] = [:], _ name: (String) -> String?
  ) throws {
    let path = "\(copy.path)/model.safetensors"
    let file = try SafetensorsFile.open(path)
    let kept = file.tensors.values.compactMap { tensor in name(tensor.name).map { ($0, tensor) } }
    let added = adding.sorted { $0.key < $1.key }
    let writer = try SafetensorsWriter(
      path: path + ".new",
      entries: kept.map { .init($0.0, shape: $0.1.shape) }
        + added.map { .init($0.key, shape: $0.value) })
    for (_, tensor) in kept { try writer.append(tensor.floats()) }
    for (_, shape) in added {
      try writer.append([Float](repeating: 0.5, count: shape.reduce(1, *)))
    }
    try writer.finish()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
  }

  private func thought(_ model: any LatentModel) throws -> Matrix {
    let context = try model.begin([44, 382, 509])
    var state = try model.initialState(.usual, in: context)
    for _ in 0..<3 { state = try model.step(state, in: context, .plain) }
    return state.rows
  }

  @Test func theSameWeightsUnderOtherNamesAreTheSameModel() throws {
    let expected = try thought(try open(Fixtures.path("coconut-tiny")))
    let plain = try ModelCopy(of: "coconut-tiny")
    try rename(plain, adding: ["h.0.attn.bias": [1, 1, 4, 4]]) {
      String($0.dropFirst("transformer.".count))
    }
    #expect(try thought(try open(plain.path)) == expected)
    let wrapped = try ModelCopy(of: "coconut-tiny")
    try rename(wrapped, adding: ["embedding.weight": [512, 64]]) { "base_causallm.\($0)" }
    #expect(try thought(try open(wrapped.path)) == expected)
  }

  @Test func whatIsMissingExtraOrWrongIsListed() throws {
    let copy = try ModelCopy(of: "codi-tiny")
    try rename(copy, adding: ["transformer.h.9.ln_1.weight": [32], "projector.4.bias": [31]]) {
      ["projector.3.weight", "projector.4.bias"].contains($0) ? nil : $0
    }
    #expect {
      _ = try open(copy.path)
    } throws: { error in
      let text = String(describing: error)
      return [
        "missing (1)", "projector.3.weight", "wrong (1)", "projector.4.bias", "unexpected (1)",
      ]
      .allSatisfy(text.contains)
    }
  }

  @Test func idsOfTheTokensAroundThoughtsGoByContent() throws {
    let copy = try ModelCopy(of: "coconut-tiny")
    try copy.configure("latent_end_id", 3)
    try copy.configure("latent_start_id", nil)
    let plan = try ModelPlan(try Checkpoint.open(copy.path))
    #expect(plan.facts.thoughts?.tokens == ThoughtTokens(start: 509, latent: 511, end: 510))
    #expect(plan.warnings.contains { $0.contains("latent_end_id is 3") })
  }

  @Test func aPlainLanguageModelIsNone() throws {
    let copy = try ModelCopy(of: "coconut-tiny")
    for key in ["latent_id", "latent_start_id", "latent_end_id"] {
      try copy.configure(key, nil)
    }
    try FileManager.default.removeItem(atPath: "\(copy.path)/tokenizer.json")
    #expect(throws: ModelError.self) { try open(copy.path) }
  }

  @Test func aThoughtIsAnIterationOfTheLastToken() throws {
    let model = try open(Fixtures.path("coconut-tiny"))
    let context = try model.begin([44, 382, 509])
    let first = try model.initialState(.usual, in: context)
    let second = try model.step(first, in: context, .plain)
    #expect(second.rows.rows(0..<2) == first.rows.rows(0..<2))
    #expect(second.rows.row(2) != first.rows.row(2))
    #expect(second.memory?.seen == [4] && first.memory?.seen == [3])
    // Alone and in company, to the bit; sequences of unlike length.
    let other = try model.begin([7, 509])
    let both = PromptContext.joining([context, other])
    let joined = LatentState.joining([first, try model.initialState(.usual, in: other)])
    let stepped = try model.step(joined, in: both, .plain)
    #expect(stepped.selecting(0).rows == second.rows)
    #expect(stepped.memory?.seen == [4, 3])
  }

  @Test func thoughtsEndWhereThePositionsDo() throws {
    let copy = try ModelCopy(of: "codi-tiny")
    let model = try open(copy.path)
    let context = try model.begin([Int](repeating: 5, count: 159))
    let last = try model.step(try model.initialState(.usual, in: context), in: context, .plain)
    #expect(throws: ModelError.thoughtsTooLong(iteration: 2, maximum: 160)) {
      _ = try model.step(last, in: context, .plain)
    }
  }

  @Test func hooksAreToldOfTheTokenThatThinks() throws {
    let model = try open(Fixtures.path("coconut-tiny"))
    let context = try model.begin([44, 382, 509])
    let places = SeenPlaces()
    let hook = Hook.reading([.adapter, Site(.core, 1, .attention)]) { places.add($0) }
    let state = try model.initialState(.usual, in: context)
    _ = try model.step(state, in: context, Call(hooks: Hooks([hook])))
    #expect(places.all == ["adapter 1 2", "core.1.attention 1 2"])
  }
}

/// Where hooks were called: site, iteration, position.
private final class SeenPlaces: Sendable {
  private let seen = Mutex<[String]>([])
  var all: [String] { seen.withLock { $0 } }
  func add(_ value: SiteValue) {
    seen.withLock {
      $0.append("\(value.site) \(value.iteration) \(value.places.place(of: 0).position)")
    }
  }
}
