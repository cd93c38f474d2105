import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct OperationsTests {
  private func matrix(_ golden: GoldenFile, _ name: String) throws -> Matrix {
    let shape = try golden.shape(name)
    let columns = shape.dropFirst().reduce(1, *)
    return Matrix(rows: shape[0], columns: columns, values: try golden.floats(name))
  }

  /// One block of a reference model, step by step.
  @Test func stepsOfABlockAgreeWithTheReference() throws {
    let golden = try GoldenFile("raven-tiny-a/golden.safetensors")
    let model = try GoldenFile("raven-tiny-a/model.safetensors")
    func weight(_ name: String) throws -> [Float] {
      try model.floats("transformer.prelude.0.\(name)")
    }
    func linear(_ name: String) throws -> Linear {
      let full = "transformer.prelude.0.\(name)"
      return try Linear(stored(try model.floats(full), shape: try model.shape(full), name: full))
    }
    func check(_ buffer: Buffer, _ name: String) throws {
      let expected = try golden.floats("debug.prelude.0.\(name)")
      #expect(relativeError(buffer.matrix().values, expected) < 3e-6, "\(name)")
    }
    let heads = 4
    let embedded = Buffer(try matrix(golden, "debug.wte_scaled"))
    let (x, qkv, y, z) = (Buffer(), Buffer(), Buffer(), Buffer())
    Operations.rmsNorm(embedded, weight: try weight("norm_1.weight"), epsilon: 1e-6, into: x)
    try check(x, "norm_1")
    try linear("attn.Wqkv.weight").apply(x, into: qkv, team: .single)
    try check(qkv, "qkv")
    let bias = try weight("attn.qk_bias")
    let apart = Buffer()
    apart.copy(from: qkv)
    Operations.addQKBias(apart, bias: bias)
    let table = RotaryTable(base: 50_000, headDimension: 16, positions: 64)
    Operations.rotateInterleaved(apart, heads: heads, table: table, firstPosition: 0)
    Operations.rotateInterleaved(qkv, heads: heads, table: table, firstPosition: 0, bias: bias)
    #expect(apart.matrix() == qkv.matrix())
    let rotated = qkv.matrix()
    for (part, name) in ["q_rot", "k_rot"].enumerated() {
      let values = (0..<rotated.rows).flatMap { rotated.row($0).dropFirst(part * 64).prefix(64) }
      #expect(relativeError(values, try golden.floats("debug.prelude.0.\(name)")) < 3e-6)
    }
    Operations.causalAttention(qkv, heads: heads, into: y, team: ThreadTeam(count: 2))
    try linear("attn.proj.weight").apply(y, into: z, team: .single)
    try check(z, "attn")
    Operations.addRMSNorm(
      z, residual: embedded, weight: try weight("norm_2.weight"), epsilon: 1e-6, into: x)
    try check(x, "norm_2")
    Operations.rmsNorm(x, weight: try weight("norm_3.weight"), epsilon: 1e-6, into: y)
    try linear("mlp.fc.weight").apply(y, into: z, team: .single)
    try check(z, "fc")
    Operations.siluMultiply(z, into: y)
    try linear("mlp.proj.weight").apply(y, into: z, team: .single)
    try check(z, "mlp")
    Operations.addRMSNorm(
      z, residual: x, weight: try weight("norm_4.weight"), epsilon: 1e-6, into: x)
    try check(x, "out")
  }

  @Test func embedsRows() {
    let table = stored((0..<12).map(Float.init), shape: [4, 3], as: .bfloat16)
    let y = Buffer()
    Operations.embed([3, 0, 3], table: table, scale: 2, into: y)
    #expect(y.matrix().values == [18, 20, 22, 0, 2, 4, 18, 20, 22])
  }

  @Test func statisticsOfKnownDistributions() throws {
    let uniform = Operations.softmaxStatistics([Float](repeating: 7, count: 1000))
    #expect(abs(uniform.entropy - log(1000)) < 1e-6)
    #expect(abs(uniform.logSumExp - 7 - log(1000)) < 1e-6)
    #expect(uniform.divergenceFromPrevious == nil)
    let certain = Operations.softmaxStatistics([0, 200, -.infinity, 1] as [Float])
    #expect(certain.entropy == 0 && certain.logSumExp == 200)
    // p = (1/4, 3/4), q = (1/2, 1/2).
    let pair = Operations.softmaxStatistics([0, 0], previous: [0, logf(3)])
    let expected = 0.25 * log(0.5) + 0.75 * log(1.5)
    #expect(abs((pair.divergenceFromPrevious ?? 0) - expected) < 1e-6)
    let same = Operations.softmaxStatistics([1, 2, 3], previous: [1, 2, 3])
    #expect(try #require(same.divergenceFromPrevious) < 1e-9)
  }

  @Test func statisticsOfLongRowsMatchFloat64() {
    var numbers = TestNumbers(seed: 11)
    let (a, b) = (numbers.floats(65_536).map { $0 * 15 }, numbers.floats(65_536).map { $0 * 15 })
    func logs(_ row: [Float]) -> [Double] {
      let sum = log(row.reduce(0.0) { $0 + exp(Double($1)) })
      return row.map { Double($0) - sum }
    }
    let (p, q) = (logs(a), logs(b))
    let statistics = Operations.softmaxStatistics(b, previous: a)
    let entropy = -q.reduce(0.0) { $0 + exp($1) * $1 }
    let divergence = zip(p, q).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    #expect(abs(statistics.entropy - entropy) < 1e-5)
    #expect(abs((statistics.divergenceFromPrevious ?? 0) - divergence) < 1e-5)
  }

  @Test(arguments: [1, 7, 64, 1001])
  func statisticsOfNoDistributionAreNoNumbers(count: Int) {
    let plain = (0..<count).map { Float($0 % 5) }
    #expect(Operations.isFinite(plain) && Operations.isFinite([]))
    for (place, value) in [(0, Float.nan), (count / 2, .infinity), (count - 1, -.nan)] {
      var row = plain
      row[place] = value
      #expect(!Operations.isFinite(row))
      let statistics = Operations.softmaxStatistics(row, previous: plain)
      #expect(statistics.entropy.isNaN && statistics.logSumExp.isNaN)
      #expect(statistics.divergenceFromPrevious?.isNaN == true)
      let after = Operations.softmaxStatistics(plain, previous: row)
      #expect(after.divergenceFromPrevious?.isNaN == true && after.entropy >= 0)
    }
    let none = [Float](repeating: -.infinity, count: count)
    #expect(Operations.softmaxStatistics(none).entropy.isNaN)
    #expect(Operations.isFinite([.greatestFiniteMagnitude, -.leastNonzeroMagnitude, -0]))
    // Differences that float32 does not hold are no reason to lose the numbers.
    let wide = Operations.softmaxStatistics([3e38, -3e38] as [Float])
    #expect(wide.entropy == 0 && wide.logSumExp.isFinite)
  }

  @Test func rankingBreaksTiesByLowerID() {
    let row: [Float] = [1, 5, .nan, 5, -2, 9, 1]
    #expect(Operations.topK(row, count: 4).map(\.id) == [5, 1, 3, 0])
    #expect(Operations.topK(row, count: 99).map(\.id) == [5, 1, 3, 0, 6, 4, 2])
    #expect(Operations.topK(row[2...], count: 1).map(\.id) == [3])
    #expect(Operations.topK([] as [Float], count: 3).isEmpty)
  }
}
