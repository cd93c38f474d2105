import Testing

@testable import Tensors

@Suite struct PrincipalComponentsTests {
  /// Rows of known spread along known axes, plus an offset, from a small fixed generator.
  private func rows(_ count: Int, columns: Int, spread: [Float]) -> Matrix {
    var state: UInt64 = 42
    func uniform() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
    var values: [Float] = []
    for _ in 0..<count {
      values += (0..<columns).map { 3 + ($0 < spread.count ? spread[$0] : 0.01) * uniform() }
    }
    return Matrix(rows: count, columns: columns, values: values)
  }

  @Test func findsTheAxesInOrder() throws {
    let samples = rows(500, columns: 5, spread: [1, 4, 2])
    let fit = try PrincipalComponents(fitting: samples, count: 3)
    for (index, axis) in [1, 2, 0].enumerated() {
      #expect(fit.components[index, axis] > 0.99, "positive, and the axis itself")
    }
    #expect(fit.explainedVariance[0] > fit.explainedVariance[1])
    #expect(abs(fit.explainedVariance[0] - 16.0 / 12) < 0.15, "a uniform spread of 4")
    #expect(fit.explainedVarianceRatio.reduce(0, +) <= 1.0001)
    let projected = fit.project(samples)
    for component in 0..<3 {
      let mean = (0..<500).reduce(Float(0)) { $0 + projected[$1, component] } / 500
      #expect(abs(mean) < 1e-4)
    }
  }

  @Test func theThreeWaysAgree() throws {
    let samples = rows(60, columns: 40, spread: [5, 4, 3, 2, 1])
    let centred = CentredRows(samples)
    let direct = try centred.byCovariance(4) { false }
    for other in [
      try centred.byGram(4) { false }, try centred.bySubspaceIteration(4) { false },
    ] {
      for (a, b) in zip(direct, other) {
        #expect(abs(a.value - b.value) < 1e-7 * direct[0].value)
        let product = zip(a.direction, b.direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(abs(product) - 1) < 1e-6)
      }
    }
  }

  @Test func moreComponentsThanRankGivesZeros() throws {
    let two = Matrix(rows: 2, columns: 3, values: [0, 0, 0, 0, 2, 0])
    let fit = try PrincipalComponents(fitting: two, count: 6)
    #expect(fit.explainedVarianceRatio[0] == 1 && fit.explainedVarianceRatio[1] == 0)
    #expect(fit.components.values.allSatisfy { $0.isFinite })
    #expect(fit.components.row(3).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1, 7]) func rowsWithoutVarianceGiveZeros(count: Int) throws {
    let same = Matrix(
      rows: count, columns: 2, values: [Float](repeating: 4, count: count * 2))
    let fit = try PrincipalComponents(fitting: same, count: 2)
    #expect(fit.explainedVariance == [0, 0] && fit.explainedVarianceRatio == [0, 0])
    #expect(fit.project(same).values.allSatisfy { $0 == 0 })
  }

  @Test func whatIsNotANumberIsRefused() {
    let bad = Matrix(rows: 2, columns: 2, values: [0, 1, .nan, 3])
    #expect(throws: ProjectionError.nonFinite(row: 1, column: 0)) {
      try PrincipalComponents(fitting: bad, count: 1)
    }
  }

  @Test func aFitCanBeStopped() {
    let samples = rows(60, columns: 40, spread: [5, 4])
    #expect(throws: ProjectionError.cancelled) {
      try PrincipalComponents(fitting: samples, count: 2, isCancelled: { true })
    }
  }
}
