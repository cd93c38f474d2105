import Checkpoints
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import LatentModels

@Suite struct SiteTests {
  private func model(_ name: String = "raven-tiny-a") throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(
      WeightPacking(team: ThreadTeam(count: 1)))
  }

  /// Everything that was seen, by site and iteration.
  private final class Seen: Sendable {
    private let values = Mutex<[String: Matrix]>([:])
    func add(_ value: SiteValue) {
      values.withLock { $0["\(value.site)@\(value.iteration)"] = value.values }
    }
    subscript(_ name: String) -> Matrix? { values.withLock { $0[name] } }
    var names: Set<String> { values.withLock { Set($0.keys) } }
  }

  private func close(_ ours: Matrix?, _ theirs: [Float], _ tolerance: Float) -> Bool {
    guard let ours, ours.values.count == theirs.count else { return false }
    return zip(ours.values, theirs).allSatisfy { abs($0 - $1) <= tolerance }
  }

  /// Every place inside iterations 1 and 3 agrees with what the official code has there.
  @Test func placesAreThoseOfTheReference() throws {
    let golden = try SafetensorsFile.open(Fixtures.path("inside-tiny/inside.safetensors"))
    func all(_ name: String) throws -> [Float] { try #require(golden.tensors[name]).floats() }
    func part(_ name: String, _ index: [Int], _ sizes: [Int], _ count: Int) throws -> [Float] {
      let place = zip(index, sizes).reduce(0) { $0 * $1.1 + $1.0 }
      return Array(try all(name)[place * count..<(place + 1) * count])
    }
    let model = try model()
    let ids = try golden.integers("ids")
    let seen = Seen()
    let call = Call(hooks: Hooks([Hook(at: { _ in true }, .read { seen.add($0) })]))
    let context = try model.begin(ids, call)
    let s0 = Matrix(rows: 17, columns: 64, values: try all("s0"))
    var state = try model.initialState([s0], in: context)
    for _ in 0..<16 { state = try model.step(state, in: context, call) }
    _ = try model.decode(state, in: context, call)

    #expect(close(seen["prelude.1@0"], try all("prelude_blocks"), 3e-5))
    #expect(close(seen["e@0"], try all("prelude_blocks"), 3e-5))
    for (index, iteration) in [1, 3].enumerated() {
      let (stream, weights) = (17 * 64, 4 * 17 * 17)
      #expect(
        close(seen["adapter@\(iteration)"], try part("blocks", [index, 0], [2, 3], stream), 7e-5))
      for block in 1...2 {
        let name = "core.\(block)"
        let place = [index, block - 1]
        #expect(
          close(
            seen["\(name)@\(iteration)"], try part("blocks", [index, block], [2, 3], stream), 7e-5))
        #expect(
          close(
            seen["\(name).attention@\(iteration)"], try part("attn_out", place, [2, 2], stream),
            3e-5))
        #expect(
          close(
            seen["\(name).feed-forward@\(iteration)"], try part("mlp_out", place, [2, 2], stream),
            3e-5))
        #expect(
          close(
            seen["\(name).attention-weights@\(iteration)"],
            try part("attention", place, [2, 2], weights), 2.4e-5))
      }
    }
    #expect(seen["core.2@16"] == state.rows)
    #expect(seen["read-state@16"] == state.rows)
    #expect(close(seen["coda.1@16"], try all("coda_blocks"), 9e-5))
    // s₀, and every state between.
    #expect(seen["state@1"] == s0)
    #expect(seen["state@2"] == seen["core.2@1"])
  }

  /// Whoever looks changes no bit, with and without a memory, on every family.
  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels) func lookingChangesNothing(
    name: String
  ) throws {
    let model = try model(name)
    let ids = (0..<11).map { ($0 * 7 + 2) % model.facts.vocabularySize }
    let seen = Seen()
    let looking = Call(hooks: Hooks([Hook(at: { _ in true }, .read { seen.add($0) })]))
    func run(_ call: Call, _ memory: Memory?) throws -> [Matrix] {
      var memory = memory
      var found: [Matrix] = []
      for piece in [Array(ids.prefix(8)), Array(ids.suffix(3))] {
        let context = try model.begin(piece, after: memory, call)
        var state = try model.initialState(model.facts.usualStart, in: context)
        for _ in 0..<3 { state = try model.step(state, in: context, call) }
        let decoded = try model.decode(state, in: context, call)
        found += [context.embedded, state.rows, decoded.hidden]
        memory = decoded.memory
      }
      return found
    }
    #expect(try run(looking, nil) == run(.plain, nil))
    #expect(try run(looking, try model.memory()) == run(.plain, try model.memory()))
    #expect(seen.names.count > 10)
    let keys = try #require(seen["core.1.attention-weights@2"])
    #expect(keys.columns == 11 && keys.rows == 3 * model.facts.heads)
    for row in 0..<keys.rows { #expect(abs(keys.row(row).reduce(0, +) - 1) < 1e-5) }
  }

  /// To write back what is there, or a sum split in two, gives the same up to rounding; a zeroed
  /// branch, a replaced state and dropped weights give what they must.
  @Test func rewritingActs() throws {
    let model = try model()
    let ids = [10, 5, 99, 7, 31]
    let context = try model.begin(ids)
    let start = try model.initialState(.seed(3), in: context)
    func step(_ hooks: [Hook]) throws -> Matrix {
      try model.step(start, in: context, Call(hooks: Hooks(hooks))).rows
    }
    let plain = try step([])
    let same = try step([
      .rewriting([Site(.core, 1, .attention), Site(.core, 2, .feedForward)]) { value in
        SiteEdit(rows: [(2, .replace(Array(value.values.row(2))))])
      }
    ])
    #expect(zip(plain.values, same.values).allSatisfy { abs($0 - $1) < 1e-4 })

    // Another state for one token reaches it and later ones, and no earlier one.
    let width = plain.columns
    let replaced = try step([
      .rewriting([.state]) { _ in
        SiteEdit(rows: [(2, .replace([Float](repeating: 0.5, count: width)))])
      }
    ])
    var given = start
    for column in 0..<width { given.rows[2, column] = 0.5 }
    #expect(replaced == (try model.step(given, in: context, .plain).rows))
    #expect(replaced.rows(0..<2) == plain.rows(0..<2))
    #expect(replaced.row(3) != plain.row(3))

    // Attention that sees nothing but itself is that of every token alone.
    let alone = try step([
      .rewriting([Site(.core, 1, .attentionWeights), Site(.core, 2, .attentionWeights)]) { value in
        let count = value.values.columns
        return SiteEdit(
          rows: (0..<value.values.rows).map { row in
            (row, .replace((0..<count).map { $0 == row % count ? 1 : 0 }))
          })
      }
    ])
    let first = try model.step(
      LatentState(
        rows: start.rows.rows(0..<1), places: Places(counts: [1]), iteration: 0, memory: nil),
      in: PromptContext(
        sequences: [[ids[0]]], places: Places(counts: [1]), embedded: context.embedded.rows(0..<1),
        injection: context.injection?.rows(0..<1), memory: nil), .plain)
    #expect(zip(alone.row(0), first.rows.row(0)).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(alone.row(4) != plain.row(4))
  }

  /// Hooks see what those before them left.
  @Test func hooksActInOrder() throws {
    let model = try model()
    let context = try model.begin([10, 5])
    let start = try model.initialState(.zero, in: context)
    let seen = Seen()
    let hooks = Hooks([
      .rewriting([.adapter]) { value in
        SiteEdit(rows: [(1, .multiply([Float](repeating: 0, count: value.values.columns)))])
      },
      .rewriting([.adapter]) { value in
        SiteEdit(rows: [(1, .add([Float](repeating: 2, count: value.values.columns)))])
      },
      .reading([.adapter]) { seen.add($0) },
    ])
    _ = try model.step(start, in: context, Call(hooks: hooks))
    let adapter = try #require(seen["adapter@1"])
    #expect(adapter.row(1).allSatisfy { $0 == 2 })
    #expect(adapter.row(0).contains { $0 != 2 })
  }

  @Test func namesAreReadAsTheyAreWritten() throws {
    let sites: [Site] = [
      .embedded, .state, .readState, .adapter, Site(.core, 3, .stream),
      Site(.prelude, 1, .attention), Site(.coda, 12, .attentionWeights),
      Site(.core, 1, .feedForward),
    ]
    #expect(
      sites.map(\.description) == [
        "e", "state", "read-state", "adapter", "core.3", "prelude.1.attention",
        "coda.12.attention-weights", "core.1.feed-forward",
      ])
    for site in sites { #expect(Site(site.description) == site) }
    for bad in ["", "core", "core.0", "core.01", "core.1.stream", "core.1.e", "heart.1", "core.1."]
    {
      #expect(Site(bad) == nil, "\(bad)")
    }
  }
}
