import Checkpoints
import Tensors
import TestSupport
import Testing

@testable import LatentModels

@Suite struct MemoryTests {
  private let huginn = CacheLayout(preludeLayers: 2, coreLayers: 4, codaLayers: 2, keyWidth: 2)
  private let other = CacheLayout(preludeLayers: 3, coreLayers: 1, codaLayers: 1, keyWidth: 2)

  /// Adds one token that stops after some iterations, the way a model writes it.
  private func add(_ iterations: Int, to cache: inout Memory) {
    let spans = cache.extend(by: [1]).spans
    let layout = cache.layout
    let row = Buffer(
      Matrix(
        rows: 1, columns: 6, values: [Float](repeating: Float(spans[0].firstPosition), count: 6)))
    for layer in 0..<layout.preludeLayers {
      cache.write(row, spans: spans, slot: layout.prelude(layer), team: .single)
    }
    for iteration in 0..<iterations {
      for layer in 0..<layout.coreLayers {
        cache.write(
          row, spans: spans, slot: layout.core(layer, iteration: iteration), team: .single)
      }
    }
    for layer in 0..<layout.codaLayers {
      cache.write(row, spans: spans, slot: layout.coda(layer), team: .single)
    }
  }

  private func cache(
    _ name: String, _ iterations: [Int], _ layout: CacheLayout? = nil
  ) throws -> Memory {
    var cache = try Memory(
      layout: layout ?? huginn, strategy: try CacheStrategy(parsing: name))
    for count in iterations { add(count, to: &cache) }
    return cache
  }

  @Test func everyLayerInTimeHasItsSlot() throws {
    let cache = try cache("full", [2])
    #expect(cache.positions().keys.sorted() == [-2, -1] + Array(0..<10))
    #expect(huginn.core(3, iteration: 5) == 2 + 5 * 4 + 3)
    #expect(cache.bytes == 12 * 2 * 2 * 4, "12 slots of a key and a value of 2 floats")
    #expect(try self.cache("full", [2], other).positions().keys.sorted() == [-1, 0, 1, 2, 3, 4])
  }

  @Test func publishedNamesAreRead() throws {
    #expect(try CacheStrategy(parsing: "full") == CacheStrategy(.full))
    #expect(try CacheStrategy(parsing: "latest-m4") == CacheStrategy(.latest))
    #expect(try CacheStrategy(parsing: "always-last-m4") == CacheStrategy(.alwaysLast))
    #expect(
      try CacheStrategy(parsing: "latest-m4-compress-s16")
        == CacheStrategy(.latest, sharing: .cyclic(slots: 16)))
    #expect(
      try CacheStrategy(parsing: "compress-anchor") == CacheStrategy(.full, sharing: .anchor))
    for bad in [
      "", "newest", "latest-m3", "full-compress-", "full-compress-s0", "skip-compress-x4",
    ]
    where bad != "" {
      #expect(throws: CacheStrategyError.self) { try CacheStrategy(parsing: bad) }
    }
    #expect {
      try Memory(layout: huginn, strategy: try CacheStrategy(parsing: "compress-s6"))
    } throws: {
      "\($0)".contains("multiple of its 4 core layers")
    }
  }

  @Test func tokensThatStoppedAreLeftOutOrStandIn() throws {
    // Iteration 2 (from 0) of core layer 1: tokens 0 and 2 got there, token 1 stopped after one.
    let slot = huginn.core(1, iteration: 2)
    let first = huginn.core(1, iteration: 0)
    let last = huginn.core(1, iteration: 3)
    func sources(_ name: String) throws -> [[Int]] {
      var cache = try cache(name, [4, 1, 3])
      return cache.sources(slot: slot).map { [$0.position, $0.slot] }
    }
    #expect(try sources("full") == [[0, slot], [2, slot]])
    #expect(try sources("skip") == [[0, slot], [2, slot]])
    #expect(try sources("latest-m4") == [[0, slot], [1, first], [2, slot]])
    #expect(try sources("available-m4") == [[0, slot], [1, first], [2, slot]])
    #expect(try sources("always-last-m4") == [[0, last], [1, first], [2, slot]])
    let drawn = try sources("randomized")
    #expect(drawn.map { $0[0] } == [0, 1, 2] && drawn[1][1] == first && drawn[2][1] == slot)
    #expect(drawn.allSatisfy { ($0[1] - 2) % 4 == 1 })
    // Without a hole nothing is looked up.
    var even = try cache("always-last-m4", [4, 1])
    #expect(even.sources(slot: first).map(\.slot) == [first, first])
  }

  @Test func sharedSlotsGoRound() throws {
    let cyclic = try CacheStrategy(parsing: "latest-m4-compress-s16")
    #expect((0..<2).map { cyclic.shared($0, huginn) } == [0, 1])
    #expect(cyclic.shared(-2, huginn) == -2)
    #expect([2, 17, 18, 33, 34].map { cyclic.shared($0, huginn) } == [2, 17, 2, 17, 2])
    let anchor = try CacheStrategy(parsing: "compress-anchor")
    #expect([2, 33, 34, 37, 38, 41].map { anchor.shared($0, huginn) } == [2, 33, 34, 37, 34, 37])
    let blocks = try CacheStrategy(parsing: "compress-r4")
    #expect([1, 2, 5, 6].map { blocks.shared($0, huginn) } == [1, 2, 2, 3])
    #expect([2, 3, 5, 7].map { cyclic.shared($0, other) } == [2, 3, 5, 7])
    #expect(cyclic.shared(3 + 16, other) == 3)
    #expect(anchor.shared(3 + 8, other) == 11 && anchor.shared(3 + 30, other) == 11)
    // Two prelude slots, two coda slots, four shared by 32 iterations.
    #expect(try cache("full-compress-s4", [32, 32]).bytes == 8 * 2 * 2 * 2 * 4)
    #expect(try cache("full-compress-anchor", [32]).bytes == 40 * 2 * 2 * 4)
  }

  @Test func aSlotIsWrittenOnceUnlessShared() throws {
    var plain = try cache("full", [1])
    #expect(!plain.canWrite(slot: 0) && !plain.canWrite(slot: 2))
    #expect(plain.canWrite(slot: -1), "the coda runs at every readout")
    #expect(plain.canWrite(slot: 6), "the next iteration has its own")
    #expect(try cache("full-compress-s4", [1]).canWrite(slot: 2))
    plain.extend(by: [1])
    #expect(plain.canWrite(slot: 0))
  }

  @Test func clearingForgetsTheLastPositions() throws {
    let whole = try cache("full", [3, 1, 2])
    var cache = whole.withoutLast(1)
    #expect(cache.seen == [2])
    #expect(cache.positions()[huginn.core(0, iteration: 1)] == [0])
    #expect(cache.positions()[0] == [0, 1])
    add(2, to: &cache)
    #expect(cache.positions()[huginn.core(0, iteration: 1)] == [0, 2])
    #expect(whole.positions()[huginn.core(0, iteration: 1)] == [0, 2], "a value stays as it is")
    cache = cache.withoutLast(9)
    #expect(cache.seen == [0] && cache.bytes == 0 && cache.positions().isEmpty)
  }

  @Test func whatATokenHasLeftAfterFewerIterations() throws {
    let whole = try cache("latest", [3, 4])
    let cut = whole.without(iterationsFrom: 2, positionsFrom: 1)
    let same = try cache("latest", [3, 2])
    #expect(cut.positions() == same.positions())
    #expect(cut.seen == [2])
    #expect(whole.positions()[huginn.core(2, iteration: 3)] == [1])
  }

  @Test func forksGrowApart() throws {
    let trunk = try cache("full", [2])
    var fork = trunk.selecting([0, 0])
    let places = fork.extend(by: [1, 2])
    let rows = Buffer(Matrix(rows: 3, columns: 6, values: (0..<18).map(Float.init)))
    fork.write(rows, spans: places.spans, slot: 2, team: .single)
    #expect(fork.seen == [2, 3] && trunk.seen == [1])
    #expect(fork.positions(of: 0)[2] == [0, 1] && fork.positions(of: 1)[2] == [0, 1, 2])
    #expect(trunk.positions()[2] == [0])
    let kept = try #require(fork.sequences[1].slots[2]?.rows)
    #expect(kept[0] == [0, 0, 0, 0] && kept[2] == [14, 15, 16, 17])
    #expect(try #require(fork.sequences[0].slots[2]?.rows)[1] == [2, 3, 4, 5])
    let joined = Memory.joining([trunk, fork.selecting([1])])
    #expect(joined.seen == [1, 3])
  }

  /// A text in pieces must give what the text in one gives: every family, every split.
  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels)
  func piecesGiveWhatTheWholeGives(name: String) throws {
    let model = try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(
      WeightPacking(team: ThreadTeam(count: 1)))
    let ids = (0..<23).map { ($0 * 37 + 5) % model.facts.vocabularySize }
    let start = model.facts.hasFixedStart ? Start.embedded : .zero
    var memory: Memory?
    func run(_ ids: [Int]) throws -> Matrix {
      let context = try model.begin(ids, after: memory)
      var state = try model.initialState(start, in: context)
      for _ in 0..<3 { state = try model.step(state, in: context, .plain) }
      let decoded = try model.decode(state, in: context, .plain)
      memory = decoded.memory
      return model.logits(decoded.hidden, positions: 0..<ids.count)
    }
    let whole = try run(ids)
    memory = try model.memory()
    var pieces: [Float] = []
    for range in [0..<9, 9..<10, 10..<22, 22..<23] { pieces += try run(Array(ids[range])).values }
    let worst = zip(whole.values, pieces).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-4, "\(worst)")
    #expect(memory?.seen == [23])
  }

  @Test func tooManyTokensInAllAreRefused() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    var memory = try model.memory()
    memory.extend(by: [model.facts.maximumTokens])
    #expect(throws: ModelError.promptTooLong(tokens: 257, maximum: 256)) {
      try model.begin([1], after: memory)
    }
  }
}
